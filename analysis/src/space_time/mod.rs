//! A space-time diagram of a trace (Lamport 1978): its strands as lanes, its events in an order that agrees with
//! happens-before, messages between strands, who held which lock when, who accessed which variable, and what is wrong.

mod accesses;
pub mod density;
mod edges;
mod events;
pub mod findings;
mod holds;
pub(crate) mod lanes;
mod rank;
mod waterfall;

use std::ops::Range;

use serde::Serialize;

pub use accesses::Access;
pub use edges::{Edge, EdgeKind, Message, messages};
pub use events::Event;
pub use findings::Finding;
pub use holds::{Hold, HoldMode};
pub use lanes::Lane;
pub use waterfall::Row;

use crate::critical_path::{CriticalPath, critical_path};
use crate::interleavings::interleavings_within;
use crate::races::Races;
use crate::{Causality, EventNo, Options, TooComplex};

/// How many edges are told at most, and how many holds: what knows of too much of everything shows nothing.
const MAX_LISTED: usize = 20_000;

/// What a diagram shows of a window of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpaceTime {
    /// By time, then id.
    pub events: Vec<Event>,
    /// All strands of what was analysed, in order of their first events. Others name them by their places here.
    pub strands: Vec<Lane>,
    /// Between strands, in order of their ends; none that follows from others.
    pub edges: Vec<Edge>,
    /// How many edges are left out, as there are too many.
    pub edges_omitted: u64,
    /// In order of strands, then of when they began.
    pub holds: Vec<Hold>,
    /// How many holds are left out, as there are too many.
    pub holds_omitted: u64,
    /// By variable and service, then time.
    pub accesses: Vec<Access>,
    /// The worst first; of each kind at most 100.
    pub findings: Vec<Finding>,
    /// How many findings are left out, as there are too many of their kind.
    pub findings_omitted: u64,
    /// Rows of a waterfall, in order of display.
    pub tree: Vec<Row>,
    /// Of all that was analysed.
    pub critical_path: CriticalPath,
}

impl SpaceTime {
    /// Of a window of which no event is shown.
    #[must_use]
    pub fn empty(trace_id: String) -> Self {
        SpaceTime {
            events: Vec::new(),
            strands: Vec::new(),
            edges: Vec::new(),
            edges_omitted: 0,
            holds: Vec::new(),
            holds_omitted: 0,
            accesses: Vec::new(),
            findings: Vec::new(),
            findings_omitted: 0,
            tree: Vec::new(),
            critical_path: CriticalPath::empty(trace_id),
        }
    }
}

/// The diagram of a window, in microseconds since 1970. The whole trace is analysed; what is told is what the window
/// has events of: edges whose ends are both in it, holds that last into it, findings with an access in it.
///
/// `fields` gives JSON of the fields of an event's kind, an object.
pub fn space_time(
    causality: &Causality,
    races: &Races,
    options: &Options,
    window: &Range<i64>,
    fields: impl Fn(EventNo) -> String,
) -> Result<SpaceTime, TooComplex> {
    let Causality { trace, strands, calls, order, .. } = causality;
    let direct = crate::order::direct_edges(causality)?;
    let ranks = rank::ranks(causality, &direct);
    let path = critical_path(trace, strands, calls, Some(order))
        .unwrap_or_else(|| CriticalPath::empty(trace.id.clone()));
    let interleavings = interleavings_within(causality, options);
    let (edges, edges_omitted) = listed(edges::edges(causality, direct, window));
    let (holds, holds_omitted) = listed(holds::holds(causality, window));
    let (findings, findings_omitted) =
        findings::findings(causality, races, &interleavings, options, window);
    Ok(SpaceTime {
        events: events::events(causality, &ranks, window, fields),
        strands: lanes::lanes(causality),
        edges,
        edges_omitted,
        holds,
        holds_omitted,
        accesses: accesses::accesses(causality, races, window),
        findings,
        findings_omitted,
        tree: waterfall::rows(causality, &path, window),
        critical_path: path,
    })
}

fn listed<T>(mut list: Vec<T>) -> (Vec<T>, u64) {
    let omitted = list.len().saturating_sub(MAX_LISTED);
    list.truncate(MAX_LISTED);
    (list, omitted as u64)
}

/// The events of a window, which are next to each other.
fn within(causality: &Causality, window: &Range<i64>) -> Range<EventNo> {
    let events = causality.trace.events();
    let place = |instant: i64| events.partition_point(|event| event.time < instant);
    let number = |place| EventNo::try_from(place).expect("fewer than 2^32 events");
    number(place(window.start))..number(place(window.end))
}
