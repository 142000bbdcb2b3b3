//! What is told of an event beside its operation, its service and its time.

use raceway_analysis::{Causality, EventNo};

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
        add("raceway.old_value", access.old_value.map(text));
        add("raceway.new_value", access.new_value.map(text));
    }
    add("raceway.lock", event.lock.map(|step| text(step.lock)));
    let held = causality.locks.set(causality.locks.set_of(number)).iter();
    let held: Vec<&str> = held.map(|held| trace.text(held.lock.id)).collect();
    add("raceway.locks", (!held.is_empty()).then(|| held.join(", ")));
    facts
}
