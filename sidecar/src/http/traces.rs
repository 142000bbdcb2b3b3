//! `GET /api/traces` and `GET /api/traces/{trace_id}`

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use crate::store::{ListedTrace, Read, TracePage, TraceQuery};

const DEFAULT_PAGE_SIZE: u32 = 20;
/// A larger page is cut to this.
const MAX_PAGE_SIZE: u32 = 1000;

/// `?page=&page_size=&service=&min_events=`
#[derive(Debug, Deserialize)]
pub(crate) struct ListParameters {
    page: Option<u32>,
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
    let query = trace_query(parameters)?;
    let page = state.store.traces(&query).await?;
    Ok(envelope::read(page.map(|page| trace_list(&query, page))))
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

fn trace_query(parameters: ListParameters) -> Result<TraceQuery, ApiError> {
    let page = parameters.page.unwrap_or(1);
    let page_size = parameters.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    if page == 0 || page_size == 0 {
        return Err(ApiError::bad_request("page and page_size: expected whole numbers from 1"));
    }
    Ok(TraceQuery {
        page,
        page_size: page_size.min(MAX_PAGE_SIZE),
        service: parameters.service,
        min_events: parameters.min_events.unwrap_or(1).max(1),
    })
}

fn trace_list(query: &TraceQuery, page: TracePage) -> TraceList {
    TraceList {
        total_traces: page.total,
        page: query.page,
        page_size: query.page_size,
        total_pages: page.total.div_ceil(u64::from(query.page_size)),
        traces: page.traces.into_iter().map(trace_row).collect(),
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
