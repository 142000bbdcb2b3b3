//! An `ExportTraceServiceRequest` of OTLP in JSON: ids in hexadecimal digits, 64-bit numbers as strings.

use std::collections::BTreeMap;

use raceway_analysis::TooComplex;
use raceway_analysis::space_time::EdgeKind;
use serde::Serialize;

use crate::facts::{Fact, facts};
use crate::ids::trace_id;
use crate::selection::Selection;
use crate::spans::{self, spans, unix_nanos};

/// What kind a span is.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;

/// The request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    resource_spans: Vec<ResourceSpans>,
}

/// The spans of a service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Attributed,
    scope_spans: [ScopeSpans; 1],
}

#[derive(Serialize)]
struct Attributed {
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
struct ScopeSpans {
    scope: Scope,
    spans: Vec<Span>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: String,
    #[serde(rename = "spanId")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute>,
    events: Vec<Event>,
    links: Vec<Link>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    time_unix_nano: String,
    name: String,
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: String,
    span_id: String,
    attributes: Vec<Attribute>,
}

#[derive(Serialize)]
struct Attribute {
    key: &'static str,
    value: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    string_value: String,
}

impl From<Fact> for Attribute {
    fn from((key, string_value): Fact) -> Self {
        Attribute { key, value: Text { string_value } }
    }
}

fn attributes(facts: impl IntoIterator<Item = Fact>) -> Vec<Attribute> {
    facts.into_iter().map(Attribute::from).collect()
}

pub(crate) fn of(selection: &Selection) -> Result<Request, TooComplex> {
    let spans = spans(selection)?;
    let mut by_service: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for span in &spans {
        let service = selection.service(span.strand);
        by_service.entry(service).or_default().push(written(selection, &spans, span));
    }
    let resource = |(service, spans): (&str, Vec<Span>)| {
        let name = ("service.name", service.to_owned());
        let scope = Scope { name: "raceway", version: env!("CARGO_PKG_VERSION") };
        ResourceSpans {
            resource: Attributed { attributes: attributes([name]) },
            scope_spans: [ScopeSpans { scope, spans }],
        }
    };
    Ok(Request { resource_spans: by_service.into_iter().map(resource).collect() })
}

fn written(selection: &Selection, spans: &[spans::Span], span: &spans::Span) -> Span {
    let (causality, trace) = (selection.causality, selection.trace());
    let trace_id = trace_id(&trace.id);
    let event = |&event: &_| Event {
        time_unix_nano: unix_nanos(trace.interval(event).1).to_string(),
        name: trace.operation(event),
        attributes: attributes(facts(causality, event)),
    };
    let link = |&(cause, kind): &(usize, EdgeKind)| Link {
        trace_id: trace_id.clone(),
        span_id: spans[cause].id.clone(),
        attributes: attributes([("raceway.link", kind.as_str().to_owned())]),
    };
    let named = ("raceway.trace_id", trace.id.clone());
    Span {
        id: span.id.clone(),
        parent_span_id: span.parent.map(|parent| spans[parent].id.clone()),
        name: trace.operation(span.named_after),
        kind: if span.is_called { SERVER } else { INTERNAL },
        start_time_unix_nano: span.start.to_string(),
        end_time_unix_nano: span.end.to_string(),
        attributes: attributes(facts(causality, span.named_after).into_iter().chain([named])),
        events: span.events.iter().map(event).collect(),
        links: span.causes.iter().map(link).collect(),
        trace_id,
    }
}
