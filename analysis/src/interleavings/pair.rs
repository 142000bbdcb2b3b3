//! Two consecutive accesses of a strand, and what comes between them.

use super::access::{Access, NO_PROCESS, ProcessNo};
use super::pattern::Pattern;
use super::window::Window;
use crate::names::Name;
use crate::trace::AccessKind;

/// a₁ and a₂: two consecutive accesses of one strand to one variable that belong together.
pub(super) struct Pair<'a> {
    pub(super) first: &'a Access,
    pub(super) second: &'a Access,
    /// The pattern that a write between them makes.
    by_write: Option<Pattern>,
    /// The pattern that a read between them makes.
    by_read: Option<Pattern>,
    /// Of a lost update, what a₁ read, where that tells something.
    pub(super) seen: Option<Name>,
    /// Of a lost update, what a₂ wrote, where that tells something.
    pub(super) left: Option<Name>,
    skew: i64,
}

impl<'a> Pair<'a> {
    /// The access at this place and the next one, if an access between the two is of interest.
    pub(super) fn at(window: &Window, accesses: &'a [Access], place: usize) -> Option<Self> {
        let [first, second, ..] = accesses.get(place..)? else { return None };
        let distance = first.time.abs_diff(second.time);
        if first.strand != second.strand || distance > window.atomic_within.unsigned_abs() {
            return None;
        }
        let pattern = |between| {
            let pattern = Pattern::of(first.kind, between, second.kind)?;
            window.scope.pattern.is_none_or(|wanted| wanted == pattern).then_some(pattern)
        };
        let (by_write, by_read) = (pattern(AccessKind::Write), pattern(AccessKind::Read));
        let is_update = by_write == Some(Pattern::LostUpdate);
        let value = |value: Option<Name>| value.filter(|&value| is_update && window.tells(value));
        let seen = value(first.new_value).filter(|_| !first.kind.is_write());
        let left = value(second.new_value);
        let pair = Pair { first, second, by_write, by_read, seen, left, skew: window.skew };
        (by_write.is_some() || by_read.is_some()).then_some(pair)
    }

    /// The pattern that this access makes, if it comes between.
    pub(super) fn pattern(&self, between: &Access) -> Option<Pattern> {
        self.pattern_by(between.kind.is_write()).filter(|_| !self.explains(between))
    }

    /// Whether values tell of a write that it is not lost: a₁ read what it had left, or it was made from what
    /// a₂ left. Then one came after the other, and was only recorded late, as a write to a database is
    /// recorded once it is committed, when others may have seen it.
    ///
    /// Values may be equal by chance, as those of counters are. But the first write after what a₁ had read was
    /// made from the same value as a₂, so it stays unless one of the two changes nothing.
    pub(super) fn explains(&self, between: &Access) -> bool {
        let is_seen = self.seen.is_some() && self.seen == between.new_value;
        let is_made_from = self.left.is_some() && self.left == between.old_value;
        between.kind.is_write() && (is_seen || is_made_from)
    }

    /// The pattern that a write or a read makes.
    pub(super) fn pattern_by(&self, is_write: bool) -> Option<Pattern> {
        if is_write { self.by_write } else { self.by_read }
    }

    /// Whether clocks tell that the access came after a₁.
    pub(super) fn is_after_first(&self, between: &Access) -> bool {
        between.time > self.after(between.process)
    }

    /// Whether clocks tell that the access came before a₂.
    pub(super) fn is_before_second(&self, between: &Access) -> bool {
        between.time < self.before(between.process)
    }

    /// After when and before when an access in this process came between.
    pub(super) fn time(&self, process: ProcessNo) -> (i64, i64) {
        (self.after(process), self.before(process))
    }

    /// The processes of a₁ and a₂ that are known.
    pub(super) fn processes(&self) -> impl Iterator<Item = ProcessNo> {
        let (first, second) = (self.first.process, self.second.process);
        let processes = [Some(first), (second != first).then_some(second)];
        processes.into_iter().flatten().filter(|&process| process != NO_PROCESS)
    }

    fn after(&self, process: ProcessNo) -> i64 {
        self.first.time.saturating_add(self.margin(self.first, process))
    }

    fn before(&self, process: ProcessNo) -> i64 {
        self.second.time.saturating_sub(self.margin(self.second, process))
    }

    /// One process has one clock.
    fn margin(&self, access: &Access, process: ProcessNo) -> i64 {
        if access.process == process && process != NO_PROCESS { 0 } else { self.skew }
    }
}
