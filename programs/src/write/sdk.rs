//! Events as the SDKs write them (their vectors are no vector clocks).

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Ids, kind, number_in_process, previous, timestamp};
use crate::execution::{Action, Execution};
use crate::program::Origin;
use crate::spans::spans;
use crate::style::Language;

/// How many workers run the requests of a process.
const WORKERS: usize = 3;

pub(super) fn events(
    execution: &Execution,
    language: Language,
    ids: &Ids,
    times: &[i64],
    random: &mut Rng,
) -> Vec<Value> {
    let spans = spans(execution, language);
    let vectors = vectors(execution, language, ids);
    let event = |step: usize| {
        let (kind, payload) = kind(execution, step);
        let spans = spans[step];
        let span = |strand: usize| format!("{strand:016x}");
        let mut event = json!({
            "id": ids.events[step],
            "trace_id": ids.trace(execution, step),
            "parent_id": parent(execution, step).map(|parent| &ids.events[parent]),
            "timestamp": timestamp(times[step]),
            "kind": { kind: payload },
            "metadata": metadata(execution, language, step, random),
            "causality_vector": vectors[step],
            "lock_set": [],
        });
        event["metadata"]["distributed_span_id"] = json!(span(spans.own));
        if let Some(upstream) = spans.upstream {
            event["metadata"]["upstream_span_id"] = json!(span(upstream));
        }
        event
    };
    (0..execution.steps.len()).map(event).collect()
}

/// The event before it in its request; a task begins after the event that started it.
fn parent(execution: &Execution, step: usize) -> Option<usize> {
    let executed = &execution.steps[step];
    let is_task = execution.program.strands[executed.strand].origin == Origin::Task;
    previous(execution, step).or(executed.enabled_by.filter(|_| is_task))
}

fn metadata(execution: &Execution, language: Language, step: usize, random: &mut Rng) -> Value {
    let strand = execution.steps[step].strand;
    let process = execution.program.process(strand);
    let number = number_in_process(execution, strand);
    let thread = match language {
        Language::TypeScript => format!("node-{}-{number:08x}", process.id),
        Language::Python => format!("python-{}-{number:08x}", process.id),
        Language::Rust => format!("ThreadId({})", random.usize(1..=WORKERS)),
        Language::Go => format!("00000000-0000-4000-8000-{number:012x}"),
    };
    json!({
        "thread_id": thread,
        "process_id": process.id,
        "service_name": process.service,
        "environment": "development",
        "tags": { "sdk_language": language.as_str() },
        "duration_ns": null,
        "instance_id": process.instance,
    })
}

/// A request counts its events under `service#instance`, or under its first event (TypeScript). A task takes a
/// copy of the counts with it. So does a callee, for which the caller counts once.
fn vectors(execution: &Execution, language: Language, ids: &Ids) -> Vec<Vec<(String, u64)>> {
    let strands = &execution.program.strands;
    let mut now: Vec<BTreeMap<String, u64>> = vec![BTreeMap::new(); strands.len()];
    let mut roots: Vec<Option<usize>> = vec![None; strands.len()];
    let mut vectors = Vec::with_capacity(execution.steps.len());
    for (number, step) in execution.steps.iter().enumerate() {
        let root = *roots[step.strand].get_or_insert(number);
        let process = execution.program.process(step.strand);
        let component = match language {
            Language::TypeScript => ids.events[root].clone(),
            _ => format!("{}#{}", process.service, process.instance),
        };
        let is_counted = language != Language::TypeScript || root != number;
        if is_counted {
            *now[step.strand].entry(component.clone()).or_default() += 1;
        }
        vectors.push(now[step.strand].clone().into_iter().collect());
        let Action::Start(others) = &step.action else { continue };
        for &other in others {
            if strands[other].origin == Origin::Task {
                roots[other] = Some(root);
                now[other] = now[step.strand].clone();
            } else if language != Language::TypeScript {
                *now[step.strand].entry(component.clone()).or_default() += 1;
                now[other] = now[step.strand].clone();
            }
        }
    }
    vectors
}
