//! Bodies in every shape: none of their events is lost or changed, and each is judged by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raceway_model::{BatchError, Event, json_equal, parse_batch, rejected_events, split_batch};
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    costs_no_other_line(&text);
    let Ok(batch) = parse_batch(&text) else {
        assert!(split_batch(&text).is_err() && rejected_events(&text).is_err());
        return;
    };
    let all = split_batch(&text).expect("the events of a batch");
    let rejected = rejected_events(&text).expect("the rejected events of a batch");
    assert_eq!(all.len(), batch.events.len() + batch.rejected);
    assert_eq!(rejected.len(), batch.rejected);
    for (place, sent) in rejected {
        assert_eq!(all[place], sent);
        is_rejected_alone(sent);
    }
    for (event, place) in batch.events.iter().zip(batch.places) {
        is_same_alone(all[place], event);
        survives(event);
    }
});

/// Of two events in a row, none can be a value of JSON that spans lines.
fn costs_no_other_line(lines: &str) {
    const EVENT: &str =
        r#"{"event_id":"beside","trace_id":"t","kind":"K","timestamp":"2026-01-31T12:00:00Z"}"#;
    let body = format!("{EVENT}\n{lines}\n{EVENT}\n{EVENT}\n{lines}\n{EVENT}");
    let batch = parse_batch(&body).expect("an event at least");
    let beside = batch.events.iter().filter(|event| event.key().event_id == "beside");
    assert!(beside.count() >= 4);
}

fn is_same_alone(sent: &str, event: &Event) {
    let array = format!("[{sent}]");
    let alone = parse_batch(&array).expect("an array of a valid event");
    assert_eq!((&alone.events[..], alone.rejected), (std::slice::from_ref(event), 0));
}

/// What is no JSON could be several elements of an array.
fn is_rejected_alone(sent: &str) {
    if serde_json::from_str::<&RawValue>(sent).is_ok() {
        let array = format!("[{sent}]");
        assert!(
            parse_batch(&array).is_ok_and(|alone| alone.rejected == 1) || !is_of_raceway(&array)
        );
    }
}

/// A body of another tracing system is refused as a whole; among others, its parts are rejected.
fn is_of_raceway(array: &str) -> bool {
    !matches!(parse_batch(array), Err(BatchError::Foreign(_)))
}

fn survives(event: &Event) {
    let json = event.to_json();
    let again = Event::parse(&json).expect("an event that was written");
    assert_eq!(event.key(), again.key());
    assert_eq!((&event.trace_id, &event.parent_id), (&again.trace_id, &again.parent_id));
    let value = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
    assert!(json_equal(&value(&json), &value(&again.to_json())));
}
