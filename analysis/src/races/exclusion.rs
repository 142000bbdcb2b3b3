//! Which accesses of a variable exclude each other by their locks.
//!
//! Accesses that hold the same of the locks that matter are one class. Most variables have one or two.

use foldhash::{HashMap, HashMapExt};

use super::accesses::Slot;
use crate::locks::{Held, Lock, LockSetNo, Locks};
use crate::order::ChainNo;

/// The accesses of a variable by what they hold. Accesses are named by their places in the list of slots.
#[derive(Debug)]
pub(super) struct Classes {
    class_of: Vec<u32>,
    members: Vec<Vec<u32>>,
    held: Vec<Vec<Held>>,
    /// Who holds a lock: class, and whether it shares it.
    holders: HashMap<Lock, Vec<(u32, bool)>>,
}

impl Classes {
    pub(super) fn of(locks: &Locks, slots: &[Slot]) -> Self {
        let mut classes = Classes {
            class_of: Vec::with_capacity(slots.len()),
            members: Vec::new(),
            held: Vec::new(),
            holders: HashMap::new(),
        };
        let class_of_set = classes.number_sets(locks, slots);
        for (slot, position) in slots.iter().zip(0..) {
            let class = class_of_set[&slot.locks];
            classes.class_of.push(class);
            classes.members[class as usize].push(position);
        }
        classes
    }

    /// Makes the classes, in order of their first members.
    fn number_sets(&mut self, locks: &Locks, slots: &[Slot]) -> HashMap<LockSetNo, u32> {
        let uses = uses(locks, slots);
        let mut classes: HashMap<Vec<Held>, u32> = HashMap::new();
        let mut class_of_set = HashMap::new();
        for slot in slots {
            class_of_set.entry(slot.locks).or_insert_with(|| {
                let set = locks.set(slot.locks).iter().copied();
                let held: Vec<Held> = set.filter(|held| uses[&held.lock].matters()).collect();
                *classes.entry(held).or_insert_with_key(|held| self.add(held))
            });
        }
        class_of_set
    }

    fn add(&mut self, held: &[Held]) -> u32 {
        let class = u32::try_from(self.held.len()).expect("no more classes than events");
        for held in held {
            self.holders.entry(held.lock).or_default().push((class, held.is_shared));
        }
        self.held.push(held.to_vec());
        self.members.push(Vec::new());
        class
    }

    /// Whether all accesses hold the same lock, as those of a variable should.
    pub(super) fn exclude_all(&self) -> bool {
        self.count() == 1 && !self.excluded_by(0).is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.held.len()
    }

    pub(super) fn class_of(&self, position: usize) -> u32 {
        self.class_of[position]
    }

    /// The accesses of a class, in order.
    pub(super) fn members(&self, class: usize) -> &[u32] {
        &self.members[class]
    }

    /// How many entries [`Classes::excluded_by`] and [`Classes::positions_excluded_by`] look at, at most.
    pub(super) fn cost(&self, class: usize) -> u64 {
        let holders = self.held[class].iter().flat_map(|held| &self.holders[&held.lock]);
        holders.map(|&(class, _)| 1 + self.members[class as usize].len() as u64).sum()
    }

    /// The classes that can't be there while this one is.
    pub(super) fn excluded_by(&self, class: usize) -> Vec<u32> {
        let mut excluded = Vec::new();
        for held in &self.held[class] {
            let holders = self.holders[&held.lock].iter();
            let holders = holders.filter(|&&(_, is_shared)| !(is_shared && held.is_shared));
            excluded.extend(holders.map(|&(class, _)| class));
        }
        excluded.sort_unstable();
        excluded.dedup();
        excluded
    }

    /// The accesses of those classes, in order.
    pub(super) fn positions_excluded_by(&self, class: usize) -> Vec<u32> {
        let members = |class: u32| self.members[class as usize].iter().copied();
        let mut positions: Vec<u32> =
            self.excluded_by(class).into_iter().flat_map(members).collect();
        positions.sort_unstable();
        positions
    }
}

/// How the accesses of a variable use a lock.
struct Use {
    chain: ChainNo,
    is_on_several: bool,
    is_shared_only: bool,
}

impl Use {
    /// Whether it can keep two strands apart.
    fn matters(&self) -> bool {
        self.is_on_several && !self.is_shared_only
    }
}

fn uses(locks: &Locks, slots: &[Slot]) -> HashMap<Lock, Use> {
    let mut uses: HashMap<Lock, Use> = HashMap::new();
    let mut last = None;
    for slot in slots {
        if last.replace((slot.chain, slot.locks)) == Some((slot.chain, slot.locks)) {
            continue;
        }
        for held in locks.set(slot.locks) {
            let lock = uses.entry(held.lock).or_insert(Use {
                chain: slot.chain,
                is_on_several: false,
                is_shared_only: true,
            });
            lock.is_on_several |= lock.chain != slot.chain;
            lock.is_shared_only &= held.is_shared;
        }
    }
    uses
}
