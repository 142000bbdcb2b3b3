//! `GET /api/traces`

use axum::Json;
use axum::extract::State;
use raceway_model::{ListedTrace, Timestamp, TracePage, TracePlace, TraceQuery};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Object, RefOr, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use super::openapi::ReadFailures;
use super::parameters::{Parameters, Whole};
use crate::store::Read;

const DEFAULT_PAGE_SIZE: u32 = 20;
/// A larger page is cut to this.
const MAX_PAGE_SIZE: u32 = 1000;

/// `?page=&page_size=&cursor=&service=&min_events=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// From 1.
    #[param(inline)]
    page: Option<Whole<1>>,
    /// `next_cursor` of the page before; then `page` counts from there.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many; also `per_page`.
    #[serde(alias = "per_page")]
    #[param(inline)]
    page_size: Option<Whole<1>>,
    #[param(ignore)]
    pub(super) service: Option<String>,
    /// Traces with at least so many events.
    #[param(inline)]
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

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::Custom("cursor".into());
        Object::builder().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Cursor {}

/// One page of traces, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceList {
    total_traces: u64,
    page: u32,
    page_size: u32,
    total_pages: u64,
    traces: Vec<TraceRow>,
    /// What to ask for the page after this one with, however many traces come meanwhile; `null`
    /// after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One trace of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TraceRow {
    trace_id: String,
    #[schema(required)]
    service_name: Option<String>,
    event_count: u64,
    #[schema(format = DateTime)]
    first_timestamp: String,
    #[schema(format = DateTime)]
    last_timestamp: String,
    service_count: usize,
    services: Vec<String>,
}

/// Traces, newest start first; 20 a page if not given, 1000 at most.
#[utoipa::path(
    get,
    operation_id = "list_traces",
    path = "/api/traces",
    tag = "traces",
    params(
        ListParameters,
        ("service" = Option<String>, Query, description = "Traces in which it took part."),
    ),
    responses(
        (status = 200, description = "a page of traces", body = Envelope<TraceList>),
        ReadFailures,
    ),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<Envelope<TraceList>>, ApiError> {
    find(&state, parameters, DEFAULT_PAGE_SIZE).await.map(envelope::read)
}

/// The page that is asked for, of a usual size if none is.
pub(super) async fn find(
    state: &AppState,
    parameters: ListParameters,
    usual_size: u32,
) -> Result<Read<TraceList>, ApiError> {
    let page = parameters.page.map_or(1, |Whole(page)| page);
    let query = trace_query(page, parameters, usual_size);
    let traces = state.store.traces(&query).await?;
    Ok(traces.map(|traces| trace_list(page, &query, traces)))
}

fn trace_query(page: u32, parameters: ListParameters, usual_size: u32) -> TraceQuery {
    let page_size = Whole::or(parameters.page_size, usual_size, MAX_PAGE_SIZE);
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

pub(super) fn trace_row(trace: ListedTrace) -> TraceRow {
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
