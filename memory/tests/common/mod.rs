//! Events to store.

use std::time::Instant;

use raceway_memory::MemoryStore;
use raceway_model::{parse_batch, uuid_text};

/// An SDK's event: its number in the trace is its time and its value.
pub fn event(trace_id: &str, number: u64) -> String {
    let id = event_id(trace_id, number);
    let parent = match number {
        0 => "null".to_owned(),
        _ => format!("\"{}\"", event_id(trace_id, number - 1)),
    };
    let (second, micros) = (number / 1_000_000 % 60, number % 1_000_000);
    format!(
        r#"{{"id":"{id}","trace_id":"{trace_id}","parent_id":{parent},"timestamp":"2026-11-24T12:00:{second:02}.{micros:06}Z","kind":{{"StateChange":{{"variable":"accounts.{trace_id}","new_value":{number},"location":"bank.ts:{}","access_type":"Write"}}}},"metadata":{{"thread_id":"node-{}","process_id":4711,"service_name":"service-{}","environment":"production","tags":{{"region":"eu"}},"duration_ns":null,"instance_id":"bank-1"}},"causality_vector":[["bank#bank-1",{number}]],"lock_set":[]}}"#,
        number % 50,
        number % 3,
        number % 2,
    )
}

/// A UUID that is a function of both.
fn event_id(trace_id: &str, number: u64) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u128;
    for byte in trace_id.bytes().chain(number.to_le_bytes()) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b_0000_01b3);
    }
    uuid_text(&hash.to_be_bytes())
}

/// A UUID for a trace.
pub fn trace_id(number: u64) -> String {
    event_id("trace", number)
}

/// A batch of events, each with its number, of one trace.
pub fn batch(trace_id: &str, numbers: std::ops::Range<u64>) -> String {
    let events: Vec<String> = numbers.map(|number| event(trace_id, number)).collect();
    format!("[{}]", events.join(","))
}

/// Returns how many events were new.
pub fn add(store: &MemoryStore, body: &str, now: Instant) -> usize {
    store.add(parse_batch(body).expect("a batch").events, now).new
}
