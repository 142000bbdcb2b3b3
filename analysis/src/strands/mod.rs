//! Which events follow each other by program order: the requests and tasks of a trace.

mod threads;

use crate::trace::{EventNo, Trace};
use crate::tree::Tree;
use threads::Threads;

/// A strand of a trace: the events of one request, task or thread.
pub type StrandNo = u32;

/// The strands of a trace, in order of their first events.
#[derive(Debug)]
pub struct Strands {
    strand_of: Vec<StrandNo>,
    place_of: Vec<u32>,
    all: Vec<Strand>,
}

/// The events of one request, task or thread, in program order.
#[derive(Debug)]
pub struct Strand {
    /// Its events.
    pub events: Vec<EventNo>,
    /// The event from which it forked off.
    pub forked_from: Option<EventNo>,
}

impl Strands {
    /// Finds the strands of a trace: a root and its descendants.
    ///
    /// - An only child goes on with its parent's strand, whatever its thread.
    /// - Of several children, those on the thread of their parent follow each other by time, each with its
    ///   descendants, as a tree of calls is traversed; each of the others begins a strand.
    /// - Where threads are the workers of a pool, each of several children begins a strand.
    /// - Events of the flat dialect without a parent are on the strand of their thread; so are the
    ///   others of that thread. Their children on other threads begin strands.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let tree = Tree::of(trace);
        let threads = Threads::of(trace, &tree);
        let mut strands = Walk { trace, tree: &tree, threads: &threads }.strands();
        strands.sort_unstable_by_key(|strand| strand.events[0]);
        let mut strand_of = vec![0; trace.events().len()];
        let mut place_of = vec![0; trace.events().len()];
        for (number, strand) in (0..).zip(&strands) {
            for (place, &event) in (0..).zip(&strand.events) {
                strand_of[event as usize] = number;
                place_of[event as usize] = place;
            }
        }
        Strands { strand_of, place_of, all: strands }
    }

    /// The strand of an event.
    #[must_use]
    pub fn of_event(&self, event: EventNo) -> StrandNo {
        self.strand_of[event as usize]
    }

    /// How many events come before it on its strand.
    #[must_use]
    pub fn place_of(&self, event: EventNo) -> u32 {
        self.place_of[event as usize]
    }

    /// The event before it on its strand.
    #[must_use]
    pub fn previous(&self, event: EventNo) -> Option<EventNo> {
        let place = self.place_of(event).checked_sub(1)?;
        Some(self.get(self.of_event(event)).events[place as usize])
    }

    /// All strands.
    #[must_use]
    pub fn all(&self) -> &[Strand] {
        &self.all
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, strand: StrandNo) -> &Strand {
        &self.all[strand as usize]
    }
}

/// Cuts the tree into strands.
struct Walk<'t> {
    trace: &'t Trace,
    tree: &'t Tree,
    threads: &'t Threads,
}

impl Walk<'_> {
    fn strands(&self) -> Vec<Strand> {
        let roots = self.tree.roots().filter(|&root| !self.threads.contains(root));
        let mut starts: Vec<EventNo> = roots.collect();
        let mut strands = Vec::new();
        for events in self.threads.all() {
            let children = events.iter().flat_map(|&event| self.children(event));
            starts.extend(children);
            strands.push(self.strand(events.clone()));
        }
        while let Some(start) = starts.pop() {
            let events = self.events_from(start, &mut starts);
            strands.push(self.strand(events));
        }
        strands
    }

    fn strand(&self, events: Vec<EventNo>) -> Strand {
        Strand { forked_from: self.tree.parent(events[0]), events }
    }

    /// The children that are not on the strand of a thread.
    fn children(&self, event: EventNo) -> impl DoubleEndedIterator<Item = EventNo> {
        let children = self.tree.children(event).iter().copied();
        children.filter(|&child| !self.threads.contains(child))
    }

    /// The strand that begins here, and where others fork off from it.
    fn events_from(&self, start: EventNo, forks: &mut Vec<EventNo>) -> Vec<EventNo> {
        let mut events = Vec::new();
        let mut next = vec![start];
        while let Some(event) = next.pop() {
            events.push(event);
            let is_only = self.children(event).nth(1).is_none();
            for child in self.children(event).rev() {
                let goes_on = is_only || self.follows(event, child);
                if goes_on { next.push(child) } else { forks.push(child) }
            }
        }
        events
    }

    /// Whether one of several children is on its parent's strand.
    fn follows(&self, event: EventNo, child: EventNo) -> bool {
        let (event, child) = (self.trace.event(event), self.trace.event(child));
        let thread = (event.service, event.process, event.thread);
        !event.threads_are_workers && thread == (child.service, child.process, child.thread)
    }
}

#[cfg(test)]
mod tests {
    use super::Strands;
    use crate::testing::{Draft, event, ids, trace};

    fn strands(events: impl IntoIterator<Item = Draft>) -> Vec<String> {
        let trace = trace(events);
        let strands = Strands::of(&trace);
        let strand = |strand: &super::Strand| {
            let forked = strand.forked_from.map(|event| format!("{}: ", trace.event_id(event)));
            format!("{}{}", forked.unwrap_or_default(), ids(&trace, &strand.events).join(" "))
        };
        strands.all().iter().map(strand).collect()
    }

    #[test]
    fn a_request_is_a_chain_whatever_its_threads() {
        let requests = [
            event("a1").on("1"),
            event("b1").on("1"),
            event("a2").on("2").after("a1"),
            event("b2").on("1").after("b1"),
            event("lost").after("not sent"),
        ];
        assert_eq!(strands(requests), ["a1 a2", "b1 b2", "lost"]);
    }

    #[test]
    fn children_follow_each_other_on_the_thread_of_their_parent_and_fork_on_others() {
        let calls = [
            event("f").on("1"),
            event("g").on("1").after("f"),
            event("task").on("2").after("f"),
            event("h").on("1").after("f"),
            event("in g").on("1").after("g"),
            event("task 2").on("2").after("task"),
        ];
        assert_eq!(strands(calls), ["f g in g h", "f: task task 2"]);
    }

    #[test]
    fn threads_that_are_workers_say_nothing() {
        let tasks = [
            event("f").on("1").language("rust"),
            event("g").on("1").language("rust").after("f"),
            event("h").on("1").language("rust").after("f"),
        ];
        assert_eq!(strands(tasks), ["f", "f: g", "f: h"]);
    }

    #[test]
    fn flat_events_without_a_parent_are_on_the_strand_of_their_thread() {
        let flat = |id, thread| event(id).flat().on(thread);
        let events = [
            flat("a2", "1").clock(&[("p", 2)]),
            flat("a1", "1").clock(&[("p", 1)]),
            flat("b1", "2").after("a1"),
            flat("b2", "2"),
            flat("a3", "1"),
            flat("c1", "3").after("a2"),
            flat("c2", "3").after("c1"),
            flat("other", "1").process(2),
            event("lone 1").flat().clock(&[("p", 1)]),
            event("lone 2").flat().clock(&[("p", 1)]),
            event("bare 1").flat(),
            event("bare 2").flat(),
        ];
        let expected =
            ["a1 a2 a3", "a1: b1 b2", "a2: c1 c2", "other", "lone 1", "lone 2", "bare 1 bare 2"];
        assert_eq!(strands(events), expected);
    }
}
