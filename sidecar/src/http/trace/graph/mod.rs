//! A trace as a space-time diagram: of a stored one, and of a body that is not stored.

mod events;
pub(in crate::http) mod sent;
pub(in crate::http) mod stored;
mod window;

use raceway_analysis::Options;
use raceway_analysis::space_time::density::Density;
use raceway_analysis::space_time::{SpaceTime, space_time};
use raceway_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use self::events::Events;
use self::window::{Bounds, Shown};
use super::analysed::{Analysed, NotAnalysed};
use crate::store::trace::WHOLE_EVENTS;

/// What a space-time diagram shows of a window of a trace.
#[derive(Debug, Serialize, ToSchema)]
struct Graph {
    trace_id: String,
    /// Of the whole trace.
    events_total: u64,
    /// Of the whole trace.
    first_timestamp: Timestamp,
    /// Of the whole trace.
    last_timestamp: Timestamp,
    /// The window's first instant.
    from: Timestamp,
    /// The first instant after the window.
    until: Timestamp,
    /// How many events are in the window.
    events_matched: u64,
    /// How many of them are not in `events`: all, if they are too many.
    events_omitted: u64,
    analysed: Scope,
    /// Where the window has too many events: then all lists are empty.
    #[schema(required)]
    density: Option<Density>,
    #[serde(flatten)]
    diagram: SpaceTime,
}

/// What strands, edges and findings are those of.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = GraphAnalysed)]
enum Scope {
    /// All events of the trace; then those with no part in the window are left out.
    Trace,
    /// The events of the window alone, as the trace is long.
    Window,
}

impl Scope {
    /// Of a trace of so many events.
    fn of(events: usize) -> Self {
        if events > WHOLE_EVENTS { Scope::Window } else { Scope::Trace }
    }
}

/// A trace, or the window of a long one, and what is known of it.
struct Read {
    trace_id: String,
    events_total: u64,
    bounds: Bounds,
    analysed: Scope,
    shown: Shown,
}

impl Graph {
    /// Of these events: they are those of the whole trace, or of the window, where they are told.
    fn of(read: Read, events: Events, options: &Options) -> Result<Self, NotAnalysed> {
        let Read { trace_id, events_total, bounds, analysed, shown } = read;
        let mut graph = Graph {
            events_total,
            first_timestamp: bounds.first,
            last_timestamp: bounds.last,
            from: Timestamp::nearest(bounds.window.start),
            until: Timestamp::nearest(bounds.window.end),
            events_matched: 0,
            events_omitted: 0,
            analysed,
            density: None,
            diagram: SpaceTime::empty(trace_id.clone()),
            trace_id,
        };
        match shown {
            Shown::Events(matched) => {
                graph.events_matched = matched;
                graph.diagram = diagram(&graph.trace_id, events, &bounds, options)?;
            }
            Shown::Density(matched, density) => {
                graph.events_matched = matched;
                graph.events_omitted = matched;
                graph.density = Some(density);
            }
        }
        Ok(graph)
    }
}

fn diagram(
    trace_id: &str,
    events: Events,
    bounds: &Bounds,
    options: &Options,
) -> Result<SpaceTime, NotAnalysed> {
    let (trace, documents) = events.into_trace(trace_id);
    let Analysed { causality, races } = Analysed::of_trace(trace, options)?;
    let fields = |number| documents.payload(number);
    Ok(space_time(&causality, &races, options, &bounds.window, fields)?)
}
