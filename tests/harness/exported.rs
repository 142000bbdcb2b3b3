//! What an export holds, held against another and against what was sent.

use std::collections::BTreeMap;

use raceway_model::json_equal;
use serde::Deserialize;
use serde_json::Value;

use crate::comparable;

/// That an event may have at most.
const DEPTH: usize = 128;

/// Events by what tells them apart: trace, instant and ids.
#[derive(Debug, Default)]
pub struct Exported {
    events: BTreeMap<[String; 4], Value>,
    faults: Vec<Difference>,
}

/// What is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In words that follow who exports.
    pub kind: &'static str,
    /// The event; where there is another in its place, both.
    pub event: String,
}

impl Difference {
    fn of(kind: &'static str, event: &impl ToString) -> Self {
        Difference { kind, event: event.to_string() }
    }
}

impl Exported {
    /// Reads newline-delimited JSON.
    pub fn read(export: &str) -> Self {
        let mut exported = Exported::default();
        for line in export.lines() {
            exported.add(line);
        }
        exported
    }

    fn add(&mut self, line: &str) {
        if depth(line) > DEPTH {
            return self.faults.push(Difference::of("holds what is too deep", &line));
        }
        let event = comparable(&event_of(line));
        if let Some(event) = self.events.insert(key(&event), event) {
            self.faults.push(Difference::of("holds an event twice", &event));
        }
    }

    /// How many events are there.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Each must be there once, and be one of those that are expected; these must all be there.
    pub fn differences(&self, expected: &Exported) -> Vec<Difference> {
        let others = self.events.iter().filter(|(key, _)| !expected.events.contains_key(*key));
        let too_many = others.map(|(_, event)| Difference::of("holds an event too many", event));
        let missing = expected.events.iter().filter_map(|(key, event)| self.difference(key, event));
        self.faults.iter().cloned().chain(too_many).chain(missing).collect()
    }

    /// These must be there as they were sent, whatever else is.
    pub fn differences_from_sent(&self, sent: &[Value]) -> Vec<Difference> {
        let events = sent.iter().map(comparable);
        events.filter_map(|event| self.difference(&key(&event), &event)).collect()
    }

    fn difference(&self, key: &[String; 4], expected: &Value) -> Option<Difference> {
        match self.events.get(key) {
            None => Some(Difference::of("lacks an event", expected)),
            Some(event) if json_equal(event, expected) => None,
            Some(event) => {
                let both = format!("{event}\n  expected {expected}");
                Some(Difference::of("holds another event", &both))
            }
        }
    }
}

fn key(event: &Value) -> [String; 4] {
    ["trace_id", "timestamp", "id", "event_id"]
        .map(|field| event[field].as_str().unwrap_or_default().to_owned())
}

/// In so many arrays and objects the innermost value of a JSON text is.
fn depth(json: &str) -> usize {
    let (mut deepest, mut depth, mut is_string, mut is_escaped) = (0_usize, 0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => depth += 1,
            b']' | b'}' if !is_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Of a line that is not too deep: the stack would overflow.
fn event_of(line: &str) -> Value {
    let mut reader = serde_json::Deserializer::from_str(line);
    reader.disable_recursion_limit();
    Value::deserialize(&mut reader).expect("a line of JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{DEPTH, Exported, event_of};

    fn line(id: &str, value: &str) -> String {
        let timestamp = "2026-11-26T12:00:00Z";
        format!(r#"{{"id":"{id}","trace_id":"t","timestamp":"{timestamp}","v":{value}}}"#) + "\n"
    }

    fn kinds(found: &str, expected: &str) -> Vec<&'static str> {
        let differences = Exported::read(found).differences(&Exported::read(expected));
        differences.iter().map(|difference| difference.kind).collect()
    }

    #[test]
    fn differences_are_seen() {
        let (one, two) = (line("1", "3.0"), line("2", "[]"));
        let both = one.clone() + &two;
        assert_eq!(kinds(&both, &(two.clone() + &line("1", "3"))), [""; 0]);
        assert_eq!(kinds(&one, &both), ["lacks an event"]);
        assert_eq!(kinds(&both, &one), ["holds an event too many"]);
        assert_eq!(kinds(&one, &line("1", "4")), ["holds another event"]);
        assert_eq!(kinds(&(one.clone() + &one), &one), ["holds an event twice"]);
        let nested = |depth: usize| line("1", &("[".repeat(depth - 1) + &"]".repeat(depth - 1)));
        assert_eq!(kinds(&nested(DEPTH), &nested(DEPTH)), [""; 0]);
        assert_eq!(kinds(&nested(DEPTH + 1), ""), ["holds what is too deep"]);
    }

    #[test]
    fn what_was_sent_is_looked_for() {
        let sent: Vec<Value> = ["1", "2"].map(|id| event_of(&line(id, "1"))).to_vec();
        let whole = Exported::read(&(line("1", "1.0") + &line("2", "1") + &line("3", "1")));
        assert_eq!(whole.differences_from_sent(&sent), []);
        let part = Exported::read(&line("1", "2"));
        let kinds: Vec<_> = part.differences_from_sent(&sent).iter().map(|d| d.kind).collect();
        assert_eq!(kinds, ["holds another event", "lacks an event"]);
    }
}
