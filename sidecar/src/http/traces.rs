//! `GET /api/traces` and `GET /api/traces/{trace_id}`

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use raceway_model::{ListedTrace, Timestamp, TracePage, TracePlace, TraceQuery};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::AppState;
use super::chunked::Chunked;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use super::parameters::{NoParameters, Parameters, TraceId, Whole};
use crate::room::Share;
use crate::store::chunks::Chunks;
use crate::store::trace::{self, Trace};
use crate::store::{Read, StoreError};

const DEFAULT_PAGE_SIZE: u32 = 20;
/// A larger page is cut to this.
const MAX_PAGE_SIZE: u32 = 1000;

/// `?page=&page_size=&cursor=&service=&min_events=`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    page: Option<Whole<1>>,
    /// Of the page before; then `page` counts from there.
    cursor: Option<Cursor>,
    #[serde(alias = "per_page")]
    page_size: Option<Whole<1>>,
    service: Option<String>,
    min_events: Option<Whole<0>>,
}

/// The place of a page's last trace, after which another begins.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Cursor(TracePlace);

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let place = text.split_once(',').and_then(|(start_time, trace_id)| {
            let start_time = Timestamp::parse(start_time)?;
            Some(TracePlace { start_time, trace_id: trace_id.to_owned() })
        });
        place.map(Cursor).ok_or("expected next_cursor of another page")
    }
}

/// One page of traces, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct TraceList {
    total_traces: u64,
    page: u32,
    page_size: u32,
    total_pages: u64,
    traces: Vec<TraceRow>,
    /// What to ask for the page after this one with, however many traces come meanwhile; `null`
    /// after the last one.
    next_cursor: Option<String>,
}

/// One trace of the list.
#[derive(Debug, Serialize)]
struct TraceRow {
    trace_id: String,
    service_name: Option<String>,
    event_count: u64,
    first_timestamp: String,
    last_timestamp: String,
    service_count: usize,
    services: Vec<String>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<Envelope<TraceList>>, ApiError> {
    let page = parameters.page.map_or(1, |Whole(page)| page);
    let query = trace_query(page, parameters);
    let traces = state.store.traces(&query).await?;
    Ok(envelope::read(traces.map(|traces| trace_list(page, &query, traces))))
}

pub(super) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    let Read { data, is_degraded } = state.store.trace(&trace_id, &state.room).await?;
    let body = match data {
        None => return Err(ApiError::not_found(format!("no trace {trace_id:?}"))),
        Some(Trace::Whole(data, share)) => {
            let Json(envelope) = envelope::read(Read { data, is_degraded });
            whole(&envelope, share)?
        }
        Some(Trace::Stream(events)) => streamed(&trace_id, events, is_degraded),
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// An answer that has its share of the room until it is sent.
fn whole(answer: &Envelope<Box<RawValue>>, share: Share) -> Result<Body, ApiError> {
    struct Answer(Vec<u8>, #[allow(dead_code, reason = "it is held")] Share);
    impl AsRef<[u8]> for Answer {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let json =
        serde_json::to_vec(answer).map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(Bytes::from_owner(Answer(json, share)).into())
}

fn streamed(trace_id: &str, events: Chunks, is_degraded: bool) -> Body {
    let (envelope_head, envelope_tail) = envelope::around(is_degraded);
    let (head, tail) = trace::brackets(trace_id);
    let body = Chunked::between(envelope_head + &head, events, format!("{tail}{envelope_tail}"));
    Body::new(body.boxed_unsync())
}

fn trace_query(page: u32, parameters: ListParameters) -> TraceQuery {
    let page_size = parameters.page_size.map_or(DEFAULT_PAGE_SIZE, |Whole(size)| size);
    let page_size = page_size.min(MAX_PAGE_SIZE);
    let skip = u64::from(page - 1) * u64::from(page_size);
    TraceQuery {
        skip: usize::try_from(skip).unwrap_or(usize::MAX),
        page_size,
        after: parameters.cursor.map(|Cursor(place)| place),
        service: parameters.service,
        min_events: parameters.min_events.map_or(1, |Whole(least)| least.max(1)),
    }
}

/// The cursor of what comes after the last trace of a page.
fn cursor(trace: &ListedTrace) -> String {
    format!("{},{}", trace.start_time, trace.trace_id)
}

fn trace_list(page: u32, query: &TraceQuery, found: TracePage) -> TraceList {
    let is_full = found.traces.len() == query.page_size as usize;
    TraceList {
        total_traces: found.total,
        page,
        page_size: query.page_size,
        total_pages: found.total.div_ceil(u64::from(query.page_size)),
        next_cursor: found.traces.last().filter(|_| is_full).map(cursor),
        traces: found.traces.into_iter().map(trace_row).collect(),
    }
}

fn trace_row(trace: ListedTrace) -> TraceRow {
    TraceRow {
        trace_id: trace.trace_id,
        service_name: trace.service_name,
        event_count: trace.event_count,
        first_timestamp: trace.start_time.to_offset_string(),
        last_timestamp: trace.end_time.to_offset_string(),
        service_count: trace.services.len(),
        services: trace.services,
    }
}
