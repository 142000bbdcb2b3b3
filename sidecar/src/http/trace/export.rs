//! `GET /api/traces/{trace_id}/export`

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Deserialize;
use utoipa::IntoParams;

use super::stream::{Form, stream};
use super::whole::WholeTrace;
use crate::http::AppState;
use crate::http::chunked::Chunked;
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{Instant, Parameters, TraceId};
use crate::store::Read;
use crate::takeout::{self, FileFormat, NotTaken};

const NDJSON: &str = "application/x-ndjson";
/// Characters of a trace's id in the name of its file.
const MAX_NAME: usize = 64;

/// `?format=&from=&until=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TakeoutParameters {
    /// What it is written as: ndjson if not given.
    #[param(inline)]
    format: Option<FileFormat>,
    /// Events since then.
    #[param(inline)]
    from: Option<Instant>,
    /// Events before then.
    #[param(inline)]
    until: Option<Instant>,
}

/// A trace, or a time of it, as a file for other programs; all but NDJSON are of 4,000 events at most.
#[utoipa::path(
    get,
    operation_id = "export_trace",
    path = "/api/traces/{trace_id}/export",
    tag = "traces",
    params(TraceId, TakeoutParameters),
    responses(
        (status = 200, description = "the file", content(
            (String = NDJSON),
            (serde_json::Value = "application/json"),
            (String = "text/plain"),
        )),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    Parameters(TakeoutParameters { format, from, until }): Parameters<TakeoutParameters>,
) -> Result<Response, ApiError> {
    let times = takeout::times(from.map(|Instant(from)| from), until.map(|Instant(until)| until));
    let Read { data: trace, .. } = super::find(&state, &trace_id).await?;
    let Some(format) = format.unwrap_or_default().of_analysis() else {
        let events = takeout::within(trace.into_events(), times);
        let lines = stream(events, Form::Lines, &state.budget).await?;
        let body = Body::new(Chunked::from(lines).boxed_unsync());
        return Ok(file(body.into_response(), &trace_id, "ndjson", NDJSON));
    };
    let events = takeout::few(trace, &times).await?;
    let id = trace_id.clone();
    let write = move |events: &[String]| Ok(takeout::write(format, &id, events, &times)?);
    let answer = WholeTrace::of(&state.budget, events).await?.answer(write).await?;
    Ok(file(answer, &trace_id, format.extension(), format.content_type()))
}

/// Names the file that browsers make of an answer.
fn file(
    mut answer: Response,
    trace_id: &str,
    extension: &str,
    content_type: &'static str,
) -> Response {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let id = trace_id.chars().take(MAX_NAME);
    let id: String = id.map(|one| if is_plain(one) { one } else { '_' }).collect();
    let disposition = format!("attachment; filename=\"raceway-{id}.{extension}\"");
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    answer
}

impl From<NotTaken> for ApiError {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::Store(error) => error.into(),
            reason => ApiError::Refused(StatusCode::PAYLOAD_TOO_LARGE, reason.to_string()),
        }
    }
}
