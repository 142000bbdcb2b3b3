//! Counts traces that have changed in the figures that `sql/extension/figures.sql` keeps.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};
use pgrx::pg_extern;
use pgrx::pg_sys::BuiltinOid::{
    BYTEAARRAYOID, INT2ARRAYOID, INT4OID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{NameId, Names, Page, Part, Timeline};

use super::kept::{counted, instant, place};
use super::stored;
use crate::error::internal_error;
use crate::query::{Query, column, rows};

thread_local! {
    static TAKE_UNCOUNTED: Query =
        const { Query::new("SELECT * FROM _raceway_take_uncounted($1)", &[INT4OID]) };
    static WRITE_COUNTED: Query = const {
        Query::new(
            "SELECT _raceway_write_counted($1, $2, $3)",
            &[INT8ARRAYOID, BYTEAARRAYOID, TEXTARRAYOID],
        )
    };
    static NAME_IDS: Query =
        const { Query::new("SELECT * FROM _raceway_name_ids($1)", &[TEXTARRAYOID]) };
    static ADD_NAMES: Query =
        const { Query::new("SELECT _raceway_add_names($1)", &[TEXTARRAYOID]) };
    static PAGES: Query = const {
        Query::new(
            "SELECT * FROM _raceway_pages($1, $2, $3)",
            &[INT2ARRAYOID, INT2ARRAYOID, TIMESTAMPTZARRAYOID],
        )
    };
    static WRITE_PAGES: Query = const {
        Query::new(
            "SELECT _raceway_write_pages($1, $2, $3, $4)",
            &[INT2ARRAYOID, INT2ARRAYOID, TIMESTAMPTZARRAYOID, BYTEAARRAYOID],
        )
    };
}

/// A trace that has changed.
struct Changed {
    number: i64,
    /// `None` if it is gone.
    trace_id: Option<String>,
    /// What figures count of it.
    counted: Timeline,
}

/// Nobody else may do so at the same time.
#[pg_extern(sql = false)]
fn raceway_count_figures(rows_at_most: i32, call: FunctionCallInfo) -> i64 {
    let changed = rows(&TAKE_UNCOUNTED, &[rows_at_most.into()], |row| Changed {
        number: row.expect(1),
        trace_id: row.get(2),
        counted: counted(&row.get::<Vec<u8>>(3).unwrap_or_default()),
    });
    let (now, none) = (contributions(call, &changed), Timeline::default());
    let mut difference = Timeline::default();
    let mut contributed = Vec::with_capacity(changed.len());
    for Changed { number, counted, .. } in &changed {
        difference.subtract(counted);
        let timeline = now.get(number).unwrap_or(&none);
        difference.merge(timeline);
        contributed.push((*number, timeline.to_bytes(), array_literal(&timeline.variables())));
    }
    add(&difference);
    let arguments = [
        column(&contributed, |(number, ..)| *number),
        column(&contributed, |(_, bytes, _)| &**bytes),
        column(&contributed, |(.., variables)| &**variables),
    ];
    rows(&WRITE_COUNTED, &arguments, |_| ());
    i64::try_from(changed.len()).unwrap_or(i64::MAX)
}

/// An array of numbers in the syntax of Postgres.
fn array_literal(numbers: &BTreeSet<NameId>) -> String {
    let numbers: Vec<String> = numbers.iter().map(NameId::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// What each of these traces contributes as it is now, by its number.
fn contributions(call: FunctionCallInfo, changed: &[Changed]) -> HashMap<i64, Timeline> {
    let traces: Vec<stored::Listed> =
        changed.iter().filter_map(|trace| Some((trace.number, trace.trace_id.clone()?))).collect();
    let numbers: HashMap<&str, i64> = traces.iter().map(|(number, id)| (&**id, *number)).collect();
    let mut names = Names::default();
    let mut contributions = HashMap::with_capacity(traces.len());
    stored::each_outline(call, &traces, |trace| {
        let timeline = Timeline::of(&trace, &calls(&trace), &mut names);
        contributions.insert(numbers[&*trace.id], timeline);
    });
    let ids = ids_of(&names);
    for timeline in contributions.values_mut() {
        *timeline = timeline.renumbered(|name| ids[&name]);
    }
    contributions
}

/// The ids that these names have in `raceway_names`, by their numbers here.
fn ids_of(names: &Names) -> HashMap<NameId, NameId> {
    let names: Vec<(NameId, &str)> = names.iter().collect();
    let mut ids = known_ids(&names);
    let fresh: Vec<(NameId, &str)> =
        names.into_iter().filter(|(number, _)| !ids.contains_key(number)).collect();
    if !fresh.is_empty() {
        rows(&ADD_NAMES, &[column(&fresh, |&(_, name)| name)], |_| ());
        ids.extend(known_ids(&fresh));
    }
    ids
}

fn known_ids(names: &[(NameId, &str)]) -> HashMap<NameId, NameId> {
    let ids = rows(&NAME_IDS, &[column(names, |&(_, name)| name)], |row| {
        (names[place(row.expect(1))].0, row.expect::<i32>(2).cast_unsigned())
    });
    ids.into_iter().collect()
}

/// Adds what has changed to the pages.
fn add(difference: &Timeline) {
    let pages = difference.pages();
    let parts: Vec<(&Page, Part)> = pages
        .iter()
        .flat_map(|page| Part::ALL.map(|part| (page, part)))
        .filter(|(page, part)| !page.figures.part_to_bytes(*part).is_empty())
        .collect();
    let keys = || {
        [
            column(&parts, |(_, part)| i16::from(part.number())),
            column(&parts, |(page, _)| i16::from(page.width.number())),
            column(&parts, |(page, _)| instant(page.start)),
        ]
    };
    let mut known: Vec<Vec<u8>> = vec![Vec::new(); parts.len()];
    rows(&PAGES, &keys(), |row| known[place(row.expect(1))] = row.expect(2));
    let sums: Vec<Vec<u8>> = parts
        .iter()
        .zip(known)
        .map(|((page, part), known)| {
            let mut sums = page.figures.clone();
            sums.add_part(*part, &known)
                .unwrap_or_else(|| internal_error("a page of raceway_figures that is damaged"));
            sums.part_to_bytes(*part)
        })
        .collect();
    let [part, width, start] = keys();
    rows(&WRITE_PAGES, &[part, width, start, column(&sums, |bytes| &**bytes)], |_| ());
}
