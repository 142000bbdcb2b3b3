//! The first pairs of many: found without looking at the others.
//!
//! Pairs are in order of severity, name of the variable, and their second accesses in time. Of a variable,
//! the pairs among the accesses up to some time can be counted; so the first time is searched for by which
//! there are enough of them.

use super::TooManySteps;
use super::accesses::{Accesses, Slot};
use super::conflict;
use super::count::Counter;
use super::exclusion::Classes;
use super::places::Columns;
use super::search::{Found, Searched};
use crate::Causality;
use crate::severity::Severity;
use crate::trace::{EventNo, Trace};

/// Two accesses that race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) severity: Severity,
    /// The earlier one by time, then id.
    pub(super) first: EventNo,
    pub(super) second: EventNo,
}

/// The first pairs, in order, at most so many.
pub(super) fn choose(
    counter: &mut Counter,
    accesses: &Accesses,
    searched: &Searched,
    limit: usize,
) -> Result<Vec<Pair>, TooManySteps> {
    let trace = &counter.causality.trace;
    let name = |found: &Found| trace.text(accesses.variable(found.variable).name);
    let mut by_name: Vec<&Found> = searched.found.iter().collect();
    by_name.sort_by_key(|found| name(found));
    let mut chosen = Vec::new();
    for severity in Severity::ALL {
        for same_name in by_name.chunk_by(|one, other| name(one) == name(other)) {
            let missing = limit - chosen.len();
            if missing == 0 {
                return Ok(chosen);
            }
            let racing = same_name.iter().filter(|found| found.pairs[severity as usize] > 0);
            let racing = racing.map(|found| searched.racing(accesses, found));
            chosen.extend(first_of_name(counter, racing, severity, missing)?);
        }
    }
    Ok(chosen)
}

/// The first pairs of the variables of one name.
fn first_of_name(
    counter: &mut Counter,
    racing: impl Iterator<Item = Vec<Slot>>,
    severity: Severity,
    limit: usize,
) -> Result<Vec<Pair>, TooManySteps> {
    let trace = &counter.causality.trace;
    let mut pairs = Vec::new();
    for racing in racing {
        pairs.extend(first_of_variable(counter, &racing, severity, limit)?);
        pairs.sort_by_key(|pair| sort_key(trace, pair));
        pairs.truncate(limit);
    }
    Ok(pairs)
}

fn sort_key<'t>(trace: &'t Trace, pair: &Pair) -> (EventNo, &'t str, EventNo) {
    (pair.second, trace.event_id(pair.first), pair.first)
}

/// The first pairs of a variable, and maybe more, in no order.
fn first_of_variable(
    counter: &mut Counter,
    racing: &[Slot],
    severity: Severity,
    limit: usize,
) -> Result<Vec<Pair>, TooManySteps> {
    let mut times: Vec<EventNo> = racing.iter().map(|slot| slot.event).collect();
    times.sort_unstable();
    let Some(enough) = enough(counter, racing, &times, severity, limit)? else {
        let racing = still_racing(counter, racing, severity)?;
        return Ok(pairs(counter.causality, &racing, severity, None));
    };
    let last = times[enough - 1];
    let earlier = still_racing(counter, &up_to(racing, times[enough - 2]), severity)?;
    let mut chosen = pairs(counter.causality, &earlier, severity, None);
    chosen.extend(pairs(counter.causality, &up_to(racing, last), severity, Some(last)));
    Ok(chosen)
}

/// How many of the first accesses in time make so many pairs, or more only by the last of them. `None` if
/// all make fewer.
fn enough(
    counter: &mut Counter,
    racing: &[Slot],
    times: &[EventNo],
    severity: Severity,
    limit: usize,
) -> Result<Option<usize>, TooManySteps> {
    let mut is_enough = |count: usize| {
        let races = races(counter, &up_to(racing, times[count - 1]), severity)?;
        Ok(races.into_iter().map(u64::from).sum::<u64>() / 2 >= limit as u64)
    };
    let mut too_few = 1;
    let mut enough = times.len().min(64);
    while !is_enough(enough)? {
        if enough == times.len() {
            return Ok(None);
        }
        too_few = enough;
        enough = times.len().min(2 * enough);
    }
    while too_few + 1 < enough {
        let middle = too_few.midpoint(enough);
        *(if is_enough(middle)? { &mut enough } else { &mut too_few }) = middle;
    }
    Ok(Some(enough))
}

/// The accesses up to that one in time.
fn up_to(slots: &[Slot], last: EventNo) -> Vec<Slot> {
    slots.iter().copied().filter(|slot| slot.event <= last).collect()
}

/// Of each access, its races of that severity among these.
fn races(
    counter: &mut Counter,
    slots: &[Slot],
    severity: Severity,
) -> Result<Vec<u32>, TooManySteps> {
    let columns = Columns::by_kind(slots);
    let counts = counter.unordered(slots, &columns.of)?;
    let races = slots.iter().zip(counts);
    Ok(races
        .map(|(slot, counts)| columns.by_severity(slot.kind, counts)[severity as usize])
        .collect())
}

/// The accesses that have races of that severity among these.
fn still_racing(
    counter: &mut Counter,
    slots: &[Slot],
    severity: Severity,
) -> Result<Vec<Slot>, TooManySteps> {
    let races = races(counter, slots, severity)?;
    let racing = slots.iter().zip(races).filter(|&(_, races)| races > 0);
    Ok(racing.map(|(slot, _)| *slot).collect())
}

/// The pairs of that severity among these, by looking at each two; only those with this second access, if
/// one is given.
fn pairs(
    causality: &Causality,
    slots: &[Slot],
    severity: Severity,
    second: Option<EventNo>,
) -> Vec<Pair> {
    let classes = Classes::of(&causality.locks, slots);
    let mut pairs = Vec::new();
    let seconds = slots.iter().enumerate();
    for (position, second) in
        seconds.filter(|(_, slot)| second.is_none_or(|second| second == slot.event))
    {
        let mut is_excluded = vec![false; classes.count()];
        for class in classes.excluded_by(classes.class_of(position) as usize) {
            is_excluded[class as usize] = true;
        }
        let races = slots.iter().enumerate().filter(|&(position, first)| {
            first.event < second.event
                && conflict::severity(first.kind, second.kind) == Some(severity)
                && !is_excluded[classes.class_of(position) as usize]
                && causality.order.is_concurrent(first.event, second.event)
        });
        let pair =
            |(_, first): (_, &Slot)| Pair { severity, first: first.event, second: second.event };
        pairs.extend(races.map(pair));
    }
    pairs
}
