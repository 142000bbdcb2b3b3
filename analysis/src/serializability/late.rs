//! Writes that were recorded after others had seen them.
//!
//! A write to a database is recorded once it is committed, and by then others may have read what it left, or
//! even have written. Values tell: with a record that is complete and in order, a value is left before it is
//! found, unless it is the one that the variable had at first. So where a value is found before it is left,
//! whoever left it did so before it was found.

use foldhash::{HashMap, HashMapExt};

use crate::names::Name;
use crate::trace::{Access, Trace};
use crate::values::tells;
use crate::variables::{NO_ACCESS, Variables};

/// Of each event, the earliest time at which it can have happened by what values tell: of most that at which
/// it was recorded.
pub(super) fn earliest_times(trace: &Trace, variables: &Variables) -> Vec<i64> {
    let known = Known::of(trace, variables);
    let times = trace.events().iter().zip(&variables.of_event).map(|(event, &variable)| {
        let access = event.access.filter(|access| variable != NO_ACCESS && access.kind.is_write());
        let seen = access.and_then(|access| known.seen_before(trace, variable, &access));
        seen.map_or(event.time, |seen| seen.min(event.time))
    });
    times.collect()
}

/// When a value of a variable was first found and first left.
#[derive(Clone, Copy, Default)]
struct Times {
    found: Option<i64>,
    left: Option<i64>,
}

impl Times {
    /// Whether it was found before anybody is known to have left it.
    fn is_found_first(self) -> bool {
        self.found.is_some_and(|found| self.left.is_none_or(|left| found < left))
    }
}

/// What a trace tells of the values of its variables.
struct Known {
    values: HashMap<(u32, Name), Times>,
    /// Of each variable, when a value of it was first found or left.
    since: Vec<i64>,
}

impl Known {
    fn of(trace: &Trace, variables: &Variables) -> Self {
        let (values, since) = (HashMap::new(), vec![i64::MAX; variables.all.len()]);
        let mut known = Known { values, since };
        for (event, &variable) in trace.events().iter().zip(&variables.of_event) {
            let Some(access) = event.access.filter(|_| variable != NO_ACCESS) else { continue };
            if let Some(value) = found(trace, &access) {
                earlier(&mut known.times(variable, value, event.time).found, event.time);
            }
            if let Some(value) = left(trace, &access) {
                earlier(&mut known.times(variable, value, event.time).left, event.time);
            }
        }
        known
    }

    fn times(&mut self, variable: u32, value: Name, now: i64) -> &mut Times {
        let since = &mut self.since[variable as usize];
        *since = now.min(*since);
        self.values.entry((variable, value)).or_default()
    }

    /// When what a write left was found, if that proves that the write was recorded too late: the value can't
    /// be the first one, or else the write changed it from one that can't have been there.
    fn seen_before(&self, trace: &Trace, variable: u32, write: &Access) -> Option<i64> {
        let times = |value: Name| self.values.get(&(variable, value)).copied();
        let seen = times(left(trace, write)?).filter(|times| times.is_found_first())?.found?;
        let is_later = |found: Option<i64>| found > Some(self.since[variable as usize]);
        let is_late = is_later(Some(seen))
            || found(trace, write)
                .and_then(times)
                .is_some_and(|old| old.is_found_first() && is_later(old.found));
        is_late.then_some(seen)
    }
}

fn earlier(known: &mut Option<i64>, time: i64) {
    *known = Some(known.map_or(time, |known| known.min(time)));
}

/// The value that an access found: of a write, that which it was made from.
fn found(trace: &Trace, access: &Access) -> Option<Name> {
    let value = if access.kind.is_write() { access.old_value } else { access.new_value };
    value.filter(|&value| tells(trace.text(value)))
}

/// The value that a write left.
fn left(trace: &Trace, access: &Access) -> Option<Name> {
    let value = access.new_value.filter(|_| access.kind.is_write());
    value.filter(|&value| tells(trace.text(value)))
}
