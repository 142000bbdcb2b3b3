//! Everything of one trace.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use raceway_model::{Event, ListedTrace, Timestamp, TraceSummary};
use smallvec::SmallVec;

use crate::chunk::{Chunk, Row};
use crate::id::{Id, event_id};
use crate::intern::{Content, Interner};
use crate::recency::Tick;
use crate::size::allocated;

/// Events of a chunk at most: with more, a duplicate is found no faster and values take no fewer
/// bytes.
const CHUNK_EVENTS: usize = 128;

/// Services of a trace, and which of them names it: the same in many traces.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Names {
    pub(crate) name: Option<String>,
    pub(crate) services: BTreeSet<String>,
}

impl Content for Names {
    fn content_bytes(&self) -> usize {
        /// A node of a `BTreeSet` has room for eleven.
        const NODE_BYTES: usize = 11 * size_of::<String>() + 16;
        let texts = self.name.iter().chain(&self.services).map(|text| allocated(text.capacity()));
        allocated(NODE_BYTES) * self.services.len().div_ceil(5) + texts.sum::<usize>()
    }
}

pub(crate) struct Trace {
    pub(crate) start_time: Timestamp,
    end_time: Timestamp,
    pub(crate) event_count: u64,
    /// Of the event that names the trace; any number where none does.
    name_rank: i64,
    pub(crate) names: Arc<Names>,
    /// When the last event came.
    pub(crate) written_at: Tick,
    chunks: Chunks,
}

/// Most traces fit in one.
pub(crate) type Chunks = SmallVec<[Arc<Chunk>; 1]>;

impl Trace {
    /// With these rows, which are in the order of their keys, and of which this is the summary.
    pub(crate) fn new(summary: TraceSummary, rows: Vec<Row>, names: &Interner<Names>) -> Self {
        let mut trace = Trace::empty(summary, names);
        trace.push(rows);
        trace
    }

    fn empty(summary: TraceSummary, names: &Interner<Names>) -> Self {
        let TraceSummary { name, services, start_time, end_time, event_count } = summary;
        let (name_rank, name) = name.unzip();
        Trace {
            start_time,
            end_time,
            event_count,
            name_rank: name_rank.unwrap_or_default(),
            names: names.intern(Names { name, services }),
            written_at: 0,
            chunks: Chunks::new(),
        }
    }

    /// Adds rows that are new.
    pub(crate) fn add(&mut self, added: TraceSummary, rows: Vec<Row>, names: &Interner<Names>) {
        let mut summary = self.summary();
        summary.merge(added);
        let chunks = mem::take(&mut self.chunks);
        *self = Trace { chunks, ..Trace::empty(summary, names) };
        self.push(rows);
    }

    fn summary(&self) -> TraceSummary {
        TraceSummary {
            name: self.names.name.clone().map(|name| (self.name_rank, name)),
            services: self.names.services.clone(),
            start_time: self.start_time,
            end_time: self.end_time,
            event_count: self.event_count,
        }
    }

    /// Takes those events out that are here already. They are in the order of their keys.
    pub(crate) fn remove_known(&self, events: &mut Vec<Event>) {
        for chunk in &self.chunks {
            chunk.remove_known(events, |event| (event.timestamp, event_id(event)));
        }
    }

    /// Small chunks become part of the next one that is as large: so an event that comes alone is
    /// packed anew some six times until its chunk is full, and there are never more than six small
    /// chunks.
    fn push(&mut self, mut rows: Vec<Row>) {
        while let Some(last) = self.chunks.last() {
            let unpacked = match last.len() {
                len if len <= rows.len().min(CHUNK_EVENTS / 2) => last.unpack(),
                _ => break,
            };
            self.chunks.pop();
            rows.extend(unpacked);
            rows.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        self.chunks.extend(rows.chunks(CHUNK_EVENTS).map(|rows| Arc::new(Chunk::pack(rows))));
    }

    pub(crate) fn chunks(&self) -> Chunks {
        self.chunks.clone()
    }

    /// What it takes of memory, beside its place in the store.
    pub(crate) fn bytes(&self) -> usize {
        let spilled = if self.chunks.spilled() {
            allocated(self.chunks.capacity() * size_of::<Arc<Chunk>>())
        } else {
            0
        };
        allocated(size_of::<Self>())
            + spilled
            + self.chunks.iter().map(|chunk| chunk.bytes()).sum::<usize>()
    }

    pub(crate) fn listed(&self, id: &Id) -> ListedTrace {
        ListedTrace {
            trace_id: id.text().into_owned(),
            service_name: self.names.name.clone(),
            services: self.names.services.iter().cloned().collect(),
            start_time: self.start_time,
            end_time: self.end_time,
            event_count: self.event_count,
        }
    }
}
