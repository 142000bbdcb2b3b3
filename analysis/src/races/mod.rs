//! Races within a trace: accesses of one variable that nothing orders and no lock keeps apart.
//!
//! Two accesses race if they are of the same variable of the same service (or of a variable that services
//! share) and of different strands, if neither happened before the other, one of them at least writes, not
//! both are atomic, and no lock is held at both, unless shared by both. Order tells what can't happen at
//! once, lock sets what is kept from it: hybrid detection (O'Callahan and Choi 2003), which doesn't depend
//! on who got a lock first.

mod accesses;
mod choose;
mod conflict;
mod count;
mod exclusion;
pub(crate) mod explain;
mod groups;
mod lines;
mod places;
mod reason;
mod search;
pub(crate) mod seen;

use serde::Serialize;

use accesses::Accesses;
use choose::choose;
use count::Counter;
use explain::explain;
use search::{Found, Searched};

pub use explain::{Race, RaceAccess};
pub use groups::{MAX_GROUPS, RaceGroup, RacePlace};
pub use lines::anomaly_lines;

use crate::severity::Severity;
use crate::{Causality, EventNo, Options};

/// How many races are shown at most.
pub const MAX_SHOWN: usize = 1_000;

/// A trace whose races can't be told within bounds of time: strands that know of each other, or
/// different sets of locks at one variable, are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trace has too many strands or sets of locks for its races to be counted")]
pub struct TooManySteps;

/// The races of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Races {
    /// How many pairs of accesses race: all of them.
    pub found: u64,
    /// The first ones, in order of severity, variable, time of the second access, and ids; at most
    /// [`MAX_SHOWN`].
    pub shown: Vec<Race>,
    /// How many are not shown.
    pub omitted: u64,
    /// The variables that have races, in order of severity, name and service.
    pub variables: Vec<VariableRaces>,
    /// The races by where in the source they are: the worst, then the most frequent first; at most
    /// [`MAX_GROUPS`].
    pub groups: Vec<RaceGroup>,
    /// How many races are in none of the groups, as they are at too many places.
    pub ungrouped: u64,
    #[serde(skip)]
    is_race: Vec<bool>,
}

/// The races of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableRaces {
    /// Its name.
    pub variable: String,
    /// Its service; `None` for a variable that services share.
    pub service: Option<String>,
    /// The severity of its worst race.
    pub severity: Severity,
    /// How many pairs of its accesses race.
    pub pairs: u64,
}

/// Finds the races of a trace.
///
/// Cost: changes of what chains have seen of others that touch the same variable, at most accesses × such
/// chains. Memory: 20 bytes an event, and some 150 for each access of one variable at a time.
pub fn races(causality: &Causality, options: &Options) -> Result<Races, TooManySteps> {
    let accesses = Accesses::of(causality, options);
    let mut counter = Counter::new(causality);
    let searched = Searched::of(&mut counter, &accesses)?;
    let found = searched.found.iter().flat_map(|found| found.pairs).sum();
    let chosen = choose(&mut counter, &accesses, &searched, MAX_SHOWN)?;
    let shown = explain(causality, options, &chosen);
    let groups = groups::groups(causality, &accesses, &searched.found);
    Ok(Races {
        found,
        omitted: found - shown.len() as u64,
        shown,
        variables: variables(causality, &accesses, &searched.found),
        ungrouped: found - groups.iter().map(|group| group.pairs).sum::<u64>(),
        groups,
        is_race: searched.is_race,
    })
}

impl Races {
    /// Whether the event is an access that is in some race.
    #[must_use]
    pub fn is_race(&self, event: EventNo) -> bool {
        self.is_race.get(event as usize).is_some_and(|&is_race| is_race)
    }
}

fn variables(causality: &Causality, accesses: &Accesses, found: &[Found]) -> Vec<VariableRaces> {
    let text = |name| causality.trace.text(name).to_owned();
    let races = |found: &Found| {
        let variable = accesses.variable(found.variable);
        VariableRaces {
            variable: text(variable.name),
            service: variable.service.map(text),
            severity: found.severity(),
            pairs: found.pairs.iter().sum(),
        }
    };
    let mut variables: Vec<VariableRaces> = found.iter().map(races).collect();
    variables.sort_by(|a, b| {
        (a.severity, &a.variable, &a.service).cmp(&(b.severity, &b.variable, &b.service))
    });
    variables
}

#[cfg(test)]
mod tests {
    use super::{Races, anomaly_lines, races};
    use crate::severity::Severity;
    use crate::testing::{Draft, causality, event, number};
    use crate::{Causality, Options};

    fn races_of(causality: &Causality) -> Races {
        races(causality, &Options::default()).expect("a small trace")
    }

    /// Two requests of one trace, of which each accesses the balance.
    fn transfers(first: Draft, second: Draft) -> Causality {
        causality([
            event("root"),
            event("a").after("root").on("1"),
            event("b").after("root").on("2"),
            first.after("a").on("1"),
            second.after("b").on("2"),
        ])
    }

    #[test]
    fn an_unordered_read_and_write_race_and_are_explained() {
        let write =
            event("w").write("balance").old(100).value(50).location("a.rs:10").holding(&["x"]);
        let causality = transfers(write, event("r").read("balance").value(100).location("b.rs:20"));
        let races = races_of(&causality);
        let [race] = &*races.shown else { panic!("one race") };
        assert_eq!((races.found, races.omitted, race.severity), (1, 0, Severity::Warning));
        assert_eq!((&*race.first.event_id, &*race.second.event_id), ("w", "r"));
        assert_eq!(race.first.old_value.as_deref(), Some("100"));
        assert_eq!(race.last_common_ancestor.as_deref(), Some("root"));
        assert_eq!(
            race.description,
            "Write at a.rs:10 in thread 1 races with Read at b.rs:20 in thread 2 on balance"
        );
        assert_eq!(
            race.reason,
            "Nothing orders the write at a.rs:10 in task a with the read at b.rs:20 in task b: neither \
             has seen the other, and they hold no lock in common (the first holds {x}, the second none)."
        );
        let trace = &causality.trace;
        assert!(races.is_race(number(trace, "w")) && races.is_race(number(trace, "r")));
        assert!(!races.is_race(number(trace, "a")));
    }

    #[test]
    fn a_message_or_a_lock_or_atomics_or_other_services_keep_accesses_apart() {
        let quiet = [
            (event("w").write("x").holding(&["l"]), event("r").read("x").holding(&["l"])),
            (event("w").access("AtomicRMW", "x"), event("r").access("AtomicRMW", "x")),
            (event("w").write("x"), event("r").write("x").of("shop")),
            (event("w").read("x"), event("r").read("x")),
        ];
        for (first, second) in quiet {
            assert_eq!(
                anomaly_lines(&races_of(&transfers(first, second))),
                ["No potential races detected for this trace"]
            );
        }
        let ordered = causality([
            event("w").flat().write("x").on("1").clock(&[("p", 1)]),
            event("r").flat().read("x").on("2").clock(&[("p", 1), ("q", 1)]),
        ]);
        assert_eq!(races_of(&ordered).found, 0);
    }

    #[test]
    fn a_shared_variable_races_across_services() {
        let causality = transfers(event("w").write("x"), event("r").write("x").of("shop"));
        let shared_variables = ["x".to_owned()].into();
        let options = Options { shared_variables, ..Options::default() };
        let races = races(&causality, &options).expect("a small trace");
        assert_eq!((races.found, races.shown[0].service.as_deref()), (1, None));
    }

    #[test]
    fn each_variable_has_its_lines_the_worst_first() {
        let causality = causality([
            event("a1").write("alice.balance"),
            event("a2").read("a").after("a1"),
            event("b1").write("alice.balance"),
            event("b2").write("a").after("b1"),
            event("c1").write("alice.balance"),
        ]);
        let races = races_of(&causality);
        assert_eq!(
            anomaly_lines(&races),
            [
                "🚨 CRITICAL RACE on alice.balance (3 pairs)",
                "   Event 1: a1 @ unknown [unknown]",
                "   Event 2: b1 @ unknown [unknown]",
                "⚠️ WARNING RACE on a (1 pair)",
                "   Event 1: a2 @ unknown [unknown]",
                "   Event 2: b2 @ unknown [unknown]",
            ]
        );
        let groups = races.groups.iter().map(|group| (&*group.variable, group.pairs));
        assert_eq!(groups.collect::<Vec<_>>(), [("alice.balance", 3), ("a", 1)]);
    }
}
