//! Figures that a database keeps in tables, of which `sql/figures.sql` has the functions: how they are read and
//! counted, whoever runs the queries: the extension within the server, the sidecar over a connection.

mod answers;
mod count;
mod kept;

use std::ops::Range;

use raceway_model::Timestamp;

use super::{NameId, Part, SlowTrace, Timeline, Width};
use crate::trace::Trace;

pub use answers::{
    anomalies_of, edges, hotspots, performance, service_dependencies, service_health, services,
};
pub use count::count;
pub use kept::Kept;

/// What somebody has damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of {0} that is damaged")]
pub struct Damaged(&'static str);

/// A trace by its number and its id.
pub type Listed = (i64, String);

/// The tables as they are at one moment. Times are microseconds since 1970.
pub trait Tables {
    /// Why they can't be read.
    type Error: From<Damaged>;

    /// How many databases have them, each with numbers of its own for names. [`kept`](Self::kept),
    /// [`names`](Self::names), [`border`](Self::border) and [`each_outline`](Self::each_outline) are of one of them,
    /// everything else of all.
    fn databases(&self) -> usize {
        1
    }

    /// What is of one database is of this one from now on, counted from 0.
    fn turn_to(&mut self, _database: usize) -> Result<(), Self::Error> {
        Ok(())
    }

    /// These parts of the pages of a width that start in a time, and all traces that have changed since they were
    /// counted.
    fn kept(&mut self, parts: &[Part], pages: &[(Width, Range<i64>)]) -> Result<Rows, Self::Error>;

    /// The names with these numbers.
    fn names(&mut self, numbers: &[NameId]) -> Result<Vec<(NameId, String)>, Self::Error>;

    /// Reads what figures count of these traces, and gives each away before many more are read.
    fn each_outline(
        &mut self,
        traces: &[Listed],
        take: impl FnMut(i64, Trace),
    ) -> Result<(), Self::Error>;

    /// The traces with events in a part of a second. What is counted of one that has no events in the rest of that
    /// second is given away, with its number; of others that are counted too, of which it has no figures there.
    /// Traces with events in the rest, or of which nothing is counted, are returned.
    fn border(
        &mut self,
        times: &Range<i64>,
        take: impl FnMut(i64, &[u8]),
    ) -> Result<Vec<Listed>, Self::Error>;

    /// The newest event of each service in the second that starts then, by its place here; not of one that has
    /// none there.
    fn newest_events(
        &mut self,
        services: &[(&str, i64)],
    ) -> Result<Vec<(usize, Timestamp)>, Self::Error>;

    /// The oldest and the newest event in a time.
    fn event_range(
        &mut self,
        times: &Range<i64>,
    ) -> Result<Option<(Timestamp, Timestamp)>, Self::Error>;

    /// The traces that ended in a time and took longest, longest first.
    fn slowest(&mut self, times: &Range<i64>, most: usize) -> Result<Vec<SlowTrace>, Self::Error>;
}

/// Pages and traces of one moment.
#[derive(Debug, Default)]
pub struct Rows {
    /// Each page by the number of its part.
    pub pages: Vec<(i16, Vec<u8>)>,
    /// Traces that have changed.
    pub changed: Vec<Changed>,
}

/// A trace that has changed since it was counted.
#[derive(Debug)]
pub struct Changed {
    /// Its number.
    pub trace_no: i64,
    /// `None` if it is gone.
    pub trace_id: Option<String>,
    /// What was counted of it.
    pub counted: Vec<u8>,
}

impl Changed {
    fn timeline(&self) -> Result<Timeline, Damaged> {
        Timeline::from_bytes(&self.counted).ok_or(Damaged("raceway_counted"))
    }
}

/// The tables for whoever counts. Nobody else does so until what is written can be seen.
pub trait CountedTables: Tables {
    /// Takes some traces that have changed off the list; none while somebody else counts.
    fn take_changed(&mut self) -> Result<Vec<Changed>, Self::Error>;

    /// The numbers of these names, by their places; not of one that has none.
    fn numbers(&mut self, names: &[&str]) -> Result<Vec<(usize, NameId)>, Self::Error>;

    /// Gives names numbers that have none.
    fn add_names(&mut self, names: &[&str]) -> Result<(), Self::Error>;

    /// The sums of these pages, by their places; not of one that there is not.
    fn pages(&mut self, pages: &[PageKey]) -> Result<Vec<(usize, Vec<u8>)>, Self::Error>;

    /// Writes what is counted of traces, and pages; what is empty is deleted.
    fn write(
        &mut self,
        counted: &[Counted],
        pages: &[(PageKey, Vec<u8>)],
    ) -> Result<(), Self::Error>;
}

/// A part of a page.
#[derive(Clone, Copy, Debug)]
pub struct PageKey {
    /// Which part.
    pub part: Part,
    /// How much time it is of.
    pub width: Width,
    /// Its start.
    pub start: i64,
}

/// What is counted of a trace.
#[derive(Debug)]
pub struct Counted {
    /// The number of the trace.
    pub trace_no: i64,
    /// Its figures.
    pub figures: Vec<u8>,
    /// The numbers of the variables that it accesses, as an array in the syntax of Postgres.
    pub variables: String,
}
