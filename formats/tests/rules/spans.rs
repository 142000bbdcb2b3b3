//! Jaeger's model in JSON and OTLP's, which tell of the same spans.

use std::collections::{BTreeMap, BTreeSet};

use raceway_formats::Format;
use serde::Deserialize;
use serde_json::Value;

use crate::case::Case;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Vec<Trace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trace {
    #[serde(rename = "traceID")]
    id: String,
    spans: Vec<Span>,
    processes: BTreeMap<String, Process>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Process {
    service_name: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    #[serde(rename = "refType")]
    ref_type: String,
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    timestamp: u64,
    fields: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    key: String,
    r#type: String,
    value: String,
}

pub(crate) fn check(case: &Case) {
    let file: File = serde_json::from_value(case.json(Format::Jaeger)).expect("Jaeger's JSON");
    let [trace] = &file.data[..] else { panic!("other traces") };
    assert_each_event_once(case, trace);
    assert_known(trace);
    for span in &trace.spans {
        assert_within(trace, span);
    }
    assert_eq!(spans_of_otlp(case), spans_of_jaeger(trace));
}

fn is_hexadecimal(id: &str, digits: usize) -> bool {
    id.len() == digits
        && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && id.bytes().any(|byte| byte != b'0')
}

fn value<'t>(tags: &'t [Tag], key: &str) -> &'t str {
    let mut values = tags.iter().filter(|tag| tag.key == key && tag.r#type == "string");
    let found = values.next().expect("a tag");
    assert!(values.next().is_none(), "{key} twice");
    &found.value
}

fn assert_each_event_once(case: &Case, trace: &Trace) {
    let tags = trace.spans.iter().map(|span| &span.tags);
    let fields = trace.spans.iter().flat_map(|span| span.logs.iter().map(|log| &log.fields));
    let mut found: Vec<&str> =
        tags.chain(fields).map(|tags| value(tags, "raceway.event_id")).collect();
    found.sort_unstable();
    let ids = case.events().map(|event| case.causality.trace.event_id(event));
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    assert_eq!(found, ids);
}

fn assert_known(trace: &Trace) {
    assert!(is_hexadecimal(&trace.id, 32), "{}", trace.id);
    let ids: BTreeSet<&str> = trace.spans.iter().map(|span| &*span.id).collect();
    assert_eq!(ids.len(), trace.spans.len(), "an id twice");
    let used: BTreeSet<&String> = trace.spans.iter().map(|span| &span.process_id).collect();
    assert_eq!(used, trace.processes.keys().collect());
    let is_named = |process: &Process| !process.service_name.is_empty() && process.tags.is_empty();
    assert!(trace.processes.values().all(is_named));
    for span in &trace.spans {
        assert!(is_hexadecimal(&span.id, 16) && span.trace_id == trace.id);
        assert!(!span.operation_name.is_empty());
        let parents = span.references.iter().filter(|reference| reference.ref_type == "CHILD_OF");
        assert!(parents.count() < 2, "two parents");
        for reference in &span.references {
            assert!(ids.contains(&*reference.span_id) && reference.span_id != span.id);
            assert_eq!(reference.trace_id, trace.id);
            assert!(matches!(&*reference.ref_type, "CHILD_OF" | "FOLLOWS_FROM"));
        }
    }
}

fn parent<'t>(trace: &'t Trace, span: &Span) -> Option<&'t Span> {
    let parent = span.references.iter().find(|reference| reference.ref_type == "CHILD_OF")?;
    trace.spans.iter().find(|span| span.id == parent.span_id)
}

/// What happened in a span is in its time, and nobody is its own ancestor.
fn assert_within(trace: &Trace, span: &Span) {
    let end = span.start_time + span.duration;
    for log in &span.logs {
        assert!((span.start_time..=end).contains(&log.timestamp), "{}", span.operation_name);
        assert!(!value(&log.fields, "event").is_empty());
    }
    let mut ancestor = parent(trace, span);
    for _ in 0..trace.spans.len() {
        ancestor = ancestor.and_then(|one| parent(trace, one));
    }
    assert!(ancestor.is_none(), "a circle");
}

/// By id: name, parent, microseconds, and how many events and links there are.
type Told = BTreeMap<String, (String, Option<String>, u64, u64, usize, usize)>;

fn spans_of_jaeger(trace: &Trace) -> Told {
    let told = trace.spans.iter().map(|span| {
        let parent = parent(trace, span).map(|parent| parent.id.clone());
        let links = span.references.len() - usize::from(parent.is_some());
        let times = (span.start_time, span.start_time + span.duration);
        let what = (span.operation_name.clone(), parent, times.0, times.1, span.logs.len(), links);
        (span.id.clone(), what)
    });
    told.collect()
}

fn spans_of_otlp(case: &Case) -> Told {
    let request = case.json(Format::Otlp);
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let resources = list(&request["resourceSpans"]);
    let scopes = resources.iter().flat_map(|resource| list(&resource["scopeSpans"]));
    let spans: Vec<Value> = scopes.flat_map(|scope| list(&scope["spans"])).collect();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let micros = |value: &Value| text(value).parse::<u64>().expect("nanoseconds") / 1000;
    let told = spans.iter().map(|span| {
        assert!(matches!(span["kind"].as_u64(), Some(1 | 2)));
        let parent = span.get("parentSpanId").map(text);
        let [from, to] = ["startTimeUnixNano", "endTimeUnixNano"].map(|name| micros(&span[name]));
        let [events, links] = ["events", "links"].map(|name| list(&span[name]).len());
        (text(&span["spanId"]), (text(&span["name"]), parent, from, to, events, links))
    });
    told.collect()
}
