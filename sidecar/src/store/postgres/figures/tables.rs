//! The tables of kept figures, over a connection: the functions of `sql/figures.sql`.

use std::collections::HashMap;
use std::ops::Range;

use raceway_analysis::figures::tables::{
    Changed, Counted, CountedTables, Listed, PageKey, Rows, Tables,
};
use raceway_analysis::figures::{NameId, Part, SlowTrace, Width};
use raceway_analysis::{Building, Trace};
use raceway_model::{EventRow, EventView, FrameRow, Reading, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::session::Session;
use super::values::{Instant, Key};
use crate::store::StoreError;

/// So many traces are read at once,
const TRACES_AT_ONCE: usize = 200;

/// and rows of `raceway_uncounted` counted.
const ROWS_AT_ONCE: i32 = 200;

/// Frames come first, then events, in the order of their traces.
const EVENTS: &str = "
    SELECT frame_id, dialect, kind, service_name, template,
           trace_no, happened, event_key, parent_key, stored
    FROM @extschema@._raceway_framed_events($1)";

/// When the newest event happened.
pub(in crate::store::postgres) const NEWEST: &str = "SELECT @extschema@._raceway_newest()";

/// What [`NEWEST`] answers.
pub(in crate::store::postgres) fn newest(rows: &[Row]) -> Option<Timestamp> {
    rows.first().and_then(|row| instant(row, 0))
}

impl Session {
    /// When the newest event happened.
    pub(super) fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(newest(&self.rows(NEWEST, &[])?))
    }
}

fn frame(row: &Row) -> FrameRow {
    FrameRow::new(row.get(1), row.get(2), row.get(3), row.get(4))
}

fn event(row: &Row) -> Option<EventRow<'_>> {
    Some(EventRow {
        timestamp: instant(row, 6)?,
        event_key: row.get::<_, Key>(7).0,
        parent_key: row.get::<_, Option<Key>>(8).map(|key| key.0),
        values: row.get(9),
    })
}

impl Tables for Session {
    type Error = StoreError;

    fn databases(&self) -> usize {
        self.databases()
    }

    fn turn_to(&mut self, database: usize) -> Result<(), StoreError> {
        const TURN: &str = "SELECT set_config('raceway.bucket', $1, true)";
        if self.databases() == 1 {
            return Ok(());
        }
        self.rows(TURN, &[(&database.to_string(), Type::TEXT)]).map(|_| ())
    }

    fn kept(&mut self, parts: &[Part], pages: &[(Width, Range<i64>)]) -> Result<Rows, StoreError> {
        const KEPT: &str = "
            SELECT part, kept, trace_no, trace_id
            FROM @extschema@._raceway_kept_figures(
                $1, $2, $3::text[]::timestamptz[], $4::text[]::timestamptz[])";
        let parts: Vec<i16> = parts.iter().map(|part| part.number().into()).collect();
        let widths: Vec<i16> = pages.iter().map(|(width, _)| width.number().into()).collect();
        let sinces: Vec<String> = pages.iter().map(|(_, times)| text(times.start)).collect();
        let untils: Vec<String> = pages.iter().map(|(_, times)| text(times.end)).collect();
        let parameters = [
            (&parts as _, Type::INT2_ARRAY),
            (&widths as _, Type::INT2_ARRAY),
            (&sinces as _, Type::TEXT_ARRAY),
            (&untils as _, Type::TEXT_ARRAY),
        ];
        let mut kept = Rows::default();
        self.each_row(KEPT, &parameters, |row| match row.get(0) {
            Some(part) => kept.pages.push((part, row.get(1))),
            None => kept.changed.push(changed(row)),
        })?;
        Ok(kept)
    }

    fn names(&mut self, numbers: &[NameId]) -> Result<Vec<(NameId, String)>, StoreError> {
        const NAMES: &str = "SELECT name_id, name FROM @extschema@._raceway_names($1)";
        let numbers: Vec<i32> = numbers.iter().map(|number| number.cast_signed()).collect();
        let rows = self.rows(NAMES, &[(&numbers, Type::INT4_ARRAY)])?;
        Ok(rows.iter().map(|row| (row.get::<_, i32>(0).cast_unsigned(), row.get(1))).collect())
    }

    fn each_outline(
        &mut self,
        traces: &[Listed],
        mut take: impl FnMut(i64, Trace),
    ) -> Result<(), StoreError> {
        for traces in traces.chunks(TRACES_AT_ONCE) {
            let trace_nos: Vec<i64> = traces.iter().map(|(trace_no, _)| *trace_no).collect();
            let mut frames: HashMap<i32, FrameRow> = HashMap::new();
            let mut building = Building::new(traces);
            self.each_row(EVENTS, &[(&trace_nos, Type::INT8_ARRAY)], |row| {
                let frame_id = row.get(0);
                let Some(trace_no) = row.get(5) else {
                    frames.insert(frame_id, frame(row));
                    return;
                };
                let builder = building.of(trace_no, &mut take);
                // An event of a frame that is gone is none.
                if let Some((frame, event)) = frames.get(&frame_id).zip(event(row)) {
                    let outline: Reading = |head, event| EventView::outline(head, event);
                    frame.read(&event, outline, |event| builder.add(event));
                }
            })?;
            building.finish(&mut take);
        }
        Ok(())
    }

    fn border(
        &mut self,
        times: &Range<i64>,
        mut take: impl FnMut(i64, &[u8]),
    ) -> Result<Vec<Listed>, StoreError> {
        const BORDER: &str = "
            SELECT trace_no, trace_id, counted_nos, counted
            FROM @extschema@._raceway_border($1::text::timestamptz, $2::text::timestamptz)";
        let ends = [text(times.start), text(times.end)];
        let mut uncounted = Vec::new();
        self.each_row(BORDER, &[(&ends[0], Type::TEXT), (&ends[1], Type::TEXT)], |row| {
            let Some(trace_nos) = row.get::<_, Option<Vec<i64>>>(2) else {
                uncounted.push(listed(row));
                return;
            };
            for (trace_no, counted) in trace_nos.into_iter().zip(row.get::<_, Vec<&[u8]>>(3)) {
                take(trace_no, counted);
            }
        })?;
        Ok(uncounted)
    }

    fn newest_events(
        &mut self,
        services: &[(&str, i64)],
    ) -> Result<Vec<(usize, Timestamp)>, StoreError> {
        const NEWEST: &str = "
            SELECT place, newest
            FROM @extschema@._raceway_newest_events($1, $2::text[]::timestamptz[])";
        let names: Vec<&str> = services.iter().map(|(service, _)| *service).collect();
        let seconds: Vec<String> = services.iter().map(|(_, second)| text(*second)).collect();
        let rows =
            self.rows(NEWEST, &[(&names, Type::TEXT_ARRAY), (&seconds, Type::TEXT_ARRAY)])?;
        Ok(rows.iter().filter_map(|row| Some((place(row), instant(row, 1)?))).collect())
    }

    fn event_range(
        &mut self,
        times: &Range<i64>,
    ) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        const RANGE: &str = "
            SELECT oldest, newest
            FROM @extschema@._raceway_event_range($1::text::timestamptz, $2::text::timestamptz)";
        let ends = [text(times.start), text(times.end)];
        let rows = self.rows(RANGE, &[(&ends[0], Type::TEXT), (&ends[1], Type::TEXT)])?;
        Ok(rows.first().and_then(|row| instant(row, 0).zip(instant(row, 1))))
    }

    fn slowest(&mut self, times: &Range<i64>, most: usize) -> Result<Vec<SlowTrace>, StoreError> {
        const SLOWEST: &str = "
            SELECT trace_id, micros, services
            FROM @extschema@._raceway_slowest_traces(
                $1::text::timestamptz, $2::text::timestamptz, $3)";
        let ends = [text(times.start), text(times.end)];
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let parameters =
            [(&ends[0] as _, Type::TEXT), (&ends[1] as _, Type::TEXT), (&most as _, Type::INT8)];
        let rows = self.rows(SLOWEST, &parameters)?;
        let slow = |row: &Row| SlowTrace::lasting(row.get(0), row.get(1), row.get(2));
        Ok(rows.iter().map(slow).collect())
    }
}

impl CountedTables for Session {
    fn take_changed(&mut self) -> Result<Vec<Changed>, StoreError> {
        const TAKE: &str = "
            SELECT NULL::smallint, counted, trace_no, trace_id
            FROM @extschema@._raceway_take_uncounted($1)";
        let rows = self.rows(TAKE, &[(&ROWS_AT_ONCE, Type::INT4)])?;
        Ok(rows.iter().map(changed).collect())
    }

    fn numbers(&mut self, names: &[&str]) -> Result<Vec<(usize, NameId)>, StoreError> {
        const NUMBERS: &str = "SELECT place, name_id FROM @extschema@._raceway_name_ids($1)";
        let rows = self.rows(NUMBERS, &[(&names, Type::TEXT_ARRAY)])?;
        Ok(rows.iter().map(|row| (place(row), row.get::<_, i32>(1).cast_unsigned())).collect())
    }

    fn add_names(&mut self, names: &[&str]) -> Result<(), StoreError> {
        const ADD: &str = "SELECT @extschema@._raceway_add_names($1)";
        self.rows(ADD, &[(&names, Type::TEXT_ARRAY)]).map(|_| ())
    }

    fn pages(&mut self, pages: &[PageKey]) -> Result<Vec<(usize, Vec<u8>)>, StoreError> {
        const PAGES: &str = "
            SELECT place, sums FROM @extschema@._raceway_pages($1, $2, $3::text[]::timestamptz[])";
        let keys = Keys::of(pages.iter());
        let rows = self.rows(PAGES, &keys.parameters())?;
        Ok(rows.iter().map(|row| (place(row), row.get(1))).collect())
    }

    fn write(
        &mut self,
        counted: &[Counted],
        pages: &[(PageKey, Vec<u8>)],
    ) -> Result<(), StoreError> {
        const WRITE: &str = "
            SELECT @extschema@._raceway_write_figures(
                $4, $5, $6, $1, $2, $3::text[]::timestamptz[], $7)";
        let keys = Keys::of(pages.iter().map(|(key, _)| key));
        let trace_nos: Vec<i64> = counted.iter().map(|trace| trace.trace_no).collect();
        let figures: Vec<&[u8]> = counted.iter().map(|trace| &*trace.figures).collect();
        let variables: Vec<&str> = counted.iter().map(|trace| &*trace.variables).collect();
        let sums: Vec<&[u8]> = pages.iter().map(|(_, sums)| &**sums).collect();
        let mut parameters = keys.parameters().to_vec();
        parameters.push((&trace_nos, Type::INT8_ARRAY));
        parameters.push((&figures, Type::BYTEA_ARRAY));
        parameters.push((&variables, Type::TEXT_ARRAY));
        parameters.push((&sums, Type::BYTEA_ARRAY));
        self.rows(WRITE, &parameters).map(|_| ())
    }
}

/// The keys of pages, as arrays.
struct Keys {
    parts: Vec<i16>,
    widths: Vec<i16>,
    starts: Vec<String>,
}

impl Keys {
    fn of<'k>(pages: impl Iterator<Item = &'k PageKey>) -> Self {
        let mut keys = Keys { parts: Vec::new(), widths: Vec::new(), starts: Vec::new() };
        for page in pages {
            keys.parts.push(page.part.number().into());
            keys.widths.push(page.width.number().into());
            keys.starts.push(text(page.start));
        }
        keys
    }

    /// The first three of a query.
    fn parameters(&self) -> [(&(dyn ToSql + Sync), Type); 3] {
        [
            (&self.parts, Type::INT2_ARRAY),
            (&self.widths, Type::INT2_ARRAY),
            (&self.starts, Type::TEXT_ARRAY),
        ]
    }
}

/// A trace of a row with what was counted of it.
fn changed(row: &Row) -> Changed {
    Changed {
        counted: row.get::<_, Option<_>>(1).unwrap_or_default(),
        trace_no: row.get(2),
        trace_id: row.get(3),
    }
}

fn listed(row: &Row) -> Listed {
    (row.get(0), row.get(1))
}

fn instant(row: &Row, column: usize) -> Option<Timestamp> {
    row.get::<_, Option<Instant>>(column).map(|instant| instant.0)
}

/// In an array of SQL, counted from 0.
fn place(row: &Row) -> usize {
    usize::try_from(row.get::<_, i64>(0) - 1).unwrap_or(usize::MAX)
}

/// Of an instant in microseconds since 1970; timestamps end before all of time does.
fn text(micros: i64) -> String {
    Timestamp::nearest(micros).to_string()
}
