//! Part of a trace.

use std::ops::Range;

use raceway_analysis::space_time::density::Buckets;
use raceway_analysis::trace::UNKNOWN;
use raceway_model::{Timestamp, unescape_json};
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use super::trace::documents;
use crate::store::StoreError;
use crate::store::trace::WHOLE_BYTES;
use crate::store::window::Within;

/// `NULL` where they are many. `OFFSET 0` keeps the planner from making the text twice.
const EVENTS: &str = "
    SELECT CASE WHEN octet_length(json) <= $5 THEN json END
    FROM (SELECT @extschema@._raceway_window_text(
              $1, $2::text::timestamptz, $3::text::timestamptz, $4, $5) AS json OFFSET 0) AS read";

const DENSITY: &str = "
    SELECT service_name, place, event_count
    FROM @extschema@._raceway_density(
        $1, $2::text::timestamptz, $3::text::timestamptz, make_interval(secs => $4))";

impl Database {
    /// The events of a trace in a time: none of a trace that is not there.
    pub(super) async fn window(
        &self,
        trace_id: &str,
        times: &Range<i64>,
        most: usize,
    ) -> Result<Within, StoreError> {
        if trace_id.contains('\0') || times.is_empty() {
            return Ok(Within::Events(Vec::new()));
        }
        let [since, until] =
            [times.start, times.end - 1].map(|time| Timestamp::nearest(time).to_string());
        let [most, most_bytes] =
            [most, WHOLE_BYTES].map(|most| i32::try_from(most).unwrap_or(i32::MAX));
        let window: [(&(dyn ToSql + Sync), Type); 3] =
            [(&trace_id, Type::TEXT), (&since, Type::TEXT), (&until, Type::TEXT)];
        let limits: [(&(dyn ToSql + Sync), Type); 2] =
            [(&most, Type::INT4), (&most_bytes, Type::INT4)];
        let row = self.read_one(EVENTS, &[&window[..], &limits].concat()).await?;
        if let Some(json) = row.get::<_, Option<&str>>(0) {
            return Ok(Within::Events(documents(&unescape_json(json))?));
        }
        let seconds = seconds(Buckets::of(times.clone()).width());
        let rows = self.read(DENSITY, &[&window[..], &[(&seconds, Type::FLOAT8)]].concat()).await?;
        let counts = rows.iter().map(|row| {
            let service = Some(row.get::<_, &str>(0)).filter(|name| !name.is_empty());
            let place = usize::try_from(row.get::<_, i32>(1)).unwrap_or(0);
            (service.unwrap_or(UNKNOWN).to_owned(), place, row.get::<_, i64>(2).unsigned_abs())
        });
        Ok(Within::Counts(counts.collect()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bucket has less than 2^53 microseconds")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
