//! Templates and values as a damaged table might have them, and the escape of JSON for `jsonb`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raceway_model::{Timestamp, escape_json, fill_event, unescape_json};
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let [template, event_id, trace_id, parent_id, values] = [(); 5].map(|()| next());
    let timestamp = Timestamp::from_micros(0).expect("in range");
    drop(fill_event(template, [event_id, trace_id, parent_id], timestamp, values));

    // Of any text: that it ends.
    drop(unescape_json(&text));
    let escaped = escape_json(&text);
    if serde_json::from_str::<&RawValue>(&text).is_ok() {
        assert_eq!(unescape_json(&escaped), text);
        assert!(serde_json::from_str::<&RawValue>(&escaped).is_ok());
    }
});
