//! The store: traces by id, and the two orders that are kept of them.

mod evict;
mod read;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use raceway_model::{Event, Timestamp, TraceSummary};

use crate::chunk::Row;
use crate::id::{Id, event_id};
use crate::intern::Interner;
use crate::order::Order;
use crate::recency::{Recency, Tick};
use crate::template::Templates;
use crate::trace::{Names, Trace};

pub use evict::Limits;
pub use read::TraceFilter;

/// What a trace takes beside its own allocations: a slot of the map, which is seven sixteenths full
/// at least, and one in each order's B-tree, which is half full.
const PLACE_BYTES: usize = 3 * 75;

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Events.
    pub events: u64,
    /// Traces.
    pub traces: u64,
    /// Memory that they take.
    pub bytes: usize,
    /// Events that had to go, since the start.
    pub evicted_events: u64,
    /// Traces that had to go, since the start.
    pub evicted_traces: u64,
}

/// Events by trace. Everything of a trace is in its entry of the map; the orders only say where to
/// look. Whoever holds an entry may take the locks of the orders, of names and of templates, never
/// the other way round, and never that of another entry.
pub struct MemoryStore {
    traces: DashMap<Id, Box<Trace>, RandomState>,
    order: Order,
    recency: Recency,
    names: Interner<Names>,
    templates: Templates,
    limits: Limits,
    started: Instant,
    /// Without what is interned.
    bytes: AtomicUsize,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    traces: AtomicU64,
    evicted_events: AtomicU64,
    evicted_traces: AtomicU64,
}

impl MemoryStore {
    /// An empty store that keeps within limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        MemoryStore {
            traces: DashMap::default(),
            order: Order::default(),
            recency: Recency::default(),
            names: Interner::default(),
            templates: Templates::default(),
            limits,
            started: Instant::now(),
            bytes: AtomicUsize::new(0),
            counts: Counts::default(),
        }
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How much there is. Takes no locks.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Usage {
            events: count(&self.counts.events),
            traces: count(&self.counts.traces),
            bytes: self.bytes.load(Ordering::Relaxed)
                + self.names.bytes()
                + self.templates.interner().bytes(),
            evicted_events: count(&self.counts.evicted_events),
            evicted_traces: count(&self.counts.evicted_traces),
        }
    }

    /// Stores events, those of a trace all at once, and evicts what is then too much. Returns how
    /// many were new.
    pub fn add(&self, events: Vec<Event>, now: Instant) -> usize {
        let tick = self.tick(now);
        let by_trace = by_trace(events).into_iter();
        let added = by_trace.map(|(id, events)| self.add_to_trace(id, events, tick)).sum();
        while self.is_over() && self.evict_next(Tick::MAX) {}
        added
    }

    fn add_to_trace(&self, id: Id, mut events: Vec<Event>, tick: Tick) -> usize {
        events.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        events.dedup_by(|a, b| sort_key(a) == sort_key(b));
        match self.traces.entry(id) {
            dashmap::Entry::Occupied(mut entry) => {
                let id = entry.key().clone();
                self.add_to_known(&id, entry.get_mut(), events, tick)
            }
            dashmap::Entry::Vacant(place) => {
                let (summary, rows) = self.rows(events).expect("the events that come first");
                let mut trace = Trace::new(summary, rows, &self.names);
                trace.written_at = tick;
                self.order.insert(trace.start_time, place.key().clone());
                self.recency.insert(tick, place.key().clone());
                self.bytes.fetch_add(PLACE_BYTES + trace.bytes(), Ordering::Relaxed);
                self.counts.traces.fetch_add(1, Ordering::Relaxed);
                let added = trace.event_count;
                self.counts.events.fetch_add(added, Ordering::Relaxed);
                place.insert(Box::new(trace));
                usize::try_from(added).unwrap_or(usize::MAX)
            }
        }
    }

    fn add_to_known(
        &self,
        id: &Id,
        trace: &mut Trace,
        mut events: Vec<Event>,
        tick: Tick,
    ) -> usize {
        trace.remove_known(&mut events);
        let added = events.len();
        let Some((summary, rows)) = self.rows(events) else { return 0 };
        let (bytes, start) = (trace.bytes(), trace.start_time);
        trace.add(summary, rows, &self.names);
        trace.written_at = tick;
        if trace.start_time < start {
            self.order.move_back(start, trace.start_time, id);
        }
        self.bytes.fetch_add(trace.bytes(), Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.counts.events.fetch_add(added as u64, Ordering::Relaxed);
        added
    }

    /// The summary of events, and what is stored of them; `None` if there are none.
    fn rows(&self, events: Vec<Event>) -> Option<(TraceSummary, Vec<Row>)> {
        let (first, others) = events.split_first()?;
        let mut summary = TraceSummary::of(first);
        for event in others {
            summary.add(event);
        }
        Some((summary, events.into_iter().map(|event| self.row(event)).collect()))
    }

    fn row(&self, event: Event) -> Row {
        let timestamp = event.timestamp;
        let id = event_id(&event).into();
        let parent = event.parent_key.filter(|_| event.parent_is_uuid);
        let (template, values) = self.templates.split(event);
        Row { timestamp, id, parent, template, values }
    }

    fn tick(&self, now: Instant) -> Tick {
        let elapsed = now.saturating_duration_since(self.started);
        Tick::try_from(elapsed.as_millis()).unwrap_or(Tick::MAX)
    }
}

fn sort_key<'e>(event: &'e Event) -> (Timestamp, &'e str) {
    (event.timestamp, &*event.event_id)
}

/// Events by trace, in the order in which they came.
fn by_trace(events: Vec<Event>) -> HashMap<Id, Vec<Event>, RandomState> {
    let mut traces: HashMap<Id, Vec<Event>, RandomState> = HashMap::default();
    let mut events = events.into_iter().peekable();
    while let Some(first) = events.next() {
        let trace = traces.entry(Id::of(&first.trace_id)).or_default();
        let trace_id = first.trace_id.clone();
        trace.push(first);
        while let Some(next) = events.next_if(|next| next.trace_id == trace_id) {
            trace.push(next);
        }
    }
    traces
}
