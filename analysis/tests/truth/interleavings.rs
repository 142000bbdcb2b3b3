//! Interleavings within and across traces.

use std::collections::BTreeMap;

use raceway_analysis::interleavings::{Evidence, Interleaving, Scope, Window};
use raceway_programs::oracle::interleavings as oracle;

use crate::case::Case;

/// Each interleaving, and whether values show it.
type Found = BTreeMap<oracle::Interleaving, bool>;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    let options = case.options();
    let scope = Scope { shown_per_pair: usize::MAX, shown: usize::MAX, ..Scope::default() };
    let mut window = Window::new(&options, scope);
    case.traces.iter().for_each(|trace| window.add(trace));
    let found = window.find();
    let reported: Found = found.shown.iter().map(|shown| reported(case, shown)).collect();
    let expected = expected(case, &options);
    if let Some((odd, _)) = difference(&reported, &expected) {
        return Err(format!("invented {}", name(case, odd)));
    }
    if let Some((odd, _)) = difference(&expected, &reported) {
        return Err(format!("missed {}", name(case, odd)));
    }
    if found.found != expected.len() as u64 || found.shown.len() != expected.len() {
        return Err(format!("found {} and showed {}", found.found, found.shown.len()));
    }
    Ok(())
}

fn reported(case: &Case, shown: &Interleaving) -> (oracle::Interleaving, bool) {
    let [first, between, last] =
        [&shown.first, &shown.between, &shown.second].map(|access| case.steps[&access.event_id]);
    (oracle::Interleaving { first, between, last }, shown.evidence == Evidence::Values)
}

fn expected(case: &Case, options: &raceway_analysis::Options) -> Found {
    let bounds =
        oracle::Bounds { clock_skew: options.clock_skew, atomic_within: options.atomic_within };
    let found = oracle::interleavings(&case.execution, &case.told, &case.times, bounds);
    let values = |found| oracle::is_shown_by_values(&case.execution, found);
    found.into_iter().map(|found| (found, values(found))).collect()
}

/// The first of one that is not, or is otherwise, in the other.
fn difference<'f>(one: &'f Found, other: &Found) -> Option<(&'f oracle::Interleaving, &'f bool)> {
    one.iter().find(|(found, values)| other.get(found) != Some(values))
}

fn name(case: &Case, found: &oracle::Interleaving) -> String {
    let steps = [found.first, found.between, found.last];
    let values = oracle::is_shown_by_values(&case.execution, *found);
    format!("{}, values: {values}", steps.map(|step| case.name(step)).join(", "))
}
