//! Races within a trace: accesses of one variable that nothing orders and no lock keeps apart.
//!
//! Two accesses race if they are of the same variable of the same service (or of a variable that services
//! share) and of different strands, if neither happened before the other, one of them at least writes, not
//! both are atomic, and no lock is held at both, unless shared by both. Order tells what can't happen at
//! once, lock sets what is kept from it: hybrid detection (O'Callahan and Choi 2003), which doesn't depend
//! on who got a lock first.

mod accesses;
mod choose;
mod count;
mod exclusion;
mod explain;
mod groups;
mod places;
mod reason;
mod search;
pub(crate) mod seen;
mod severity;
pub(crate) mod text;

use serde::Serialize;

use accesses::Accesses;
use choose::choose;
use count::Counter;
use search::{Found, Searched};

pub use explain::{Race, RaceAccess};
pub use groups::{MAX_GROUPS, RaceGroup, RacePlace};
pub use severity::Severity;

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
    let shown: Vec<Race> = chosen.iter().map(|pair| Race::of(causality, options, pair)).collect();
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

/// The races as lines of text: one for each variable, the worst first. The name of the variable comes after
/// `RACE on `.
#[must_use]
pub fn anomaly_lines(races: &Races) -> Vec<String> {
    if races.variables.is_empty() {
        return vec!["No potential races detected for this trace".to_owned()];
    }
    let line = |races: &VariableRaces| {
        let sign = match races.severity {
            Severity::Critical => "🚨",
            Severity::Warning => "⚠️",
        };
        let pairs = if races.pairs == 1 { "pair" } else { "pairs" };
        let (severity, variable) = (races.severity.as_str(), &races.variable);
        format!("{sign} {severity} RACE on {variable} ({} {pairs})", races.pairs)
    };
    races.variables.iter().map(line).collect()
}
