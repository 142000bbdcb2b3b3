//! `POST /api/graph`

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use foldhash::{HashSet, HashSetExt};
use raceway_analysis::trace::UNKNOWN;
use raceway_model::{Batch, Event, IdKey, Rejection, Timestamp, parse_batch};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};

use super::events::Events;
use super::window::{Bounds, Shown, WindowParameters};
use super::{Graph, Read, Scope};
use crate::http::AppState;
use crate::http::answered::listed;
use crate::http::body::Received;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::event::SentEvents;
use crate::http::openapi::{IngestFailures, NoSuchTrace};
use crate::http::parameters::{Instant, Parameters, Whole};
use crate::http::trace::WholeTrace;
use crate::store::trace::{WHOLE_BYTES, WHOLE_EVENTS};
use crate::store::{self, StoreError};

/// `?trace_id=&from=&until=&limit=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SentParameters {
    /// Which of the traces in the body: the one of its first event if not given.
    trace_id: Option<String>,
    /// Events since then; from the first one on if not given.
    #[param(inline)]
    from: Option<Instant>,
    /// Events before then; all up to the last one if not given.
    #[param(inline)]
    until: Option<Instant>,
    /// Of more events only the density is told: 2000 if not given, 4000 at most.
    #[param(inline)]
    limit: Option<Whole<1>>,
}

impl SentParameters {
    fn window(&self) -> WindowParameters {
        WindowParameters { from: self.from, until: self.until, limit: self.limit }
    }
}

/// The diagram of one trace of a body, and what else is in the body.
#[derive(Debug, Serialize, ToSchema)]
struct SentGraph {
    #[serde(flatten)]
    graph: Graph,
    /// In order of their first events in the body.
    traces: Vec<SentTrace>,
    /// How many more traces there are.
    traces_omitted: usize,
    /// The first of the events that are rejected.
    rejected: Vec<Rejection>,
    /// How many are.
    rejected_total: usize,
}

/// A trace of a body.
#[derive(Debug, Serialize, ToSchema)]
struct SentTrace {
    trace_id: String,
    /// An event that comes twice is counted once.
    event_count: u64,
}

/// The events of a body as a space-time diagram. None of them is stored.
#[utoipa::path(
    post,
    operation_id = "read_sent_graph",
    path = "/api/graph",
    tag = "traces",
    params(SentParameters),
    request_body(content((SentEvents = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "the diagram", body = Envelope<SentGraph>),
        IngestFailures,
        NoSuchTrace,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    // Looked at once the body is read: a client may not read an answer before it has sent all.
    parameters: Result<Parameters<SentParameters>, ApiError>,
    Received(delivery): Received,
) -> Result<Response, ApiError> {
    let Parameters(parameters) = parameters?;
    // The body gives its share of the budget back before what is made of it takes one.
    let choosing = spawn_blocking(move || Chosen::of(&delivery.text, &parameters));
    let chosen = choosing.await.map_err(|panic| StoreError::Internal(panic.to_string()))??;
    let Chosen { events, read, traces, batch: (rejected, rejected_total) } = chosen;
    let options = Arc::clone(&state.options);
    let write = move |events: &[String]| {
        let (traces, traces_omitted) = listed(traces);
        let graph = Graph::of(read, Events::of(events), &options)?;
        let answer = SentGraph { graph, traces, traces_omitted, rejected, rejected_total };
        Ok(envelope::written(store::Read::all(answer))?)
    };
    WholeTrace::of(&state.budget, events).await?.answer(write).await
}

/// The trace of a body that is shown, and the others.
struct Chosen {
    /// Those to analyse.
    events: Vec<String>,
    read: Read,
    traces: Vec<SentTrace>,
    /// What is rejected, and how much.
    batch: (Vec<Rejection>, usize),
}

impl Chosen {
    fn of(text: &str, parameters: &SentParameters) -> Result<Self, ApiError> {
        let batch = parse_batch(text).map_err(|error| ApiError::bad_request(error.to_string()))?;
        let traces = traces(&batch.events);
        let trace_id = match (&parameters.trace_id, traces.first()) {
            (Some(trace_id), _) => trace_id.clone(),
            (None, Some(first)) => first.trace_id.clone(),
            (None, None) => return Err(no_events(&batch)),
        };
        let events = events_of(&batch.events, &trace_id);
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Err(ApiError::not_found(format!("no trace {trace_id:?} in the body")));
        };
        let bounds = parameters.window().bounds(first.timestamp, last.timestamp);
        let told = Told::of(&events, &bounds, parameters.window());
        let events_total = events.len() as u64;
        let Told { documents, analysed, shown } = told;
        let read = Read { trace_id, events_total, bounds, analysed, shown };
        Ok(Chosen { events: documents, read, traces, batch: (batch.rejections, batch.rejected) })
    }
}

/// Which events of a trace are told.
struct Told {
    /// Those to analyse.
    documents: Vec<String>,
    analysed: Scope,
    shown: Shown,
}

impl Told {
    fn of(events: &[&Event], bounds: &Bounds, window: WindowParameters) -> Self {
        let places = events.iter().map(|event| {
            (event.service_name.as_deref().unwrap_or(UNKNOWN), event.timestamp.micros())
        });
        let shown = window.shown(bounds, places.clone());
        if matches!(shown, Shown::Density(..)) {
            return Told { documents: Vec::new(), analysed: Scope::of(events.len()), shown };
        }
        if let Some(documents) = whole_documents(events) {
            return Told { documents, analysed: Scope::Trace, shown };
        }
        let is_within = |event: &&&Event| bounds.window.contains(&event.timestamp.micros());
        let within: Vec<&Event> = events.iter().filter(is_within).copied().collect();
        let (documents, shown) = match whole_documents(&within) {
            Some(documents) => (documents, shown),
            None => (Vec::new(), Shown::density(bounds, places)),
        };
        Told { documents, analysed: Scope::Window, shown }
    }
}

fn no_events(batch: &Batch) -> ApiError {
    let first = batch.rejections.first().map(|rejection| format!(": {}", rejection.reason));
    ApiError::bad_request(format!("expected a valid event{}", first.unwrap_or_default()))
}

/// The traces that events are of, in order of the first of each.
fn traces(events: &[Event]) -> Vec<SentTrace> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut traces: Vec<SentTrace> = Vec::new();
    let mut known: HashSet<(usize, Timestamp, IdKey)> = HashSet::new();
    for event in events {
        let place = *places.entry(&event.trace_id).or_insert_with(|| {
            traces.push(SentTrace { trace_id: event.trace_id.to_string(), event_count: 0 });
            traces.len() - 1
        });
        let is_new = known.insert((place, event.timestamp, event.event_key));
        traces[place].event_count += u64::from(is_new);
    }
    traces
}

/// Those of a trace in time order, each once.
fn events_of<'b, 'e>(events: &'b [Event<'e>], trace_id: &str) -> Vec<&'b Event<'e>> {
    let mut events: Vec<&Event> =
        events.iter().filter(|event| event.trace_id == trace_id).collect();
    events.sort_by(|one, other| key(one).cmp(&key(other)));
    events.dedup_by(|one, other| key(one) == key(other));
    events
}

fn key<'b>(event: &'b Event) -> (Timestamp, &'b str) {
    (event.timestamp, &event.event_id)
}

/// The JSON of each, unless they are too many or too large to be analysed.
fn whole_documents(events: &[&Event]) -> Option<Vec<String>> {
    if events.len() > WHOLE_EVENTS {
        return None;
    }
    let mut bytes = 0;
    let documents = events.iter().map(|event| {
        let json = event.to_json();
        bytes += json.len();
        (bytes <= WHOLE_BYTES).then_some(json)
    });
    documents.collect()
}
