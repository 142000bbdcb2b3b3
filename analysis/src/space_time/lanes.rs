//! The lanes of a diagram: the strands of a trace.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use crate::Causality;
use crate::strands::Strand;
use crate::text::clipped_to;
use crate::trace::{EventNo, Trace, UNKNOWN};

/// How many characters the name of an operation has in a label at most.
const MAX_NAME: usize = 60;

/// The events of one request, task or thread, in program order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphStrand))]
pub struct Lane {
    /// `bank: POST /transfer`, and with ` #2` the second one of that name.
    pub label: String,
    /// The service of its first event.
    pub service: String,
    /// The thread or task of its first event, `unknown` where it names none.
    pub thread: String,
    /// The id of its first event, which is what a request or task is called.
    pub root: String,
    /// The id of the event from which it forked off.
    #[cfg_attr(feature = "schema", schema(required))]
    pub forked_from: Option<String>,
    /// How many events it has, also outside of the window.
    pub events: u64,
    /// The time of its earliest event.
    pub first_timestamp: Timestamp,
    /// The time of its latest event.
    pub last_timestamp: Timestamp,
}

/// All strands.
pub(crate) fn lanes(causality: &Causality) -> Vec<Lane> {
    let mut lanes: Vec<Lane> =
        causality.strands.all().iter().map(|strand| lane(&causality.trace, strand)).collect();
    number_equal(&mut lanes);
    lanes
}

fn lane(trace: &Trace, strand: &Strand) -> Lane {
    let root = strand.events[0];
    let event = trace.event(root);
    let text = |name| trace.text(name).to_owned();
    // Events are numbered in order of time.
    let time = |event: Option<&EventNo>| trace.timestamp(event.copied().unwrap_or(root));
    Lane {
        label: format!("{}: {}", trace.text(event.service), name(trace, root)),
        service: text(event.service),
        thread: event.thread.map_or_else(|| UNKNOWN.to_owned(), text),
        root: text(event.id),
        forked_from: strand.forked_from.map(|event| trace.event_id(event).to_owned()),
        events: strand.events.len() as u64,
        first_timestamp: time(strand.events.iter().min()),
        last_timestamp: time(strand.events.iter().max()),
    }
}

/// `GET /accounts`, `transfer`, else the kind.
fn name(trace: &Trace, number: EventNo) -> String {
    let event = trace.event(number);
    let named = [event.subject, event.url].into_iter().flatten().map(|name| trace.text(name));
    let named = named.collect::<Vec<_>>().join(" ");
    let name = if named.is_empty() { trace.text(event.kind) } else { &named };
    clipped_to(name, MAX_NAME).into_owned()
}

fn number_equal(lanes: &mut [Lane]) {
    let mut count: BTreeMap<String, u64> = BTreeMap::new();
    for lane in &*lanes {
        *count.entry(lane.label.clone()).or_default() += 1;
    }
    count.retain(|_, count| *count > 1);
    for count in count.values_mut() {
        *count = 0;
    }
    for lane in lanes {
        if let Some(number) = count.get_mut(&lane.label) {
            *number += 1;
            lane.label = format!("{} #{number}", lane.label);
        }
    }
}
