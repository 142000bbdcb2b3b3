//! What is told of an event beside its operation, its service and its time.

use raceway_analysis::{Causality, EventNo};
use serde_json::Value;

/// A name that is in every format, and a text.
pub(crate) type Fact = (&'static str, String);

/// What there is to say.
pub(crate) fn facts(causality: &Causality, number: EventNo) -> Vec<Fact> {
    let trace = &causality.trace;
    let event = trace.event(number);
    let text = |name| trace.text(name).to_owned();
    let mut facts = vec![("raceway.event_id", text(event.id))];
    let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    add("raceway.thread", event.thread.map(text));
    add("raceway.location", event.location.map(text));
    add("raceway.url", event.url.map(text));
    if let Some(access) = event.access {
        add("raceway.variable", Some(text(access.variable)));
        add("raceway.access_type", Some(access.kind.as_str().to_owned()));
        let value = |name| in_order(trace.text(name));
        add("raceway.old_value", access.old_value.map(value));
        add("raceway.new_value", access.new_value.map(value));
    }
    add("raceway.lock", event.lock.map(|step| text(step.lock)));
    let held = causality.locks.set(causality.locks.set_of(number)).iter();
    let held: Vec<&str> = held.map(|held| trace.text(held.lock.id)).collect();
    add("raceway.locks", (!held.is_empty()).then(|| held.join(", ")));
    facts
}

/// JSON with its names in order and no space between: stores give it back in orders of their own.
fn in_order(json: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(json);
    value.map_or_else(|_| json.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn a_value_is_one_text_however_it_is_stored() {
        for json in [r#"{"b": 1.0, "a": [1, "x"]}"#, r#"{"a":[1,"x"],"b":1.0}"#] {
            assert_eq!(in_order(json), r#"{"a":[1,"x"],"b":1.0}"#);
        }
    }
}
