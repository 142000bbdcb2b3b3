//! What the extension finds in many traces together, where their events are.

use std::time::Duration;

use raceway_analysis::Options;
use raceway_model::unescape_json;
use serde::de::DeserializeOwned;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use crate::store::StoreError;
use crate::store::live::Source;
use crate::store::question::{Answer, Period, Question};

/// It takes some 4 µs an event, of a million at most.
const LIMIT: Duration = Duration::from_secs(30);

impl Database {
    /// `None` where there is no extension, and to other questions.
    pub(super) async fn answer_of_extension(
        &self,
        question: &Question,
    ) -> Result<Option<Answer>, StoreError> {
        Ok(match question {
            Question::GlobalAnalysis(period, options) => {
                self.global("global analysis", *period, options).await?.map(Answer::GlobalAnalysis)
            }
            Question::GlobalRaces(period, options) => {
                self.global("global races", *period, options).await?.map(Answer::GlobalRaces)
            }
            _ => None,
        })
    }

    async fn global<T: DeserializeOwned>(
        &self,
        question: &str,
        period: Period,
        options: &Options,
    ) -> Result<Option<T>, StoreError> {
        const GLOBAL: &str = "
            SELECT CASE WHEN @extschema@.raceway_flavour() = 'extension'
                        THEN @extschema@._raceway_analysis_between(
                            $1, $2::text::timestamptz,
                            $3::text::timestamptz + interval '1 microsecond',
                            options => $4::text::jsonb)::text
                   END";
        let window = period.window(self.newest().await?);
        let ends = [window.from, window.until].map(|end| end.to_string());
        let options = serde_json::to_string(options).map_err(|error| internal(&error))?;
        let parameters: [&(dyn ToSql + Sync); 4] = [&question, &ends[0], &ends[1], &options];
        let parameters = parameters.map(|value| (value, Type::TEXT));
        let _turn = self.turn().await?;
        let rows = self.query_within(LIMIT, GLOBAL, &parameters).await?;
        let Some(json) = rows.first().and_then(|row| row.get::<_, Option<&str>>(0)) else {
            return Ok(None);
        };
        serde_json::from_str(&unescape_json(json)).map(Some).map_err(|error| internal(&error))
    }
}

fn internal(error: &serde_json::Error) -> StoreError {
    StoreError::Internal(format!("what the extension is asked or answers: {error}"))
}
