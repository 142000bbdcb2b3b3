//! `GET /api/traces` and `GET /api/traces/{trace_id}`

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use raceway_model::{ListedTrace, Timestamp, TracePage, TracePlace, TraceQuery};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use crate::store::Read;

const DEFAULT_PAGE_SIZE: u32 = 20;
/// A larger page is cut to this.
const MAX_PAGE_SIZE: u32 = 1000;

/// `?page=&page_size=&cursor=&service=&min_events=`
#[derive(Debug, Deserialize)]
pub(crate) struct ListParameters {
    page: Option<u32>,
    /// Of the page before; then `page` counts from there.
    cursor: Option<String>,
    #[serde(alias = "per_page")]
    page_size: Option<u32>,
    service: Option<String>,
    min_events: Option<u32>,
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

pub(crate) async fn list(
    State(state): State<AppState>,
    parameters: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Json<Envelope<TraceList>>, ApiError> {
    let Query(parameters) = parameters?;
    let page = parameters.page.unwrap_or(1);
    let query = trace_query(page, parameters)?;
    let traces = state.store.traces(&query).await?;
    Ok(envelope::read(traces.map(|traces| trace_list(page, &query, traces))))
}

pub(crate) async fn read(
    State(state): State<AppState>,
    trace_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Envelope<Box<RawValue>>>, ApiError> {
    let Path(trace_id) = trace_id?;
    let trace = state.store.trace(&trace_id).await?;
    let Read { data: Some(data), is_degraded } = trace else {
        return Err(ApiError::not_found(format!("no trace {trace_id:?}")));
    };
    Ok(envelope::read(Read { data, is_degraded }))
}

fn trace_query(page: u32, parameters: ListParameters) -> Result<TraceQuery, ApiError> {
    let page_size = parameters.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    if page == 0 || page_size == 0 {
        return Err(ApiError::bad_request("page and page_size: expected whole numbers from 1"));
    }
    let page_size = page_size.min(MAX_PAGE_SIZE);
    let skip = u64::from(page - 1) * u64::from(page_size);
    Ok(TraceQuery {
        skip: usize::try_from(skip).unwrap_or(usize::MAX),
        page_size,
        after: parameters.cursor.as_deref().map(place).transpose()?,
        service: parameters.service,
        min_events: parameters.min_events.unwrap_or(1).max(1),
    })
}

/// The place that a cursor names.
fn place(cursor: &str) -> Result<TracePlace, ApiError> {
    let place = cursor.split_once(',').and_then(|(start_time, trace_id)| {
        let start_time = Timestamp::parse(start_time)?;
        Some(TracePlace { start_time, trace_id: trace_id.to_owned() })
    });
    place.ok_or_else(|| ApiError::bad_request("cursor: expected next_cursor of another page"))
}

/// That of the last trace of a page.
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
