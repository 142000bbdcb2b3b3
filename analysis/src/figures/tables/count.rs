//! Counts traces that have changed.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use super::{Changed, Counted, CountedTables, Damaged, Listed, PageKey};
use crate::calls::calls;
use crate::figures::{NameId, Names, Page, Part, Timeline};

/// Counts some, and says how many these were.
pub fn count<T: CountedTables>(tables: &mut T) -> Result<usize, T::Error> {
    let changed = tables.take_changed()?;
    if changed.is_empty() {
        return Ok(0);
    }
    let (now, none) = (contributions(tables, &changed)?, Timeline::default());
    let mut difference = Timeline::default();
    let mut counted = Vec::with_capacity(changed.len());
    for trace in &changed {
        let timeline = now.get(&trace.trace_no).unwrap_or(&none);
        difference.subtract(&trace.timeline()?);
        difference.merge(timeline);
        counted.push(Counted {
            trace_no: trace.trace_no,
            figures: timeline.to_bytes(),
            variables: array_literal(&timeline.variables()),
        });
    }
    let pages = changed_pages(tables, &difference)?;
    tables.write(&counted, &pages)?;
    Ok(changed.len())
}

/// An array of numbers in the syntax of Postgres.
fn array_literal(numbers: &BTreeSet<NameId>) -> String {
    let numbers: Vec<String> = numbers.iter().map(NameId::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// What each of these traces contributes as it is now, by its number.
fn contributions<T: CountedTables>(
    tables: &mut T,
    changed: &[Changed],
) -> Result<HashMap<i64, Timeline>, T::Error> {
    let listed = |trace: &Changed| Some((trace.trace_no, trace.trace_id.clone()?));
    let traces: Vec<Listed> = changed.iter().filter_map(listed).collect();
    let mut names = Names::default();
    let mut contributions = HashMap::with_capacity(traces.len());
    tables.each_outline(&traces, |trace_no, trace| {
        contributions.insert(trace_no, Timeline::of(&trace, &calls(&trace), &mut names));
    })?;
    let numbers = numbers_of(tables, &names)?;
    for timeline in contributions.values_mut() {
        *timeline = timeline.renumbered(|name| numbers[&name]);
    }
    Ok(contributions)
}

/// The numbers that these names have in the tables, by their numbers here.
fn numbers_of<T: CountedTables>(
    tables: &mut T,
    names: &Names,
) -> Result<HashMap<NameId, NameId>, T::Error> {
    let names: Vec<(NameId, &str)> = names.iter().collect();
    let mut numbers = known_numbers(tables, &names)?;
    let is_fresh = |(number, _): &(NameId, &str)| !numbers.contains_key(number);
    let fresh: Vec<(NameId, &str)> = names.into_iter().filter(is_fresh).collect();
    if !fresh.is_empty() {
        tables.add_names(&texts(&fresh))?;
        numbers.extend(known_numbers(tables, &fresh)?);
    }
    Ok(numbers)
}

fn known_numbers<T: CountedTables>(
    tables: &mut T,
    names: &[(NameId, &str)],
) -> Result<HashMap<NameId, NameId>, T::Error> {
    let known = tables.numbers(&texts(names))?;
    Ok(known.into_iter().map(|(place, number)| (names[place].0, number)).collect())
}

fn texts<'n>(names: &[(NameId, &'n str)]) -> Vec<&'n str> {
    names.iter().map(|&(_, name)| name).collect()
}

/// Pages with what has changed added to them.
fn changed_pages<T: CountedTables>(
    tables: &mut T,
    difference: &Timeline,
) -> Result<Vec<(PageKey, Vec<u8>)>, T::Error> {
    let pages = difference.pages();
    let parts: Vec<(&Page, Part)> = pages
        .iter()
        .flat_map(|page| Part::ALL.map(|part| (page, part)))
        .filter(|(page, part)| !page.figures.part_to_bytes(*part).is_empty())
        .collect();
    let key =
        |&(page, part): &(&Page, Part)| PageKey { part, width: page.width, start: page.start };
    let keys: Vec<PageKey> = parts.iter().map(key).collect();
    let mut known = vec![Vec::new(); keys.len()];
    for (place, sums) in tables.pages(&keys)? {
        known[place] = sums;
    }
    let mut changed = Vec::with_capacity(keys.len());
    for (((page, part), key), known) in parts.into_iter().zip(keys).zip(known) {
        let mut sums = page.figures.clone();
        sums.add_part(part, &known).ok_or(Damaged("raceway_figures"))?;
        changed.push((key, sums.part_to_bytes(part)));
    }
    Ok(changed)
}
