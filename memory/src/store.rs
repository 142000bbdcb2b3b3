//! The store: traces by id, and the two orders that are kept of them.

mod changed;
mod events;
mod evict;
mod read;
pub(crate) mod times;
mod window;

use std::collections::HashMap;
use std::iter;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use raceway_model::{Event, Timestamp, TraceSummary};

use crate::changes::Changes;
use crate::chunk::Row;
use crate::id::{Id, event_id};
use crate::intern::Interner;
use crate::order::Order;
use crate::recency::{Recency, Tick};
use crate::template::Templates;
use crate::trace::{CHUNK_EVENTS, Footprint, Names, Run, Trace};

pub use changed::ChangedTrace;
pub use events::Events;
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

/// What became of events that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// How many of them were not there before.
    pub new: usize,
    /// How many events had to go for them: they may be among these.
    pub evicted: u64,
}

/// Events by trace. Everything of a trace is in its entry of the map; the orders only say where to
/// look. Whoever holds an entry may take the locks of the orders, of names and of templates, never
/// the other way round, and never that of another entry.
pub struct MemoryStore {
    traces: DashMap<Id, Box<Trace>, RandomState>,
    order: Order,
    recency: Recency,
    changes: Changes,
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
            changes: Changes::default(),
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

    /// Stores events, those of a trace all at once, and evicts what is then too much.
    pub fn add(&self, events: Vec<Event>, now: Instant) -> Added {
        let tick = self.tick(now);
        let by_trace = by_trace(events).into_iter();
        let new = by_trace.map(|(id, events)| self.add_to_trace(id, events, tick)).sum();
        Added { new, evicted: self.make_room() }
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
                let added = events.len();
                let mut runs = self.runs(events);
                let first = runs.next().expect("the events that come first");
                let mut trace = Trace::new(first, &self.names);
                runs.for_each(|run| trace.add(run, &self.names));
                trace.written_at = tick;
                self.changes.list(place.key(), &mut trace);
                self.order.insert(trace.start_time, place.key().clone());
                self.recency.insert(tick, place.key().clone());
                self.bytes.fetch_add(PLACE_BYTES + trace.footprint().bytes, Ordering::Relaxed);
                self.counts.traces.fetch_add(1, Ordering::Relaxed);
                self.counts.events.fetch_add(added as u64, Ordering::Relaxed);
                place.insert(Box::new(trace));
                added
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
        if added == 0 {
            return 0;
        }
        let before = trace.footprint();
        self.runs(events).for_each(|run| trace.add(run, &self.names));
        trace.written_at = tick;
        self.changes.list(id, trace);
        self.account(id, before, trace.footprint());
        added
    }

    /// A trace has changed, which stays.
    fn account(&self, id: &Id, before: Footprint, after: Footprint) {
        self.order.move_to(before.start_time, after.start_time, id);
        self.bytes.fetch_add(after.bytes, Ordering::Relaxed);
        self.bytes.fetch_sub(before.bytes, Ordering::Relaxed);
        self.counts.events.fetch_add(after.events, Ordering::Relaxed);
        self.counts.events.fetch_sub(before.events, Ordering::Relaxed);
    }

    /// What is stored of events, which are in the order of their keys.
    fn runs<'a>(&'a self, events: Vec<Event<'a>>) -> impl Iterator<Item = Run> + 'a {
        let mut events = events.into_iter();
        iter::from_fn(move || self.run(events.by_ref().take(CHUNK_EVENTS)))
    }

    fn run<'a>(&self, mut events: impl Iterator<Item = Event<'a>>) -> Option<Run> {
        let first = events.next()?;
        let mut summary = TraceSummary::of(&first);
        let mut rows = Vec::with_capacity(1 + events.size_hint().0);
        rows.push(self.row(first));
        for event in events {
            summary.add(&event);
            rows.push(self.row(event));
        }
        Some(Run { summary, rows })
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
