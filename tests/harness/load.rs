//! Events by number: each is the same however often it is sent, and its id says which it is.

use std::fmt::Write;

use raceway_model::{Timestamp, id_key, uuid_text};

/// The first half of every id; the second half is the number of the event.
const ID_PREFIX: u64 = 0xfa17_0000_0000_4000;

/// Of a trace that no other batch has a part in.
const EVENTS_PER_TRACE: u64 = 20;

/// Every tenth event belongs to a trace that batches share.
const SHARED_EVERY: u64 = 10;
const EVENTS_PER_SHARED_TRACE: u64 = 200;

/// An endless row of events, cut into batches of one size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batches {
    /// Events of a batch.
    pub size: u64,
    /// The timestamp of event 0, in microseconds since 1970; each is a microsecond after the one
    /// before.
    pub start: i64,
}

impl Batches {
    /// The body of a batch: an array of some 600 bytes an event.
    pub fn body(&self, batch: u64) -> String {
        let mut body = String::with_capacity(usize::try_from(self.size).expect("a size") * 640);
        for number in self.numbers(batch) {
            body.push(if body.is_empty() { '[' } else { ',' });
            self.write_event(number, &mut body);
        }
        body.push(']');
        body
    }

    /// The id of an event, by its number.
    pub fn id(number: u64) -> String {
        uuid_text(&((u128::from(ID_PREFIX) << 64) | u128::from(number)).to_be_bytes())
    }

    /// The trace that an event belongs to.
    pub fn trace_id(number: u64) -> String {
        if number % SHARED_EVERY == SHARED_EVERY - 1 {
            return format!("shared-{}", number / EVENTS_PER_SHARED_TRACE);
        }
        format!("trace-{:016x}", number / EVENTS_PER_TRACE)
    }

    /// The numbers of a batch's events.
    pub fn numbers(&self, batch: u64) -> std::ops::Range<u64> {
        batch * self.size..(batch + 1) * self.size
    }

    fn write_event(&self, number: u64, body: &mut String) {
        let micros = self.start + i64::try_from(number).expect("a number of an event");
        let timestamp = Timestamp::from_micros(micros).expect("a timestamp");
        let (id, trace_id) = (Batches::id(number), Batches::trace_id(number));
        let amount = number * 7919 % 10_000 + 1;
        let thread = number / 5 % 16;
        write!(
            body,
            r#"{{"id":"{id}","trace_id":"{trace_id}","parent_id":null,"timestamp":"{timestamp}","kind":{{"StateChange":{{"variable":"accounts.{thread}.balance","old_value":{amount},"new_value":{},"location":"ledger.rs:{thread}","access_type":"Write"}}}},"metadata":{{"thread_id":"worker-{thread}","process_id":4711,"service_name":"ledger","environment":"production","tags":{{"sdk_language":"rust","request":"{number:x}-{amount}","region":"eu-central-1"}},"duration_ns":{amount}00,"instance_id":"host-4711","distributed_span_id":"{number:016x}"}},"causality_vector":[["ledger#host-4711",{number}],["gateway#host-12",{thread}]],"lock_set":["accounts-{thread}"]}}"#,
            amount + 1,
        )
        .expect("a string takes all");
    }
}

/// The array of events as SDKs send it, with this one before all others.
pub fn beside(event: &str, events: &str) -> String {
    format!("{{\"events\":[{event},{}}}", events.trim_start_matches('['))
}

/// The number of the event with this id.
pub(crate) fn event_number(id: &str) -> Option<u64> {
    let (key, is_uuid) = id_key(id);
    let key = u128::from_be_bytes(key);
    let is_ours = is_uuid && key >> 64 == u128::from(ID_PREFIX);
    is_ours.then(|| u64::try_from(key & u128::from(u64::MAX)).expect("half of a key"))
}
