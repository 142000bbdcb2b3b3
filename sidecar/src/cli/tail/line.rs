//! What people read of an event: one line.

use console::{StyledObject, style};
use raceway_model::Timestamp;
use serde_json::Value;

use super::events::Event;
use crate::delivery::now;

/// Room for the name of what happens, which the longest takes.
const NAME_WIDTH: usize = 11;

/// The event, with the time (UTC) at which it came. There are colors where standard output is a terminal.
pub(super) fn line(event: &Event) -> String {
    let data = event.value();
    let (name, text) = match event.name.as_str() {
        "trace" => (style("trace"), trace(&data)),
        "finding" => finding(&data),
        "state" => state(&data),
        "missed" => (style("missed").yellow(), missed(&data)),
        other => (style(other), event.data.clone()),
    };
    format!("{}  {name:NAME_WIDTH$}  {}", time(now()), printable(&text))
}

fn time(now: Timestamp) -> String {
    now.to_string().get(11..19).unwrap_or_default().to_owned()
}

fn trace(data: &Value) -> String {
    let services: Vec<&str> =
        data["services"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let events = data["event_count"].as_u64().unwrap_or_default();
    let plural = if events == 1 { "" } else { "s" };
    let milliseconds = duration(data).unwrap_or_default();
    let services = services.join(", ");
    format!("{}  {events} event{plural} in {milliseconds} ms  {services}", text(&data["trace_id"]))
}

/// From the first event to the last, in whole milliseconds.
fn duration(data: &Value) -> Option<i64> {
    let time = |name: &str| Timestamp::parse(data[name].as_str()?);
    Some((time("last_timestamp")?.micros() - time("first_timestamp")?.micros()) / 1000)
}

fn finding(data: &Value) -> (StyledObject<&str>, String) {
    let kind = match data["kind"].as_str() {
        Some("lost_update") => "lost update",
        kind => kind.unwrap_or("finding"),
    };
    let what = data.get("description").unwrap_or(&data["reason"]);
    let (severity, kind) = match data["severity"].as_str() {
        Some(severity @ "WARNING") => (severity, style(kind).yellow()),
        severity => (severity.unwrap_or("CRITICAL"), style(kind).red()),
    };
    (kind, format!("{}  {severity}  {}", text(&data["trace_id"]), text(what)))
}

fn state(data: &Value) -> (StyledObject<&'static str>, String) {
    let storage = text(&data["storage"]);
    let name = style("state");
    if data["reason"].is_null() {
        return (name.green(), format!("{storage}  ready"));
    }
    let how = if data["ready"] == true { "degraded" } else { "not ready" };
    (name.yellow(), format!("{storage}  {how}: {}", text(&data["reason"])))
}

fn missed(data: &Value) -> String {
    match data["events"].as_u64() {
        Some(events) => format!("{events} events were not told"),
        None => "some events were not told".to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Texts come from anywhere: none of them tells a terminal what to do.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the time.
    fn told(name: &str, data: &str) -> String {
        let line = line(&Event { name: name.into(), data: data.into(), id: None });
        line.get("12:00:00  ".len()..).expect("a time").to_owned()
    }

    #[test]
    fn an_event_is_a_line() {
        for (name, data, expected) in [
            (
                "trace",
                r#"{"trace_id":"t1","event_count":2,"first_timestamp":"2026-11-22T12:00:00+00:00",
                    "last_timestamp":"2026-11-22T12:00:01.5+00:00","services":["api","bank"]}"#,
                "trace        t1  2 events in 1500 ms  api, bank",
            ),
            (
                "finding",
                r#"{"trace_id":"t1","kind":"race","severity":"WARNING","description":"of x","reason":"y"}"#,
                "race         t1  WARNING  of x",
            ),
            (
                "finding",
                r#"{"trace_id":"t1","kind":"deadlock","reason":"a\u001b[2J\nb"}"#,
                "deadlock     t1  CRITICAL  a\u{fffd}[2J\u{fffd}b",
            ),
            (
                "state",
                r#"{"storage":"spool","ready":true,"degraded":true,"reason":"away"}"#,
                "state        spool  degraded: away",
            ),
            (
                "state",
                r#"{"storage":"memory","ready":true,"degraded":false,"reason":null}"#,
                "state        memory  ready",
            ),
            ("missed", r#"{"events":7}"#, "missed       7 events were not told"),
            ("missed", r#"{"events":null}"#, "missed       some events were not told"),
        ] {
            assert_eq!(told(name, data), expected);
        }
    }
}
