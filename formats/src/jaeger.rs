//! JSON as Jaeger's page uploads it: the answer of its `/api/traces`.

use std::collections::BTreeMap;

use raceway_analysis::TooComplex;
use serde::Serialize;

use crate::facts::{Fact, facts};
use crate::ids::trace_id;
use crate::selection::Selection;
use crate::spans::{self, spans, unix_nanos};

/// The file.
#[derive(Serialize)]
pub(crate) struct File<'c> {
    data: [Trace<'c>; 1],
}

#[derive(Serialize)]
struct Trace<'c> {
    #[serde(rename = "traceID")]
    id: String,
    spans: Vec<Span>,
    processes: BTreeMap<String, Process<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Process<'c> {
    service_name: &'c str,
    tags: Vec<Tag>,
}

/// Instants and durations are in microseconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    id: String,
    #[serde(rename = "processID")]
    process_id: String,
    operation_name: String,
    references: Vec<Reference>,
    start_time: u64,
    duration: u64,
    tags: Vec<Tag>,
    logs: Vec<Log>,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "refType")]
    ref_type: &'static str,
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Serialize)]
struct Log {
    timestamp: u64,
    fields: Vec<Tag>,
}

#[derive(Serialize)]
struct Tag {
    key: &'static str,
    #[serde(rename = "type")]
    value_type: &'static str,
    value: String,
}

impl From<Fact> for Tag {
    fn from((key, value): Fact) -> Self {
        Tag { key, value_type: "string", value }
    }
}

fn tags(facts: impl IntoIterator<Item = Fact>) -> Vec<Tag> {
    facts.into_iter().map(Tag::from).collect()
}

pub(crate) fn of<'c>(selection: &Selection<'c>) -> Result<File<'c>, TooComplex> {
    let spans = spans(selection)?;
    let mut processes: BTreeMap<&str, String> = BTreeMap::new();
    for strand in &selection.strands {
        let number = processes.len() + 1;
        let service = selection.service(strand.number);
        processes.entry(service).or_insert_with(|| format!("p{number}"));
    }
    let written = spans.iter().map(|span| {
        let process = processes[selection.service(span.strand)].clone();
        written(selection, &spans, span, process)
    });
    let trace = Trace {
        id: trace_id(&selection.trace().id),
        spans: written.collect(),
        processes: processes
            .iter()
            .map(|(service_name, id)| (id.clone(), Process { service_name, tags: Vec::new() }))
            .collect(),
    };
    Ok(File { data: [trace] })
}

fn written(
    selection: &Selection,
    spans: &[spans::Span],
    span: &spans::Span,
    process_id: String,
) -> Span {
    let (causality, trace) = (selection.causality, selection.trace());
    let trace_id = trace_id(&trace.id);
    let reference = |ref_type, place: usize| Reference {
        ref_type,
        trace_id: trace_id.clone(),
        span_id: spans[place].id.clone(),
    };
    let causes = span.causes.iter().map(|&(cause, _)| reference("FOLLOWS_FROM", cause));
    let parent = span.parent.map(|parent| reference("CHILD_OF", parent));
    let log = |&event: &_| Log {
        timestamp: unix_nanos(trace.interval(event).1) / 1000,
        fields: tags(
            [("event", trace.operation(event))].into_iter().chain(facts(causality, event)),
        ),
    };
    let named = ("raceway.trace_id", trace.id.clone());
    Span {
        id: span.id.clone(),
        process_id,
        operation_name: trace.operation(span.named_after),
        references: parent.into_iter().chain(causes).collect(),
        start_time: span.start / 1000,
        duration: span.end / 1000 - span.start / 1000,
        tags: tags(facts(causality, span.named_after).into_iter().chain([named])),
        logs: span.events.iter().map(log).collect(),
        trace_id,
    }
}
