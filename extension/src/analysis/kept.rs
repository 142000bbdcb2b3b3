//! The figures that `sql/extension/figures.sql` keeps, as of now: the sums of pages, of which what was counted of
//! traces that have changed since is taken back, and counted anew.

use std::ops::Range;

use foldhash::HashMap;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys::BuiltinOid::{INT2ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{Cover, Figures, NameId, Names, Part, Timeline, Width};
use raceway_model::Timestamp;

use super::stored::{self, Listed};
use crate::error::internal_error;
use crate::instant::timestamptz;
use crate::query::{Query, column, rows};

thread_local! {
    static KEPT_FIGURES: Query = const {
        Query::reading(
            "SELECT part, width, kept, trace_no, trace_id FROM _raceway_kept_figures($1, $2, $3, $4)",
            &[INT2ARRAYOID, INT2ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID],
        )
    };
    static NAMES: Query =
        const { Query::reading("SELECT * FROM _raceway_names($1)", &[INT4ARRAYOID]) };
}

/// Figures of a time.
pub(super) struct Kept {
    /// Sums of pages.
    pub(super) pages: Timeline,
    /// How they have changed since.
    changes: Timeline,
    /// What of the time is less than a second.
    borders: Figures,
    seconds: Range<i64>,
    /// The names in them.
    pub(super) names: Names,
}

impl Kept {
    /// Reads these parts of the figures of a time in microseconds since 1970; of other parts nothing is true.
    pub(super) fn read(call: FunctionCallInfo, parts: &[Part], times: Range<i64>) -> Self {
        let Cover { pages, seconds, borders } = Cover::of(times);
        let (pages, mut changes, traces) = read_pages(parts, &pages);
        let mut of_all = pages.clone();
        of_all.merge(&changes);
        let mut names = names_in(&of_all);
        let mut fresh = Fresh::default();
        fresh.count(call, &traces);
        for border in &borders {
            fresh.count_border(call, border);
        }
        let numbers: HashMap<NameId, NameId> =
            fresh.names.iter().map(|(number, name)| (number, names.intern(name))).collect();
        changes.merge(&fresh.timeline.renumbered(|name| numbers[&name]));
        let borders = fresh.borders.renumbered(|name| numbers[&name]);
        Kept { pages, changes, borders, seconds, names }
    }

    /// The figures of the time.
    pub(super) fn total(&self) -> Figures {
        let mut figures = self.pages.between(self.seconds.clone());
        figures.merge(&self.changes.between(self.seconds.clone()));
        figures.merge(&self.borders);
        figures
    }

    /// Pages of this width, with what has changed in them.
    pub(super) fn by(&self, width: Width, pages: &Timeline) -> Timeline {
        let mut all = pages.clone();
        for page in self.changes.pages().iter().filter(|page| page.width == width) {
            all.merge(&page.figures);
        }
        all
    }
}

/// Pages alone.
pub(super) fn pages(parts: &[Part], pages: &[(Width, Range<i64>)]) -> Timeline {
    read_pages(parts, pages).0
}

/// Pages; what was counted of traces that have changed since, to be taken back; and these traces.
fn read_pages(parts: &[Part], pages: &[(Width, Range<i64>)]) -> (Timeline, Timeline, Vec<Listed>) {
    let (mut sums, mut changes) = (Timeline::default(), Timeline::default());
    let mut traces = Vec::new();
    let arguments = [
        column(parts, |part| i16::from(part.number())),
        column(pages, |(width, _)| i16::from(width.number())),
        column(pages, |(_, times)| instant(times.start)),
        column(pages, |(_, times)| instant(times.end)),
    ];
    rows(&KEPT_FIGURES, &arguments, |row| {
        let kept: Option<Vec<u8>> = row.get(3);
        let kept = kept.unwrap_or_default();
        if let Some(part) = row.get::<i16>(1) {
            add(&mut sums, part, &kept);
        } else {
            changes.subtract(&counted(&kept));
            traces.extend(row.get(4).zip(row.get(5)));
        }
    });
    (sums, changes, traces)
}

/// Timestamps end before all of time does.
pub(super) fn instant(micros: i64) -> TimestampWithTimeZone {
    timestamptz(Timestamp::nearest(micros))
}

fn add(sums: &mut Timeline, part: i16, page: &[u8]) {
    let part = Part::ALL.into_iter().find(|known| i16::from(known.number()) == part);
    let added = part.and_then(|part| sums.add_part(part, page));
    added.unwrap_or_else(|| internal_error("a page of raceway_figures that is damaged"));
}

/// What was counted of a trace.
pub(super) fn counted(figures: &[u8]) -> Timeline {
    Timeline::from_bytes(figures)
        .unwrap_or_else(|| internal_error("a row of raceway_counted that is damaged"))
}

fn names_in(figures: &Timeline) -> Names {
    let ids: Vec<i32> = figures.names().into_iter().map(u32::cast_signed).collect();
    let mut names = Names::default();
    rows(&NAMES, &[ids.into()], |row| {
        let name: String = row.expect(2);
        names.insert(row.expect::<i32>(1).cast_unsigned(), &name);
    });
    names
}

/// What is computed from events.
#[derive(Default)]
struct Fresh {
    timeline: Timeline,
    borders: Figures,
    names: Names,
}

impl Fresh {
    fn count(&mut self, call: FunctionCallInfo, traces: &[Listed]) {
        stored::each_outline(call, traces, |trace| {
            self.timeline.merge(&Timeline::of(&trace, &calls(&trace), &mut self.names));
        });
    }

    /// Counts what happened in less than a second.
    fn count_border(&mut self, call: FunctionCallInfo, times: &Range<i64>) {
        let traces = stored::within(instant(times.start), instant(times.end));
        stored::each_outline(call, &traces, |trace| {
            let calls = calls(&trace);
            self.borders.merge(&Figures::within(&trace, &calls, times.clone(), &mut self.names));
        });
    }
}

/// A place in an array of SQL, counted from 0.
pub(super) fn place(in_sql: i64) -> usize {
    usize::try_from(in_sql - 1).unwrap_or(usize::MAX)
}
