//! The events of one trace, as the analyses read them.

use std::collections::BTreeMap;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};
use raceway_model::{Dialect, EventView, Timestamp, VectorClock};

use crate::names::{Name, Names};

/// The place of an event in its trace.
pub type EventNo = u32;

/// One event.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the event")]
pub struct Event {
    /// Its id.
    pub id: Name,
    /// The event that caused it.
    pub parent: Parent,
    /// Whether it is of the flat dialect, whose events seldom name a parent.
    pub is_flat: bool,
    /// When it happened: microseconds since 1970.
    pub time: i64,
    /// Microseconds that it took.
    pub duration: Option<f64>,
    /// The variant.
    pub kind: Name,
    /// What its operation is named after.
    pub subject: Option<Name>,
    /// Of an HTTP request, what it asks for.
    pub url: Option<Name>,
    /// The service that recorded it: `unknown` where it names none.
    pub service: Name,
    /// The instance of the service.
    pub instance: Option<Name>,
    /// The number of its process.
    pub process: Option<i64>,
    /// The thread or task in its process.
    pub thread: Option<Name>,
    /// Whether its SDK names the workers of a pool as threads, which requests share.
    pub threads_are_workers: bool,
    /// Whether its SDK counts the component of its clock anew in each request.
    pub counts_per_request: bool,
    /// Whether it is a request of gRPC.
    pub is_grpc: bool,
    /// The span that it belongs to.
    pub span: Option<Name>,
    /// The span of the caller.
    pub upstream_span: Option<Name>,
    /// Where in the source it happened.
    pub location: Option<Name>,
    /// How it touches a variable, if it does.
    pub access: Option<Access>,
    /// The lock that it takes or releases, if it does.
    pub lock: Option<LockStep>,
    /// The locks that it says are held.
    locks: Range<u32>,
    /// Its clock.
    clock: Range<u32>,
}

/// What tells a process from others: `service_name`, `instance_id` and `process_id`.
pub type ProcessKey = (Name, Option<Name>, i64);

impl Event {
    /// Its process; `None` where it names none: then it shares its clock with no event.
    #[must_use]
    pub fn process_key(&self) -> Option<ProcessKey> {
        Some((self.service, self.instance, self.process?))
    }
}

/// What caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// Nothing: it is a root.
    None,
    /// The event of this id, which is not in the trace.
    Missing(Name),
    /// This one.
    Event(EventNo),
}

/// An access of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its name.
    pub variable: Name,
    /// How.
    pub kind: AccessKind,
    /// JSON of the value before.
    pub old_value: Option<Name>,
    /// JSON of the value after; of a read, the value.
    pub new_value: Option<Name>,
}

/// How an access touches its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessKind {
    /// A read.
    Read,
    /// A write; also what doesn't say how.
    Write,
    /// An atomic load.
    AtomicRead,
    /// An atomic store.
    AtomicWrite,
    /// An atomic exchange.
    AtomicRmw,
}

impl AccessKind {
    fn of(access_type: Option<&str>) -> Self {
        match access_type {
            Some("Read") => AccessKind::Read,
            Some("AtomicRead") => AccessKind::AtomicRead,
            Some("AtomicWrite") => AccessKind::AtomicWrite,
            Some("AtomicRMW") => AccessKind::AtomicRmw,
            _ => AccessKind::Write,
        }
    }

    /// As events spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AccessKind::Read => "Read",
            AccessKind::Write => "Write",
            AccessKind::AtomicRead => "AtomicRead",
            AccessKind::AtomicWrite => "AtomicWrite",
            AccessKind::AtomicRmw => "AtomicRMW",
        }
    }

    /// Whether it changes the variable.
    #[must_use]
    pub fn is_write(self) -> bool {
        !matches!(self, AccessKind::Read | AccessKind::AtomicRead)
    }

    /// Whether it sees what the variable was.
    #[must_use]
    pub fn is_read(self) -> bool {
        !matches!(self, AccessKind::Write | AccessKind::AtomicWrite)
    }

    /// Whether it can't be interrupted.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        !matches!(self, AccessKind::Read | AccessKind::Write)
    }
}

/// A lock is taken or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockStep {
    /// The lock's id within its service.
    pub lock: Name,
    /// Whether others can hold it with this one: a read lock.
    pub is_shared: bool,
    /// Else it is released.
    pub is_acquired: bool,
}

/// The events of one trace in order of time, those of one instant by id.
#[derive(Debug)]
pub struct Trace {
    /// Its id.
    pub id: String,
    events: Vec<Event>,
    names: Names,
    /// Components of clocks, of each event in order of their numbers.
    clocks: Vec<(Name, u64)>,
    locks: Vec<Name>,
}

impl Trace {
    /// All events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Whether any of them says how long it took.
    #[must_use]
    pub fn has_durations(&self) -> bool {
        self.events.iter().any(|event| event.duration_ns().is_some())
    }

    /// One of them.
    #[must_use]
    pub fn event(&self, event: EventNo) -> &Event {
        &self.events[event as usize]
    }

    /// From when to when an event took, in nanoseconds since 1970: it is recorded when it ends.
    #[must_use]
    pub fn interval(&self, event: EventNo) -> (i128, i128) {
        let event = self.event(event);
        let end = i128::from(event.time) * 1000;
        (end - i128::from(event.duration_ns().unwrap_or(0)), end)
    }

    /// From when to when these events took together; `None` of none.
    pub fn bounds(&self, events: impl IntoIterator<Item = EventNo>) -> Option<(i128, i128)> {
        let intervals = events.into_iter().map(|event| self.interval(event));
        intervals.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// The texts of the events.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    /// The event's id.
    #[must_use]
    pub fn event_id(&self, event: EventNo) -> &str {
        self.text(self.event(event).id)
    }

    /// The id of the event that caused it, which may not be in the trace.
    #[must_use]
    pub fn parent_id(&self, event: EventNo) -> Option<&str> {
        match self.event(event).parent {
            Parent::None => None,
            Parent::Missing(id) => Some(self.text(id)),
            Parent::Event(parent) => Some(self.event_id(parent)),
        }
    }

    /// The components of an event's clock, in order of their numbers, none of them 0.
    #[must_use]
    pub fn clock(&self, event: EventNo) -> &[(Name, u64)] {
        &self.clocks[range(&self.event(event).clock)]
    }

    /// The locks that an event says are held.
    #[must_use]
    pub fn sent_locks(&self, event: EventNo) -> &[Name] {
        &self.locks[range(&self.event(event).locks)]
    }

    /// The event with this id, the first in time if there are several.
    #[must_use]
    pub fn find(&self, event_id: &str) -> Option<EventNo> {
        let id = self.names.get(event_id)?;
        let place = self.events.iter().position(|event| event.id == id)?;
        EventNo::try_from(place).ok()
    }

    /// When the event happened.
    ///
    /// # Panics
    /// Never: it was a timestamp.
    #[must_use]
    pub fn timestamp(&self, event: EventNo) -> Timestamp {
        Timestamp::from_micros(self.event(event).time).expect("it was a timestamp")
    }

    /// `FunctionCall(transfer)`, or the kind alone where it is named after nothing.
    #[must_use]
    pub fn operation(&self, event: EventNo) -> String {
        let event = self.event(event);
        let kind = self.text(event.kind);
        match event.subject {
            Some(subject) => format!("{kind}({})", self.text(subject)),
            None => kind.to_owned(),
        }
    }
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// What events name that name no service.
pub const UNKNOWN: &str = "unknown";

/// Collects the events of a trace, in any order.
#[derive(Debug)]
pub struct TraceBuilder {
    trace: Trace,
    /// Of each event, the id of its parent.
    parents: Vec<Option<Name>>,
}

impl TraceBuilder {
    /// Of a trace without events.
    #[must_use]
    pub fn new(trace_id: &str) -> Self {
        TraceBuilder {
            trace: Trace {
                id: trace_id.to_owned(),
                events: Vec::new(),
                names: Names::default(),
                clocks: Vec::new(),
                locks: Vec::new(),
            },
            parents: Vec::new(),
        }
    }

    /// Adds an event of the trace.
    pub fn add(&mut self, view: &EventView) {
        let head = &view.head;
        let parent = head.parent_id.as_ref().map(|id| self.name(id));
        let event = Event {
            id: self.name(&head.event_id),
            parent: Parent::None,
            is_flat: view.dialect == Dialect::Flat,
            time: head.timestamp.micros(),
            duration: view.duration_ms.map(|ms| ms * 1e3),
            kind: self.name(&head.kind),
            subject: self.optional(view.subject.as_deref()),
            url: self.optional(view.url.as_deref()),
            service: self.name(head.service_name.as_deref().unwrap_or(UNKNOWN)),
            instance: self.optional(view.instance_id.as_deref()),
            process: view.process_id,
            thread: self.optional(view.thread_id.as_deref()),
            threads_are_workers: view.sdk_language.as_deref() == Some("rust"),
            counts_per_request: matches!(
                view.sdk_language.as_deref(),
                Some("python" | "go" | "rust")
            ),
            is_grpc: view.is_grpc,
            span: self.optional(view.distributed_span_id.as_deref()),
            upstream_span: self.optional(view.upstream_span_id.as_deref()),
            location: self.optional(view.location.as_deref()),
            access: self.access(view),
            lock: self.lock_step(view),
            locks: self.sent_locks(view),
            clock: self.clock(view),
        };
        self.trace.events.push(event);
        self.parents.push(parent);
    }

    fn name(&mut self, text: &str) -> Name {
        self.trace.names.intern(text)
    }

    fn optional(&mut self, text: Option<&str>) -> Option<Name> {
        text.map(|text| self.name(text))
    }

    /// A `StateChange` is an access of its variable.
    fn access(&mut self, view: &EventView) -> Option<Access> {
        let variable = view.variable.as_deref()?;
        if view.head.kind != "StateChange" {
            return None;
        }
        Some(Access {
            variable: self.name(variable),
            kind: AccessKind::of(view.access_type.as_deref()),
            old_value: self.optional(view.old_value.as_deref()),
            new_value: self.optional(view.new_value.as_deref()),
        })
    }

    fn lock_step(&mut self, view: &EventView) -> Option<LockStep> {
        let is_acquired = match &*view.head.kind {
            "LockAcquire" => true,
            "LockRelease" => false,
            _ => return None,
        };
        let lock = self.name(view.lock_id.as_deref()?);
        let is_shared = view.lock_type.as_deref().is_some_and(is_read_lock);
        Some(LockStep { lock, is_shared, is_acquired })
    }

    fn sent_locks(&mut self, view: &EventView) -> Range<u32> {
        let start = length(&self.trace.locks);
        for lock in view.locks.iter().flatten() {
            let lock = self.name(lock);
            self.trace.locks.push(lock);
        }
        start..length(&self.trace.locks)
    }

    fn clock(&mut self, view: &EventView) -> Range<u32> {
        let start = length(&self.trace.clocks);
        let components = view.clock.iter().flat_map(VectorClock::components);
        for (component, clock) in components.filter(|&(_, clock)| clock > 0) {
            let component = self.name(component);
            self.trace.clocks.push((component, clock));
        }
        self.trace.clocks[start as usize..].sort_unstable();
        start..length(&self.trace.clocks)
    }

    /// The trace. Of events with one id the first in time is the parent of others.
    ///
    /// # Panics
    /// With 2^32 events.
    #[must_use]
    pub fn finish(self) -> Trace {
        let TraceBuilder { mut trace, parents } = self;
        let mut order: Vec<usize> = (0..trace.events.len()).collect();
        let key = |&place: &usize| {
            let event = &trace.events[place];
            (event.time, trace.names.text(event.id))
        };
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut numbers: HashMap<Name, EventNo> = HashMap::with_capacity(order.len());
        for (number, &place) in order.iter().enumerate() {
            let number = EventNo::try_from(number).expect("fewer than 2^32 events");
            numbers.entry(trace.events[place].id).or_insert(number);
        }
        let parent = |place: usize| match parents[place] {
            None => Parent::None,
            Some(id) => {
                numbers.get(&id).map_or(Parent::Missing(id), |&parent| Parent::Event(parent))
            }
        };
        let events = order.iter().map(|&place| {
            let event = trace.events[place].clone();
            Event { parent: parent(place), ..event }
        });
        trace.events = events.collect();
        trace
    }
}

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("fewer than 2^32 entries")
}

/// Whether a type of lock says that it is shared: `RWLock-Read`, `RwLock::Read`, `rw_read`, `Read`.
fn is_read_lock(lock_type: &str) -> bool {
    let lock_type = lock_type.to_ascii_lowercase();
    lock_type == "read" || ["-read", "::read", "_read"].iter().any(|end| lock_type.ends_with(end))
}

/// Builds each trace that any of the events belongs to, by id.
#[must_use]
pub fn traces<'a>(events: impl IntoIterator<Item = EventView<'a>>) -> BTreeMap<String, Trace> {
    let mut builders: BTreeMap<String, TraceBuilder> = BTreeMap::new();
    for event in events {
        let trace_id = &*event.head.trace_id;
        if !builders.contains_key(trace_id) {
            builders.insert(trace_id.to_owned(), TraceBuilder::new(trace_id));
        }
        if let Some(builder) = builders.get_mut(trace_id) {
            builder.add(&event);
        }
    }
    builders.into_iter().map(|(id, builder)| (id, builder.finish())).collect()
}
