//! Traces of odd shapes.

use raceway_programs::timestamp;
use serde_json::{Value, json};

/// Noon of 2026-01-01 in microseconds since 1970.
const NOON: i64 = 1_767_268_800_000_000;

/// A write of the variable `x`, at this millisecond.
fn write(number: usize, parent: Option<usize>, at: usize) -> Value {
    let time = NOON + i64::try_from(at).expect("a time") * 1_000;
    json!({
        "id": number.to_string(),
        "trace_id": "t",
        "parent_id": parent.map(|parent| parent.to_string()),
        "timestamp": timestamp(time),
        "kind": { "StateChange": { "variable": "x", "new_value": number } },
        "metadata": { "service_name": "bank", "process_id": 1, "thread_id": number.to_string() },
        "causality_vector": [],
        "lock_set": [],
    })
}

/// Each the parent of the next, and the last of the first.
pub(crate) fn circle(count: usize) -> Vec<Value> {
    (0..count).map(|number| write(number, Some((number + count - 1) % count), number)).collect()
}

/// Each the child of the one that happened next.
pub(crate) fn backwards(count: usize) -> Vec<Value> {
    let parent = |number| (number + 1 < count).then_some(number + 1);
    (0..count).map(|number| write(number, parent(number), number)).collect()
}

/// Events of which none is the parent of another.
pub(crate) fn orphans(count: usize) -> Vec<Value> {
    (0..count).map(|number| write(number, Some(count + number), number)).collect()
}

/// One event and its children, each on a thread of its own.
pub(crate) fn children(count: usize, language: &str) -> Vec<Value> {
    let event = |number: usize| {
        let mut event = write(number, (number > 0).then_some(0), number);
        event["metadata"]["tags"] = json!({ "sdk_language": language });
        event
    };
    (0..=count).map(event).collect()
}

/// Events that know of so many strands, each of other ones.
pub(crate) fn wide_clocks(count: usize, components: usize) -> Vec<Value> {
    let event = |number: usize| {
        let component = |place: usize| json!([format!("c{place}"), (place * number) % 7 + 1]);
        let mut event = write(number, None, number);
        event["causality_vector"] = (0..components).map(component).collect();
        event
    };
    (0..count).map(event).collect()
}

/// Two traces with the same ids.
pub(crate) fn equal_ids() -> Vec<Value> {
    let event = |number: usize, trace: &str| {
        let mut event = write(number, number.checked_sub(1), number);
        event["trace_id"] = json!(trace);
        event
    };
    (0..100).flat_map(|number| [event(number, "t"), event(number, "u")]).collect()
}

/// Strands that take turns, of which each has seen what all the others have done.
pub(crate) fn meetings(strands: usize, rounds: usize) -> Vec<Value> {
    let event = |number: usize| {
        let (round, strand) = (number / strands, number % strands);
        let seen = |other: usize| {
            let rounds = if other <= strand { round + 1 } else { round };
            json!([format!("s{other}"), rounds])
        };
        let mut event = write(number, number.checked_sub(strands), number);
        event["causality_vector"] = (0..strands).map(seen).collect();
        event
    };
    (0..strands * rounds).map(event).collect()
}

/// A request that takes more and more locks between its writes, and another one that does so, too.
pub(crate) fn unreleased(count: usize) -> Vec<Value> {
    let event = |number: usize| {
        let mut event = write(number, number.checked_sub(2), number);
        if number % 4 < 2 {
            let lock = json!({ "lock_id": format!("l{}", number / 4), "lock_type": "Mutex" });
            event["kind"] = json!({ "LockAcquire": lock });
        }
        event
    };
    (0..count).map(event).collect()
}
