//! Copies the accesses of a trace to a window.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::access::{Access, NO_PROCESS, ProcessNo};
use super::ids::IdNo;
use super::window::Window;
use crate::Causality;
use crate::locks::{Held, Lock, LockSetNo};
use crate::names::Name;
use crate::strands::{Strand, StrandNo};
use crate::trace::EventNo;

/// The accesses of one trace to one variable.
#[derive(Debug)]
pub(super) struct Copied {
    /// The place of the first in [`Variable::accesses`].
    pub(super) start: usize,
    /// The event of each.
    pub(super) events: Vec<EventNo>,
}

/// Copies the accesses of a trace, and says which they are by the places of their variables.
pub(super) fn copy(window: &mut Window, causality: &Causality) -> BTreeMap<usize, Copied> {
    let trace = window.traces.push(&causality.trace.id);
    let (names, lock_sets, accesses) = (Vec::new(), HashMap::new(), BTreeMap::new());
    let mut copier = Copier { window, causality, trace, names, lock_sets, accesses };
    for (number, strand) in (0..).zip(causality.strands.all()) {
        copier.copy_strand(number, strand);
    }
    copier.accesses
}

struct Copier<'a> {
    window: &'a mut Window,
    causality: &'a Causality,
    /// The number of the trace in the window.
    trace: IdNo,
    /// Names of the trace in the window, by number.
    names: Vec<Option<Name>>,
    lock_sets: HashMap<LockSetNo, LockSetNo>,
    accesses: BTreeMap<usize, Copied>,
}

impl Copier<'_> {
    fn copy_strand(&mut self, strand_no: StrandNo, strand: &Strand) {
        let id = self.causality.strand_id(strand_no);
        let mut number = None;
        for &event in &strand.events {
            if let Some(place) = self.variable(event) {
                let number = *number.get_or_insert_with(|| self.window.strands.push(id));
                self.copy(event, place, number);
            }
        }
    }

    /// The variable that an event accesses, if it is within the scope.
    fn variable(&mut self, event: EventNo) -> Option<usize> {
        let trace = &self.causality.trace;
        let event = trace.event(event);
        let access = event.access?;
        let (service, name) = (trace.text(event.service), trace.text(access.variable));
        let is_shared = self.window.shared_variables.contains(name);
        let scope = &self.window.scope;
        let is_wanted = scope.variable.as_deref().is_none_or(|wanted| wanted == name)
            && (is_shared || scope.service.as_deref().is_none_or(|wanted| wanted == service));
        if !is_wanted {
            return None;
        }
        let service = (!is_shared).then(|| self.name(event.service));
        let name = self.name(access.variable);
        Some(self.window.place(service, name))
    }

    fn copy(&mut self, event: EventNo, place: usize, strand: IdNo) {
        let mut access = self.access(event, strand);
        let accesses = &self.window.variables[place].accesses;
        let start = accesses.len();
        let last = accesses.last().filter(|last| last.strand == access.strand);
        let is_locked = last.is_some_and(|last| last.locks != 0 && access.locks != 0);
        let copied =
            self.accesses.entry(place).or_insert_with(|| Copied { start, events: Vec::new() });
        let last = copied.events.last().copied().filter(|_| is_locked);
        copied.events.push(event);
        if let Some(last) = last {
            let held = self.causality.locks.held_through(last, event);
            access.held_through = self.lock_set(&held);
        }
        self.window.variables[place].accesses.push(access);
    }

    fn access(&mut self, number_of_event: EventNo, strand: IdNo) -> Access {
        let trace = &self.causality.trace;
        let event = trace.event(number_of_event);
        let access = event.access.expect("it accesses a variable");
        Access {
            time: event.time,
            event_id: self.window.events.push(trace.event_id(number_of_event)),
            trace: self.trace,
            strand,
            process: self.process(number_of_event),
            service: self.name(event.service),
            thread: event.thread.map(|thread| self.name(thread)),
            location: event.location.map(|location| self.name(location)),
            old_value: access.old_value.map(|value| self.name(value)),
            new_value: access.new_value.map(|value| self.name(value)),
            locks: self.locks(number_of_event),
            held_through: 0,
            kind: access.kind,
        }
    }

    fn name(&mut self, name: Name) -> Name {
        if self.names.len() <= name.index() {
            self.names.resize(name.index() + 1, None);
        }
        let (trace, texts) = (&self.causality.trace, &mut self.window.texts);
        *self.names[name.index()].get_or_insert_with(|| texts.intern(trace.text(name)))
    }

    fn process(&mut self, event: EventNo) -> ProcessNo {
        let process = self.causality.trace.event(event).process_key();
        let Some((service, instance, process)) = process else { return NO_PROCESS };
        let instance = instance.map(|instance| self.name(instance));
        let key = (self.name(service), instance, process);
        let next = ProcessNo::try_from(self.window.processes.len()).expect("fewer than 2^32");
        *self.window.processes.entry(key).or_insert(next)
    }

    fn locks(&mut self, event: EventNo) -> LockSetNo {
        let set = self.causality.locks.set_of(event);
        if let Some(&known) = self.lock_sets.get(&set) {
            return known;
        }
        let known = self.lock_set(self.causality.locks.set(set));
        self.lock_sets.insert(set, known);
        known
    }

    fn lock_set(&mut self, held: &[Held]) -> LockSetNo {
        let held: Vec<Held> = held
            .iter()
            .map(|&Held { lock, is_shared }| {
                let lock = Lock { service: self.name(lock.service), id: self.name(lock.id) };
                Held { lock, is_shared }
            })
            .collect();
        self.window.locks.number(held.into_iter())
    }
}
