//! Exports what is in Postgres, a page of traces a query.

use std::collections::VecDeque;
use std::sync::Arc;

use raceway_model::unescape_json;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use crate::store::StoreError;
use crate::store::export::{Abandoned, Export, ExportFilter, Lines, channel};

/// A page has so many traces at most,
const PAGE_TRACES: usize = 500;
/// and so many events, unless its only trace has more. What is not read yet waits in Postgres.
const PAGE_EVENTS: i64 = 5000;

const TRACES: &str = "
    SELECT trace_no, event_count
    FROM @extschema@.raceway_exported_traces(
        $1::text::timestamptz, $2::text::timestamptz, $3, $4)";

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
    pub(crate) async fn export(&self, filter: &ExportFilter) -> Result<Export, StoreError> {
        let pages = self.pages(filter).await?;
        let (lines, export) = channel();
        tokio::spawn(write(self.clone(), pages, lines));
        Ok(export)
    }

    async fn pages(&self, filter: &ExportFilter) -> Result<VecDeque<Page>, StoreError> {
        let ids = [filter.service.as_deref(), filter.trace_id.as_deref()];
        if ids.into_iter().flatten().any(|id| id.contains('\0')) {
            return Ok(VecDeque::new());
        }
        let [from, until] = [filter.from, filter.until].map(|time| time.map(|t| t.to_string()));
        let (from, until) = (from.as_deref(), until.as_deref());
        let parameters: [&(dyn ToSql + Sync); 4] = [&from, &until, &ids[0], &ids[1]];
        let parameters = parameters.map(|value| (value, Type::TEXT));
        let mut rows = self.read_rows(TRACES, &parameters).await?;
        let mut pages = Pages::default();
        while let Some(row) = rows.next().await? {
            pages.add(row.get(0), row.get(1));
        }
        Ok(pages.full)
    }

    async fn write_page(&self, page: &[i64], lines: &mut Lines) -> Result<(), Stop> {
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&page, Type::INT8_ARRAY)];
        let mut rows = self.read_rows("SELECT @extschema@.raceway_export($1)", &parameters).await?;
        while let Some(row) = rows.next().await? {
            lines.push(&unescape_json(row.get(0))).await?;
        }
        Ok(())
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
    let mut ahead: Option<Export> = None;
    while let Some(export) = next(&database, &mut pages, &mut ahead).await {
        match forward(export, &mut lines).await {
            Ok(()) => {}
            Err(Stop::Abandoned) => return,
            Err(Stop::Failed(error)) => return lines.end(Err(error)).await,
        }
    }
    lines.end(Ok(())).await;
}

/// The page to write now.
async fn next(
    database: &Database,
    pages: &mut VecDeque<Page>,
    ahead: &mut Option<Export>,
) -> Option<Export> {
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
fn read(database: &Database, page: Page, turn: OwnedSemaphorePermit) -> Export {
    let (mut lines, export) = channel();
    let database = database.clone();
    tokio::spawn(async move {
        let _turn = turn;
        match database.write_page(&page, &mut lines).await {
            Ok(()) => lines.end(Ok(())).await,
            Err(Stop::Abandoned) => {}
            Err(Stop::Failed(error)) => lines.end(Err(error)).await,
        }
    });
    export
}

async fn forward(mut page: Export, lines: &mut Lines) -> Result<(), Stop> {
    while let Some(chunk) = page.recv().await {
        lines.forward(chunk?).await?;
    }
    Ok(())
}
