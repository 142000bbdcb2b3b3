//! The chunks of a trace, in the order in which their events came.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use raceway_model::{Event, TraceSummary};

use crate::chunk::{Chunk, Row};
use crate::intern::Interner;
use crate::size::allocated;
use crate::trace::Names;

/// Most traces fit in one chunk: of that, the trace itself says what a [`Part`] would.
#[derive(Default)]
pub(crate) enum Parts {
    #[default]
    Empty,
    One(Arc<Chunk>),
    #[allow(clippy::box_collection, reason = "most traces have none: it has to be small")]
    Many(Box<VecDeque<Part>>),
}

impl Parts {
    pub(crate) fn of(mut parts: VecDeque<Part>) -> Self {
        match parts.len() {
            0 => Parts::Empty,
            1 => parts.pop_front().map_or(Parts::Empty, |part| Parts::One(part.chunk)),
            _ => Parts::Many(Box::new(parts)),
        }
    }

    /// All of them, where this is what the trace says of its only one.
    pub(crate) fn take(&mut self, name_rank: i64, names: &Arc<Names>) -> VecDeque<Part> {
        match mem::take(self) {
            Parts::Empty => VecDeque::new(),
            Parts::One(chunk) => [Part { chunk, name_rank, names: Arc::clone(names) }].into(),
            Parts::Many(parts) => *parts,
        }
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        let (one, many) = match self {
            Parts::Empty => (None, None),
            Parts::One(chunk) => (Some(chunk), None),
            Parts::Many(parts) => (None, Some(parts.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten().map(|part| &part.chunk))
    }

    /// What they take of memory.
    pub(crate) fn bytes(&self) -> usize {
        let list = match self {
            Parts::Many(parts) => {
                allocated(size_of::<VecDeque<Part>>())
                    + allocated(parts.capacity() * size_of::<Part>())
            }
            _ => 0,
        };
        list + self.chunks().map(|chunk| chunk.bytes()).sum::<usize>()
    }
}

/// A chunk of a trace that has others, with what can't be told of it without unpacking it.
pub(crate) struct Part {
    pub(crate) chunk: Arc<Chunk>,
    name_rank: i64,
    names: Arc<Names>,
}

impl Part {
    pub(crate) fn pack(summary: TraceSummary, rows: &[Row], names: &Interner<Names>) -> Self {
        let TraceSummary { name, services, .. } = summary;
        let (name_rank, name) = name.unzip();
        Part {
            chunk: Arc::new(Chunk::pack(rows)),
            name_rank: name_rank.unwrap_or_default(),
            names: names.intern(Names { name, services }),
        }
    }

    pub(crate) fn summary(&self) -> TraceSummary {
        let range = self.chunk.range();
        TraceSummary {
            name: self.names.name.clone().map(|name| (self.name_rank, name)),
            services: self.names.services.clone(),
            start_time: *range.start(),
            end_time: *range.end(),
            event_count: self.chunk.len() as u64,
        }
    }

    /// What is left without so many of its first events, if anything is.
    pub(crate) fn without(
        &self,
        events: usize,
        trace_id: &str,
        names: &Interner<Names>,
    ) -> Option<Self> {
        if events >= self.chunk.len() {
            return None;
        }
        let rows = self.chunk.unpack().split_off(events);
        Some(Part::pack(summary_of(&rows, trace_id)?, &rows, names))
    }
}

/// Reads the events once more: rows don't say who recorded them.
fn summary_of(rows: &[Row], trace_id: &str) -> Option<TraceSummary> {
    let mut summary = None;
    for row in rows {
        let json = row.to_json(trace_id);
        let event = Event::parse(&json).ok()?;
        match &mut summary {
            None => summary = Some(TraceSummary::of(&event)),
            Some(summary) => summary.add(&event),
        }
    }
    summary
}
