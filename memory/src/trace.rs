//! Everything of one trace.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use raceway_model::{Event, ListedTrace, Timestamp, TraceSummary};
use smallvec::SmallVec;

use crate::chunk::{Chunk, Row};
use crate::excess::Excess;
use crate::id::{Id, event_id};
use crate::intern::{Content, Interner};
use crate::parts::{Part, Parts};
use crate::recency::Tick;
use crate::size::allocated;

/// Events of a chunk at most: with more, a duplicate is found no faster and values take no fewer
/// bytes.
pub(crate) const CHUNK_EVENTS: usize = 128;

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
    pub(crate) end_time: Timestamp,
    pub(crate) event_count: u64,
    /// Of the event that names the trace; any number where none does.
    name_rank: i64,
    pub(crate) names: Arc<Names>,
    /// When the last event came.
    pub(crate) written_at: Tick,
    /// Whether its id is on the list of changed traces.
    pub(crate) is_listed: bool,
    parts: Parts,
}

/// For whoever reads them: most traces fit in one.
pub(crate) type Chunks = SmallVec<[Arc<Chunk>; 1]>;

/// New events of a trace in the order of their keys, as many as fit in a chunk.
pub(crate) struct Run {
    pub(crate) summary: TraceSummary,
    pub(crate) rows: Vec<Row>,
}

/// What the store has to know of a trace when it changes.
#[derive(Clone, Copy)]
pub(crate) struct Footprint {
    pub(crate) start_time: Timestamp,
    pub(crate) events: u64,
    /// Of memory, beside the trace's place in the store.
    pub(crate) bytes: usize,
}

impl Trace {
    pub(crate) fn new(run: Run, names: &Interner<Names>) -> Self {
        let parts = Parts::One(Arc::new(Chunk::pack(&run.rows)));
        Trace::of(run.summary, parts, names)
    }

    fn of(summary: TraceSummary, parts: Parts, names: &Interner<Names>) -> Self {
        let TraceSummary { name, services, start_time, end_time, event_count } = summary;
        let (name_rank, name) = name.unzip();
        Trace {
            start_time,
            end_time,
            event_count,
            name_rank: name_rank.unwrap_or_default(),
            names: names.intern(Names { name, services }),
            written_at: 0,
            is_listed: false,
            parts,
        }
    }

    /// Adds events that are new.
    ///
    /// Small chunks become part of the next one that is as large: so an event that comes alone is
    /// packed anew some six times until its chunk is full, and there are never more than six small
    /// chunks.
    pub(crate) fn add(&mut self, run: Run, names: &Interner<Names>) {
        let Run { mut summary, mut rows } = run;
        let event_count = self.event_count + rows.len() as u64;
        let mut parts = self.take_parts();
        while let Some(last) = parts.pop_back_if(|last| is_merged(last.chunk.len(), rows.len())) {
            summary.merge(last.summary());
            rows.extend(last.chunk.unpack());
            rows.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        self.take_from(if parts.is_empty() {
            Trace::new(Run { summary, rows }, names)
        } else {
            let mut whole = self.summary();
            whole.merge(summary.clone());
            // What was merged is counted in both; nothing else changes by being added twice.
            whole.event_count = event_count;
            parts.push_back(Part::pack(summary, &rows, names));
            Trace::of(whole, Parts::of(parts), names)
        });
    }

    /// Lets events go until nothing is too much: those that came first. The chunk where that ends
    /// goes whole unless it is large. Afterwards the trace may be empty.
    pub(crate) fn shed(
        &mut self,
        id: &Id,
        mut excess: Excess,
        is_large: impl Fn(u64, usize) -> bool,
        names: &Interner<Names>,
    ) {
        let mut parts = self.take_parts();
        while !excess.is_none()
            && let Some(part) = parts.pop_front()
        {
            let (events, bytes) = (part.chunk.len(), part.chunk.bytes());
            let left = if is_large(events as u64, bytes) {
                part.without(excess.of_events(events, bytes), &id.text(), names)
            } else {
                None
            };
            let (events_left, bytes_left) =
                left.as_ref().map_or((0, 0), |left| (left.chunk.len(), left.chunk.bytes()));
            excess.take(events - events_left, bytes.saturating_sub(bytes_left));
            if let Some(left) = left {
                parts.push_front(left);
            }
        }
        match summary_of(&parts) {
            Some(summary) => self.take_from(Trace::of(summary, Parts::of(parts), names)),
            None => self.event_count = 0,
        }
    }

    /// Takes the events of another, and stays where it stands.
    fn take_from(&mut self, other: Self) {
        *self = Trace { written_at: self.written_at, is_listed: self.is_listed, ..other };
    }

    fn take_parts(&mut self) -> VecDeque<Part> {
        self.parts.take(self.name_rank, &self.names)
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
        for chunk in self.parts.chunks() {
            chunk.remove_known(events, |event| (event.timestamp, event_id(event)));
        }
    }

    pub(crate) fn chunks(&self) -> Chunks {
        self.parts.chunks().map(Arc::clone).collect()
    }

    pub(crate) fn footprint(&self) -> Footprint {
        let bytes = allocated(size_of::<Self>()) + self.parts.bytes();
        Footprint { start_time: self.start_time, events: self.event_count, bytes }
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

/// Whether the last chunk of a trace becomes part of the next one.
fn is_merged(last: usize, next: usize) -> bool {
    last <= next.min(CHUNK_EVENTS / 2) && last + next <= CHUNK_EVENTS
}

/// Of a trace of these parts; `None` where there are none.
fn summary_of(parts: &VecDeque<Part>) -> Option<TraceSummary> {
    parts.iter().map(Part::summary).reduce(|mut all, part| {
        all.merge(part);
        all
    })
}
