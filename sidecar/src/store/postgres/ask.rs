//! Questions about many traces. Figures that the database keeps answer most of them; the others are answered by a
//! look at the events.

use std::sync::Once;

use async_trait::async_trait;
use raceway_analysis::figures::Window;
use raceway_model::{Timestamp, TracePage, TraceQuery};
use tokio_postgres::types::Type;

use super::connection::Database;
use super::figures;
use crate::store::StoreError;
use crate::store::chunks::Chunks;
use crate::store::export::ExportFilter;
use crate::store::live::Source;
use crate::store::question::{Answer, Question, Watched};

/// The log says it once, and not at each question.
static UNREADABLE: Once = Once::new();

/// A trace is shown again and again: without kept figures it is not held against more events than these, some
/// seconds of reading.
const MOST_LOOKED_AT: u64 = 200_000;

impl Database {
    /// See [`crate::store::Store::ask`].
    pub(in crate::store) async fn answer(&self, question: Question) -> Result<Answer, StoreError> {
        if let Question::Window { trace_id, times, most } = &question {
            return self.window(trace_id, times, *most).await.map(Answer::Window);
        }
        if let Some(answer) = self.answer_of_extension(&question).await? {
            return Ok(answer);
        }
        match self.answer_of_figures(&question).await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            // Without the right to read them; or without what can't be read of some trace.
            Err(StoreError::Denied(reason) | StoreError::Internal(reason)) => {
                UNREADABLE.call_once(|| {
                    tracing::warn!(
                        reason,
                        "kept figures can't be read: events are counted instead"
                    );
                });
            }
            Err(error) => return Err(error),
        }
        if matches!(question, Question::Anomalies { .. })
            && self.counts().await?.events > MOST_LOOKED_AT
        {
            return Ok(Answer::Anomalies(Vec::new()));
        }
        question.look(self).await
    }
}

#[async_trait]
impl Source for Database {
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(figures::newest(&self.read(figures::NEWEST, &[]).await?))
    }

    async fn newest_traces(
        &self,
        window: &Window,
        most_events: u64,
    ) -> Result<(Option<Timestamp>, u64), StoreError> {
        const NEWEST_TRACES: &str = "
            SELECT (extract(epoch FROM oldest_start) * 1000000)::bigint, omitted_traces
            FROM @extschema@._raceway_newest_traces(
                $1::text::timestamptz, $2::text::timestamptz + interval '1 microsecond', $3)";
        let [from, until] = [window.from, window.until].map(|end| end.to_string());
        let most_events = i64::try_from(most_events).unwrap_or(i64::MAX);
        let parameters =
            [(&from as _, Type::TEXT), (&until as _, Type::TEXT), (&most_events as _, Type::INT8)];
        let row = self.read_one(NEWEST_TRACES, &parameters).await?;
        let oldest_start: Option<i64> = row.get(0);
        Ok((oldest_start.map(Timestamp::nearest), row.get::<_, i64>(1).unsigned_abs()))
    }

    async fn list(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        self.traces(query).await
    }

    async fn watched(&self, trace_ids: &[String], newest: u32) -> Result<Watched, StoreError> {
        self.watched_traces(trace_ids, newest).await
    }

    async fn read(&self, filter: ExportFilter) -> Result<Chunks, StoreError> {
        self.export(&filter).await
    }
}
