//! Which strand came before which: the edges of the graph of conflicts.

use foldhash::HashMap;

use super::class::Class;
use super::slots::{Row, Slot, Slots};
use super::walk::{Walk, came_before};
use crate::order::Order;
use crate::strands::StrandNo;
use crate::trace::EventNo;

/// Two conflicting accesses, unordered by happens-before, of which the first is known to have come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conflict {
    pub(super) first: EventNo,
    pub(super) second: EventNo,
}

/// How many steps the search takes at most: each is a look at two rows or at one access.
const MAX_STEPS: u64 = 100_000_000;
/// How many edges are kept at most.
const MAX_EDGES: usize = 2_000_000;

/// The edges between strands, and of each a conflict from which it follows.
#[derive(Debug)]
pub(super) struct Conflicts {
    /// In order.
    pub(super) edges: Vec<(StrandNo, StrandNo, Conflict)>,
    /// How many variables were not searched to the end.
    pub(super) unsearched: u64,
}

impl Conflicts {
    pub(super) fn of(order: &Order, slots: &Slots, skew: i64) -> Self {
        let mut search =
            Search { order, slots, skew, edges: HashMap::default(), steps_left: MAX_STEPS };
        let variables = 0..slots.variable_count();
        let unsearched = variables.filter(|&variable| !search.search(slots.rows(variable))).count();
        let edges = search.edges.into_iter().map(|((from, to), conflict)| (from, to, conflict));
        let mut edges: Vec<_> = edges.collect();
        edges.sort_unstable();
        Conflicts { edges, unsearched: unsearched as u64 }
    }

    /// The conflict of an edge.
    pub(super) fn get(&self, from: StrandNo, to: StrandNo) -> Option<Conflict> {
        let key = |&(first, second, _): &(StrandNo, StrandNo, Conflict)| (first, second);
        let place = self.edges.binary_search_by_key(&(from, to), key).ok()?;
        Some(self.edges[place].2)
    }
}

struct Search<'a> {
    order: &'a Order,
    slots: &'a Slots,
    skew: i64,
    edges: HashMap<(StrandNo, StrandNo), Conflict>,
    steps_left: u64,
}

impl Search<'_> {
    /// Adds the edges of a variable that are not known yet; false if the bounds were reached.
    fn search(&mut self, rows: &[Row]) -> bool {
        if !rows.iter().any(is_written) {
            return true;
        }
        for (place, row) in rows.iter().enumerate() {
            for other in &rows[..place] {
                if !self.spend(1) || self.edges.len() > MAX_EDGES || !self.compare(row, other) {
                    return false;
                }
            }
        }
        true
    }

    fn spend(&mut self, steps: u64) -> bool {
        let left = self.steps_left.checked_sub(steps);
        self.steps_left = left.unwrap_or_default();
        left.is_some()
    }

    /// Adds the edges between the strands of two rows; false if the bounds were reached.
    fn compare(&mut self, row: &Row, other: &Row) -> bool {
        let is_nothing_new = row.chain == other.chain
            || !(is_written(row) || is_written(other))
            || (self.is_known(row, other) && self.is_known(other, row));
        if is_nothing_new {
            return true;
        }
        if !self.are_partly_ordered(row, other) {
            self.add(other, row, self.first_of_unordered(other, row));
            self.add(row, other, self.first_of_unordered(row, other));
            return true;
        }
        // Each access of the first one costs a look at what it has seen, those of the other none.
        let [short, long] =
            if row.slots.len() < other.slots.len() { [row, other] } else { [other, row] };
        let is_allowed = self.spend((row.slots.len() + other.slots.len()) as u64);
        if is_allowed {
            self.walk(short, long);
        }
        is_allowed
    }

    fn is_known(&self, from: &Row, to: &Row) -> bool {
        self.edges.contains_key(&(from.strand, to.strand))
    }

    fn add(&mut self, from: &Row, to: &Row, conflict: Option<Conflict>) {
        if let Some(conflict) = conflict {
            self.edges.entry((from.strand, to.strand)).or_insert(conflict);
        }
    }

    /// Whether an access of one row happened before an access of the other.
    fn are_partly_ordered(&self, one: &Row, other: &Row) -> bool {
        let event = |slot: u32| self.slots.slot(slot).event;
        let is_before = |first: &Row, second: &Row| {
            self.order.happens_before(event(first.slots.start), event(second.slots.end - 1))
        };
        is_before(one, other) || is_before(other, one)
    }

    /// A conflict between rows without any order: the first access of a class came before the last of
    /// another if any did.
    fn first_of_unordered(&self, from: &Row, to: &Row) -> Option<Conflict> {
        let margin = from.margin(to, self.skew);
        let mut firsts = from.firsts.iter().flatten().map(|&slot| self.slots.slot(slot));
        let conflict = |first: &Slot| {
            let lasts =
                first.class.conflicting().iter().filter_map(|&class| {
                    to.lasts[class as usize].map(|slot| self.slots.slot(slot))
                });
            let mut later = lasts.filter(|last| came_before(first, last, margin));
            later.next().map(|last| Conflict { first: first.event, second: last.event })
        };
        firsts.find_map(conflict)
    }

    fn walk(&mut self, row: &Row, other: &Row) {
        let (mut there, mut back) = (self.is_known(other, row), self.is_known(row, other));
        let mut walk = Walk::new(self.order, self.slots, other, row, self.skew);
        for slot in self.slots.slots_of(row) {
            walk.advance(slot);
            let classes = || slot.class.conflicting().iter();
            if !there && let Some(first) = classes().find_map(|&class| walk.before(slot, class)) {
                there = true;
                let conflict = Conflict { first: first.event, second: slot.event };
                self.add(other, row, Some(conflict));
            }
            if !back && let Some(last) = classes().find_map(|&class| walk.after(slot, class)) {
                back = true;
                let conflict = Conflict { first: slot.event, second: last.event };
                self.add(row, other, Some(conflict));
            }
            if there && back {
                return;
            }
        }
    }
}

fn is_written(row: &Row) -> bool {
    let firsts = [Class::Write, Class::AtomicWrite].map(|class| row.firsts[class as usize]);
    firsts.iter().any(Option::is_some)
}
