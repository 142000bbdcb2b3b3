//! Questions about many traces. The extension keeps figures that answer most of them; what it has no function
//! for, and all of them in plain SQL, is answered by a look at the events.

use std::sync::Once;
use std::time::Duration;

use async_trait::async_trait;
use raceway_model::{Timestamp, unescape_json};
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::connection::Database;
use crate::store::StoreError;
use crate::store::chunks::Chunks;
use crate::store::export::ExportFilter;
use crate::store::live::Source;
use crate::store::question::{Answer, Question};

/// Traces that have changed since figures were kept are counted for the answer, 3.5 µs an event.
const LIMIT: Duration = Duration::from_secs(30);

/// The log says it once, and not at each question.
static DENIED: Once = Once::new();

/// A trace is shown again and again: it is not held against more events than these, some seconds of reading.
const MOST_LOOKED_AT: u64 = 200_000;

/// Whether the database has the extension; if so, what it answers.
const OF_ALL: &str = "
    SELECT @extschema@.raceway_flavour() = 'extension',
           CASE WHEN @extschema@.raceway_flavour() = 'extension'
                THEN @extschema@._raceway_analysis_between(
                    $1, now() - make_interval(mins => $2), detail => $3)::text
           END";
const PERFORMANCE: &str = "
    SELECT @extschema@.raceway_flavour() = 'extension',
           CASE WHEN @extschema@.raceway_flavour() = 'extension'
                THEN @extschema@._raceway_performance(
                    'performance', $1, make_interval(mins => $2))::text
           END";
const OF_TRACE: &str = "
    SELECT @extschema@.raceway_flavour() = 'extension',
           CASE WHEN @extschema@.raceway_flavour() = 'extension'
                THEN @extschema@._raceway_analysis($1, $2)::text
           END";

impl Database {
    /// See [`crate::store::Store::ask`].
    pub(in crate::store) async fn answer(&self, question: Question) -> Result<Answer, StoreError> {
        match self.answer_of_extension(&question).await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            Err(StoreError::Denied(reason)) => DENIED.call_once(|| {
                tracing::warn!(reason, "kept figures can't be read: events are counted instead");
            }),
            Err(error) => return Err(error),
        }
        if matches!(question, Question::Anomalies { .. })
            && self.counts().await?.events > MOST_LOOKED_AT
        {
            return Ok(Answer::Anomalies(Vec::new()));
        }
        question.look(self).await
    }

    /// `None` where there is none.
    async fn answer_of_extension(&self, question: &Question) -> Result<Option<Answer>, StoreError> {
        Ok(match question {
            Question::Services => self.of_all("services", None, None).await?.map(Answer::Services),
            Question::Health { minutes } => {
                let minutes = i32::try_from(*minutes).unwrap_or(i32::MAX);
                self.of_all("service health", Some(minutes), None).await?.map(Answer::Health)
            }
            Question::Edges => self.of_all("edges", None, None).await?.map(Answer::Edges),
            Question::Hotspots { most } => {
                let most = most.to_string();
                self.of_all("hotspots", None, Some(&most)).await?.map(Answer::Hotspots)
            }
            Question::Dependencies { service } if service.contains('\0') => None,
            Question::Dependencies { service } => self
                .of_all("service dependencies", None, Some(service))
                .await?
                .map(Answer::Dependencies),
            Question::Performance { minutes, most } => self.performance(*minutes, *most).await?,
            Question::Anomalies { trace_id } => self.anomalies(trace_id).await?,
            _ => None,
        })
    }

    /// Of so many minutes before now, or of all time.
    async fn of_all<T: DeserializeOwned>(
        &self,
        question: &str,
        minutes: Option<i32>,
        detail: Option<&str>,
    ) -> Result<Option<T>, StoreError> {
        let parameters =
            [(&question as _, Type::TEXT), (&minutes as _, Type::INT4), (&detail as _, Type::TEXT)];
        let row = self.read_one_within(LIMIT, OF_ALL, &parameters).await?;
        answered(&row)
    }

    async fn performance(&self, minutes: u32, most: u32) -> Result<Option<Answer>, StoreError> {
        let [minutes, most] = [minutes, most].map(|most| i32::try_from(most).unwrap_or(i32::MAX));
        let parameters = [(&most as _, Type::INT4), (&minutes as _, Type::INT4)];
        let row = self.read_one_within(LIMIT, PERFORMANCE, &parameters).await?;
        Ok(answered(&row)?.map(Answer::Performance))
    }

    async fn anomalies(&self, trace_id: &str) -> Result<Option<Answer>, StoreError> {
        if trace_id.contains('\0') {
            return Ok(Some(Answer::Anomalies(Vec::new())));
        }
        let parameters = [(&"anomalies" as _, Type::TEXT), (&trace_id as _, Type::TEXT)];
        let row = self.read_one_within(LIMIT, OF_TRACE, &parameters).await?;
        let has_extension: bool = row.get(0);
        Ok(has_extension.then_some(answered(&row)?.unwrap_or_default()).map(Answer::Anomalies))
    }
}

/// The JSON of a row, if it has any.
fn answered<T: DeserializeOwned>(row: &Row) -> Result<Option<T>, StoreError> {
    let Some(json) = row.get::<_, Option<&str>>(1) else { return Ok(None) };
    let answer = serde_json::from_str(&unescape_json(json));
    answer.map(Some).map_err(|error| StoreError::Internal(format!("an answer: {error}")))
}

#[async_trait]
impl Source for Database {
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        const NEWEST: &str = "
            SELECT (extract(epoch FROM greatest(
                        least(max(end_time), timestamptz '9999-12-31 23:59:59.999999+00'),
                        timestamptz '0001-01-01 00:00:00+00')) * 1000000)::bigint
            FROM @extschema@.traces
            WHERE event_count > 0 HAVING count(*) > 0";
        let rows = self.read(NEWEST, &[]).await?;
        Ok(rows.first().map(|row| Timestamp::nearest(row.get(0))))
    }

    async fn read(&self, filter: ExportFilter) -> Result<Chunks, StoreError> {
        self.export(&filter).await
    }
}
