//! What was sent, by another reader than the one that judges.

use std::collections::HashSet;

use serde_json::Value;

use super::findings::{Findings, shown};
use super::verdict::{MOST_LISTED, Verdict};

/// The events of a body that were accepted, as a parser of JSON reads them that knows nothing of
/// events; nothing of a body that it can't read as a whole or line by line, and of one with
/// duplicates, as only a store knows which they are.
pub(super) fn accepted_events(
    body: &[u8],
    verdict: &Verdict,
    findings: &mut Findings,
) -> Vec<Value> {
    let is_known = verdict.status == 200 && verdict.count("rejected_total") <= MOST_LISTED as u64;
    let Some(sent) = sent_events(body).filter(|_| is_known) else { return Vec::new() };
    if sent.len() as u64 != verdict.events() {
        findings.add("a body has other events".to_owned(), || {
            format!("{} events in {}\n  {verdict}", sent.len(), shown(body))
        });
    }
    if verdict.count("duplicates") > 0 {
        return Vec::new();
    }
    let rejected: HashSet<Option<u64>> =
        verdict.rejected().into_iter().map(|rejected| rejected.index).collect();
    let numbered = (0..).zip(sent);
    numbered
        .filter(|(index, _)| !rejected.contains(&Some(*index)))
        .map(|(_, event)| event)
        .collect()
}

fn sent_events(body: &[u8]) -> Option<Vec<Value>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(document) = serde_json::from_str(text) {
        return events_of(document);
    }
    let mut events = Vec::new();
    let is_blank = |line: &str| line.bytes().all(|byte| b" \t\r".contains(&byte));
    for line in text.lines().filter(|line| !is_blank(line)) {
        events.extend(events_of(serde_json::from_str(line).ok()?)?);
    }
    Some(events)
}

fn events_of(document: Value) -> Option<Vec<Value>> {
    match document {
        Value::Array(events) => Some(events),
        Value::Object(mut fields) => {
            let is_event = ["id", "event_id"].iter().any(|id| fields.contains_key(*id));
            match fields.get_mut("events").filter(|_| !is_event).map(Value::take) {
                Some(Value::Array(events)) => Some(events),
                Some(_) => None,
                None => Some(vec![Value::Object(fields)]),
            }
        }
        _ => None,
    }
}
