//! Events of the flat dialect.

use serde_json::{Map, Value, json};

use super::clocks::{Clock, clocks};
use super::{Ids, kind, number_in_process, previous, timestamp};
use crate::execution::Execution;
use crate::style::{Flat, Strands};

pub(super) fn events(execution: &Execution, form: Flat, ids: &Ids, times: &[i64]) -> Vec<Value> {
    let clocks = clocks(execution);
    let event = |step: usize| {
        let (kind, payload) = kind(execution, step);
        let mut event = json!({
            "event_id": ids.events[step],
            "trace_id": ids.trace(execution, step),
            "kind": kind,
            "timestamp": timestamp(times[step]),
            "location": payload.get("location"),
            "metadata": metadata(execution, form, step, payload),
        });
        if form.clocks {
            event["vector_clock"] = clock(&clocks[step]);
        }
        if form.strands == Strands::Parents {
            let parent = previous(execution, step).or(execution.steps[step].enabled_by);
            event["parent_id"] = json!(parent.map(|parent| &ids.events[parent]));
        }
        event
    };
    (0..execution.steps.len()).map(event).collect()
}

fn clock(clock: &Clock) -> Value {
    let component = |(strand, seen): (&usize, &u64)| (format!("strand-{strand}"), json!(seen));
    clock.iter().map(component).collect::<Map<_, _>>().into()
}

fn metadata(execution: &Execution, form: Flat, step: usize, payload: Value) -> Value {
    let executed = &execution.steps[step];
    let process = execution.program.process(executed.strand);
    let mut metadata = payload;
    metadata["service_name"] = json!(process.service);
    metadata["instance_id"] = json!(process.instance);
    metadata["process_id"] = json!(process.id);
    if form.strands != Strands::Clocks {
        metadata["thread_id"] =
            json!(format!("t{}", number_in_process(execution, executed.strand)));
    }
    if form.locks {
        let held = executed.held.iter().map(|held| &execution.program.locks[held.lock].name);
        metadata["lock_set"] = held.cloned().collect();
    }
    metadata
}
