//! Which accesses of one row are unordered with each access of another, found in one pass over both.
//!
//! What an access has seen of a strand is a number of the strand's first events, and grows along its own
//! strand; likewise what has not seen it. So the unordered ones are a window that only moves forward.

use super::class::{CLASSES, Class};
use super::slots::{Row, Slot, Slots};
use crate::order::{ChainNo, Order};

/// A window of the accesses of a row.
pub(super) struct Walk<'a> {
    order: &'a Order,
    slots: &'a [Slot],
    chain: ChainNo,
    margin: i64,
    /// How many accesses happened before the current one of the other row.
    low: usize,
    /// The first access that the current one happened before.
    high: usize,
    /// Of each class the first access that is not before the window.
    firsts: [usize; CLASSES],
    /// Of each class the last access that is not behind the window.
    lasts: [Option<usize>; CLASSES],
}

impl<'a> Walk<'a> {
    /// Over the accesses of `row`, for the accesses of `other` in their order.
    pub(super) fn new(
        order: &'a Order,
        slots: &'a Slots,
        row: &Row,
        other: &Row,
        skew: i64,
    ) -> Self {
        Walk {
            order,
            slots: slots.slots_of(row),
            chain: row.chain,
            margin: row.margin(other, skew),
            low: 0,
            high: 0,
            firsts: [0; CLASSES],
            lasts: [None; CLASSES],
        }
    }

    /// Moves to the window of the next access of the other row.
    pub(super) fn advance(&mut self, to: &Slot) {
        let seen = self.order.seen(to.event, self.chain);
        let unseen = self.order.unseen_by(to.event, self.chain);
        while self.slots.get(self.low).is_some_and(|slot| slot.place < seen) {
            self.low += 1;
        }
        while let Some(slot) = self.slots.get(self.high)
            && slot.place < unseen
        {
            self.lasts[slot.class as usize] = Some(self.high);
            self.high += 1;
        }
        for (class, first) in self.firsts.iter_mut().enumerate() {
            *first = self.low.max(*first);
            while self.slots.get(*first).is_some_and(|slot| slot.class as usize != class) {
                *first += 1;
            }
        }
    }

    /// The first access of the class in the window, if it came before this one.
    pub(super) fn before(&self, to: &Slot, class: Class) -> Option<&'a Slot> {
        let first = self.firsts[class as usize];
        let slot = self.slots[..self.high].get(first)?;
        came_before(slot, to, self.margin).then_some(slot)
    }

    /// The last access of the class in the window, if it came after this one.
    pub(super) fn after(&self, to: &Slot, class: Class) -> Option<&'a Slot> {
        let last = self.lasts[class as usize].filter(|&last| last >= self.low)?;
        let slot = &self.slots[last];
        came_before(to, slot, self.margin).then_some(slot)
    }
}

/// Whether clocks tell that the first of two unordered accesses came before the second.
pub(super) fn came_before(first: &Slot, second: &Slot, margin: i64) -> bool {
    first.latest.saturating_add(margin) < second.earliest
}
