//! The tables of kept figures, within the server: the functions of `sql/figures.sql`.

use std::ops::Range;

use pgrx::datum::{Array, TimestampWithTimeZone};
use pgrx::pg_sys::BuiltinOid::{
    BYTEAARRAYOID, INT2ARRAYOID, INT4ARRAYOID, INT4OID, INT8ARRAYOID, INT8OID, TEXTARRAYOID,
    TIMESTAMPTZARRAYOID, TIMESTAMPTZOID,
};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::Trace;
use raceway_analysis::figures::tables::{
    Changed, Counted, CountedTables, Damaged, Listed, PageKey, Rows, Tables,
};
use raceway_analysis::figures::{NameId, Part, SlowTrace, Width};
use raceway_model::Timestamp;

use super::stored;
use crate::error::internal_error;
use crate::instant::{nearest, timestamptz};
use crate::query::{Columns, Query, column, rows};

thread_local! {
    static KEPT_FIGURES: Query = const {
        Query::reading(
            "SELECT part, kept, trace_no, trace_id FROM _raceway_kept_figures($1, $2, $3, $4)",
            &[INT2ARRAYOID, INT2ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID],
        )
    };
    static NAMES: Query =
        const { Query::reading("SELECT * FROM _raceway_names($1)", &[INT4ARRAYOID]) };
    static BORDER: Query = const {
        Query::reading(
            "SELECT trace_no, trace_id, counted_nos, counted FROM _raceway_border($1, $2)",
            &[TIMESTAMPTZOID, TIMESTAMPTZOID],
        )
    };
    static NEWEST_EVENTS: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_newest_events($1, $2)",
            &[TEXTARRAYOID, TIMESTAMPTZARRAYOID],
        )
    };
    static EVENT_RANGE: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_event_range($1, $2)",
            &[TIMESTAMPTZOID, TIMESTAMPTZOID],
        )
    };
    static SLOWEST_TRACES: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_slowest_traces($1, $2, $3)",
            &[TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID],
        )
    };
    static TAKE_UNCOUNTED: Query = const {
        Query::new("SELECT counted, trace_no, trace_id FROM _raceway_take_uncounted($1)", &[INT4OID])
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
    static WRITE_FIGURES: Query = const {
        Query::new(
            "SELECT _raceway_write_figures($1, $2, $3, $4, $5, $6, $7)",
            &[
                INT8ARRAYOID,
                BYTEAARRAYOID,
                TEXTARRAYOID,
                INT2ARRAYOID,
                INT2ARRAYOID,
                TIMESTAMPTZARRAYOID,
                BYTEAARRAYOID,
            ],
        )
    };
}

/// What a function of this call sees. What fails is an error of SQL at once; only damage is told.
pub(super) struct Server {
    pub(super) call: FunctionCallInfo,
    /// How many rows of `raceway_uncounted` are counted at once.
    pub(super) rows_at_most: i32,
}

impl Server {
    /// For whoever only reads.
    pub(super) fn of(call: FunctionCallInfo) -> Self {
        Server { call, rows_at_most: 0 }
    }
}

/// What is read of the tables.
pub(super) fn told<T>(read: Result<T, Damaged>) -> T {
    read.unwrap_or_else(|damaged| internal_error(&damaged.to_string()))
}

impl Tables for Server {
    type Error = Damaged;

    fn kept(&mut self, parts: &[Part], pages: &[(Width, Range<i64>)]) -> Result<Rows, Damaged> {
        let arguments = [
            column(parts, |part| i16::from(part.number())),
            column(pages, |(width, _)| i16::from(width.number())),
            column(pages, |(_, times)| instant(times.start)),
            column(pages, |(_, times)| instant(times.end)),
        ];
        let mut kept = Rows::default();
        rows(&KEPT_FIGURES, &arguments, |row| match row.get(1) {
            Some(part) => kept.pages.push((part, row.expect(2))),
            None => kept.changed.push(changed(row, 2)),
        });
        Ok(kept)
    }

    fn names(&mut self, numbers: &[NameId]) -> Result<Vec<(NameId, String)>, Damaged> {
        let numbers = column(numbers, |number| number.cast_signed());
        Ok(rows(&NAMES, &[numbers], |row| (row.expect::<i32>(1).cast_unsigned(), row.expect(2))))
    }

    fn each_outline(
        &mut self,
        traces: &[Listed],
        take: impl FnMut(i64, Trace),
    ) -> Result<(), Damaged> {
        stored::each_outline(self.call, traces, take);
        Ok(())
    }

    fn border(
        &mut self,
        times: &Range<i64>,
        mut take: impl FnMut(i64, &[u8]),
    ) -> Result<Vec<Listed>, Damaged> {
        let traces = rows(&BORDER, &ends(times).map(Into::into), |row| {
            let Some(trace_nos) = row.get::<Vec<i64>>(3) else {
                return Some((row.expect(1), row.expect(2)));
            };
            let counted: Array<&[u8]> = row.expect(4);
            for (trace_no, counted) in trace_nos.into_iter().zip(counted.iter_deny_null()) {
                take(trace_no, counted);
            }
            None
        });
        Ok(traces.into_iter().flatten().collect())
    }

    fn newest_events(
        &mut self,
        services: &[(&str, i64)],
    ) -> Result<Vec<(usize, Timestamp)>, Damaged> {
        let arguments = [
            column(services, |&(service, _)| service),
            column(services, |&(_, second)| instant(second)),
        ];
        Ok(rows(&NEWEST_EVENTS, &arguments, |row| (place(row.expect(1)), nearest(row.expect(2)))))
    }

    fn event_range(
        &mut self,
        times: &Range<i64>,
    ) -> Result<Option<(Timestamp, Timestamp)>, Damaged> {
        let range = rows(&EVENT_RANGE, &ends(times).map(Into::into), |row| {
            Some((nearest(row.get(1)?), nearest(row.get(2)?)))
        });
        Ok(range.into_iter().flatten().next())
    }

    fn slowest(&mut self, times: &Range<i64>, most: usize) -> Result<Vec<SlowTrace>, Damaged> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let [since, until] = ends(times);
        Ok(rows(&SLOWEST_TRACES, &[since.into(), until.into(), most.into()], |row| {
            SlowTrace::lasting(row.expect(1), row.expect(2), row.expect(3))
        }))
    }
}

impl CountedTables for Server {
    fn take_changed(&mut self) -> Result<Vec<Changed>, Damaged> {
        Ok(rows(&TAKE_UNCOUNTED, &[self.rows_at_most.into()], |row| changed(row, 1)))
    }

    fn numbers(&mut self, names: &[&str]) -> Result<Vec<(usize, NameId)>, Damaged> {
        let number = |row: &Columns| (place(row.expect(1)), row.expect::<i32>(2).cast_unsigned());
        Ok(rows(&NAME_IDS, &[column(names, |&name| name)], number))
    }

    fn add_names(&mut self, names: &[&str]) -> Result<(), Damaged> {
        rows(&ADD_NAMES, &[column(names, |&name| name)], |_| ());
        Ok(())
    }

    fn pages(&mut self, pages: &[PageKey]) -> Result<Vec<(usize, Vec<u8>)>, Damaged> {
        let arguments = [
            column(pages, |page| i16::from(page.part.number())),
            column(pages, |page| i16::from(page.width.number())),
            column(pages, |page| instant(page.start)),
        ];
        Ok(rows(&PAGES, &arguments, |row| (place(row.expect(1)), row.expect(2))))
    }

    fn write(&mut self, counted: &[Counted], pages: &[(PageKey, Vec<u8>)]) -> Result<(), Damaged> {
        let arguments = [
            column(counted, |trace| trace.trace_no),
            column(counted, |trace| &*trace.figures),
            column(counted, |trace| &*trace.variables),
            column(pages, |(page, _)| i16::from(page.part.number())),
            column(pages, |(page, _)| i16::from(page.width.number())),
            column(pages, |(page, _)| instant(page.start)),
            column(pages, |(_, sums)| &**sums),
        ];
        rows(&WRITE_FIGURES, &arguments, |_| ());
        Ok(())
    }
}

/// A trace of a row that has from this column on: what was counted of it, its number, its id.
fn changed(row: &Columns, column: usize) -> Changed {
    Changed {
        counted: row.get(column).unwrap_or_default(),
        trace_no: row.expect(column + 1),
        trace_id: row.get(column + 2),
    }
}

fn ends(times: &Range<i64>) -> [TimestampWithTimeZone; 2] {
    [instant(times.start), instant(times.end)]
}

/// Timestamps end before all of time does.
fn instant(micros: i64) -> TimestampWithTimeZone {
    timestamptz(Timestamp::nearest(micros))
}

/// A place in an array of SQL, counted from 0.
fn place(in_sql: i64) -> usize {
    usize::try_from(in_sql - 1).unwrap_or(usize::MAX)
}
