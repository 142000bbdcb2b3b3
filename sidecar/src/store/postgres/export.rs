//! Exports what is in Postgres, a page of traces a query.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use raceway_model::unescape_json;
use serde::de::IgnoredAny;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use super::rows::Rows;
use crate::store::StoreError;
use crate::store::chunks::{Abandoned, Chunks};
use crate::store::export::{ExportFilter, Lines, Unreadable, channel};
use raceway_libpq::with_causes;

/// A page has so many traces at most,
const PAGE_TRACES: usize = 500;
/// and so many events, unless its only trace has more. What is not read yet waits in Postgres.
const PAGE_EVENTS: i64 = 5000;

const TRACES: &str = "
    SELECT trace_no, event_count
    FROM @extschema@._raceway_exported(
        $1::text::timestamptz, $2::text::timestamptz, $3, $4, $5::text::timestamptz)";

const NAMED_TRACES: &str = "
    SELECT trace_no, event_count FROM @extschema@.traces
    WHERE trace_id = ANY ($1) AND event_count > 0
    ORDER BY start_time, trace_id";

/// Numbers of traces.
type Page = Vec<i64>;

/// Why no more is written.
enum Stop {
    Abandoned,
    Failed(StoreError),
}

impl From<Abandoned> for Stop {
    fn from(_: Abandoned) -> Self {
        Stop::Abandoned
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Failed(error)
    }
}

impl Database {
    /// Starts the export of the traces that are there now.
    pub(crate) async fn export(&self, filter: &ExportFilter) -> Result<Chunks, StoreError> {
        let pages = self.pages(filter).await?;
        let (lines, export) = channel();
        tokio::spawn(write(self.clone(), pages, lines));
        Ok(export)
    }

    async fn pages(&self, filter: &ExportFilter) -> Result<VecDeque<Page>, StoreError> {
        if let Some(trace_ids) = &filter.trace_ids {
            let trace_ids: &[String] = trace_ids;
            let rows = self.read_rows(NAMED_TRACES, &[(&trace_ids, Type::TEXT_ARRAY)]).await?;
            return pages(rows).await;
        }
        let ids = [filter.service.as_deref(), filter.trace_id.as_deref()];
        if ids.into_iter().flatten().any(|id| id.contains('\0')) {
            return Ok(VecDeque::new());
        }
        self.expect_all()?;
        let times = [filter.from, filter.until, filter.ended_since];
        let [from, until, ended_since] = times.map(|time| time.map(|time| time.to_string()));
        let parameters: [&(dyn ToSql + Sync); 5] = [&from, &until, &ids[0], &ids[1], &ended_since];
        let parameters = parameters.map(|value| (value, Type::TEXT));
        pages(self.read_rows(TRACES, &parameters).await?).await
    }

    /// Writes all of the page that can be read. It is halved until it is known which traces can't.
    async fn write_page(
        &self,
        page: &[i64],
        mut lines: Option<&mut Lines>,
    ) -> Result<Unreadable, Stop> {
        let Some(gap) = self.write_events(page, lines.as_deref_mut()).await? else {
            return Ok(Unreadable::default());
        };
        if let [trace_no] = page {
            return self.unreadable(*trace_no, &gap.reason).await;
        }
        if gap.is_rest_written {
            lines = None;
        }
        let (first, second) = page.split_at(page.len() / 2);
        let mut unreadable = Box::pin(self.write_page(first, lines.as_deref_mut())).await?;
        unreadable.extend(Box::pin(self.write_page(second, lines)).await?);
        Ok(unreadable)
    }

    /// The events of these traces, each a row that [`json`] reads.
    pub(super) async fn read_events(&self, trace_nos: &[i64]) -> Result<Rows, StoreError> {
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&trace_nos, Type::INT8_ARRAY)];
        self.read_rows("SELECT @extschema@.raceway_export($1)", &parameters).await
    }

    /// One query. Without lines, it only finds out whether everything can be read.
    async fn write_events(
        &self,
        page: &[i64],
        mut lines: Option<&mut Lines>,
    ) -> Result<Option<Gap>, Stop> {
        let mut rows = self.read_events(page).await?;
        let mut next = match rows.next().await {
            // Nothing is written yet: the function has failed, over some event.
            Err(StoreError::Internal(reason)) => {
                return Ok(Some(Gap { reason, is_rest_written: false }));
            }
            next => next?,
        };
        let mut gap = None;
        while let Some(row) = next {
            match json(&row) {
                Ok(json) => {
                    if let Some(lines) = &mut lines {
                        lines.push(&json).await?;
                    }
                }
                Err(reason) => gap = Some(Gap { reason, is_rest_written: true }),
            }
            next = rows.next().await?;
        }
        Ok(gap)
    }

    /// A trace of which something can't be read, unless it is gone.
    async fn unreadable(&self, trace_no: i64, reason: &str) -> Result<Unreadable, Stop> {
        const TRACE: &str = "SELECT @extschema@._raceway_trace_ids(ARRAY[$1])";
        let mut unreadable = Unreadable::default();
        for row in self.read(TRACE, &[(&trace_no, Type::INT8)]).await? {
            unreadable.note(row.get(0), reason);
        }
        Ok(unreadable)
    }
}

async fn pages(mut rows: Rows) -> Result<VecDeque<Page>, StoreError> {
    let mut pages = Pages::default();
    while let Some(row) = rows.next().await? {
        pages.add(row.get(0), row.get(1));
    }
    Ok(pages.full)
}

/// Something of a page that can't be read.
struct Gap {
    reason: String,
    is_rest_written: bool,
}

/// The event of a row.
pub(super) fn json(row: &Row) -> Result<Cow<'_, str>, String> {
    let json = match row.try_get::<_, Option<&str>>(0) {
        Ok(Some(json)) => unescape_json(json),
        Ok(None) => return Err("an event is NULL".into()),
        Err(error) => return Err(with_causes(&error)),
    };
    match serde_json::from_str::<IgnoredAny>(&json) {
        Ok(_) => Ok(json),
        Err(error) => Err(format!("an event is no JSON: {error}")),
    }
}

/// Traces, page by page.
#[derive(Default)]
struct Pages {
    full: VecDeque<Page>,
    events_of_last: i64,
}

impl Pages {
    fn add(&mut self, trace_no: i64, event_count: i64) {
        self.events_of_last += event_count;
        match self.full.back_mut() {
            Some(page) if page.len() < PAGE_TRACES && self.events_of_last <= PAGE_EVENTS => {
                page.push(trace_no);
            }
            _ => {
                self.full.push_back(vec![trace_no]);
                self.events_of_last = event_count;
            }
        }
    }
}

/// Writes the pages in their order. While one is written, the next is read already, where that
/// takes nobody's turn.
async fn write(database: Database, mut pages: VecDeque<Page>, mut lines: Lines) {
    let mut ahead: Option<Chunks> = None;
    let mut unreadable = Unreadable::default();
    while let Some(export) = next(&database, &mut pages, &mut ahead).await {
        match forward(export, &mut lines).await {
            Ok(()) => {}
            Err(Stop::Failed(StoreError::Unreadable(traces))) => unreadable.extend(traces),
            Err(Stop::Failed(error)) => return lines.end(Err(error)).await,
            Err(Stop::Abandoned) => return,
        }
    }
    lines.end(unreadable.into_end()).await;
}

/// The page to write now.
async fn next(
    database: &Database,
    pages: &mut VecDeque<Page>,
    ahead: &mut Option<Chunks>,
) -> Option<Chunks> {
    let export = if let Some(export) = ahead.take() {
        export
    } else {
        let page = pages.pop_front()?;
        let turn = Arc::clone(&database.exporters).acquire_owned().await;
        read(database, page, turn.expect("turns are never closed"))
    };
    if !pages.is_empty()
        && let Ok(turn) = Arc::clone(&database.exporters).try_acquire_owned()
    {
        *ahead = pages.pop_front().map(|page| read(database, page, turn));
    }
    Some(export)
}

/// Starts to read a page.
fn read(database: &Database, page: Page, turn: OwnedSemaphorePermit) -> Chunks {
    let (mut lines, export) = channel();
    let database = database.clone();
    tokio::spawn(async move {
        let _turn = turn;
        match database.write_page(&page, Some(&mut lines)).await {
            Ok(unreadable) => lines.end(unreadable.into_end()).await,
            Err(Stop::Abandoned) => {}
            Err(Stop::Failed(error)) => lines.end(Err(error)).await,
        }
    });
    export
}

async fn forward(mut page: Chunks, lines: &mut Lines) -> Result<(), Stop> {
    while let Some(chunk) = page.next().await {
        lines.forward(chunk?).await?;
    }
    Ok(())
}
