//! JSON of other tracing systems, which is told by its name rather than rejected event by event.
//!
//! `sql/plain/split.sql` follows the same rules.

use crate::tape::Json;

/// What the document, or the list of events that it holds, is instead.
pub(crate) fn format(json: Json) -> Option<&'static str> {
    if json.is_object() {
        of_object(json)
    } else if json.is_array() && json.children().next().is_some() {
        ARRAYS.into_iter().find(|(_, names)| is_of_objects(json, names)).map(|(format, _)| format)
    } else {
        None
    }
}

/// Arrays in which each object has these names.
const ARRAYS: [(&str, &[&str]); 2] = [
    ("Zipkin JSON (\"traceId\", \"id\")", &["traceId", "id"]),
    ("Chrome's trace event format (\"ph\", \"ts\")", &["ph", "ts"]),
];

fn of_object(object: Json) -> Option<&'static str> {
    let is_array = |name| object.get(name).is_some_and(Json::is_array);
    if object.get("id").or(object.get("event_id")).is_some() {
        None
    } else if ["resourceSpans", "resourceLogs", "resourceMetrics"].into_iter().any(is_array) {
        Some("OpenTelemetry's OTLP (\"resourceSpans\")")
    } else if is_array("traceEvents") {
        Some("Chrome's trace event format (\"traceEvents\")")
    } else if object.get("data").is_some_and(|data| is_of_objects(data, &["traceID", "spans"])) {
        Some("Jaeger JSON (\"data\", \"traceID\")")
    } else {
        None
    }
}

/// Whether it is an array of objects, at least one, which have all these names and no `trace_id`.
fn is_of_objects(json: Json, names: &[&str]) -> bool {
    let is_foreign = |object: Json| {
        object.is_object()
            && object.get("trace_id").is_none()
            && names.iter().all(|name| object.get(name).is_some())
    };
    json.is_array() && json.children().next().is_some() && json.children().all(is_foreign)
}
