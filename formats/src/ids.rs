//! Ids of OpenTelemetry's length, made of ours: the same each time.

use raceway_analysis::{EventNo, Trace};
use raceway_model::{IdKey, id_key, uuid_text};

/// Of a trace, 32 hexadecimal digits: those of an id that is such digits or a UUID, else of its hash.
pub(crate) fn trace_id(id: &str) -> String {
    let is_of_trace_context =
        id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_of_trace_context { id.to_owned() } else { hexadecimal(&id_key(id).0) }
}

/// Of the span that is named after an event, 16 hexadecimal digits of a hash.
pub(crate) fn span_id(trace: &Trace, event: EventNo) -> String {
    // Ids are of one instant: another event may have the same one at another.
    let named = format!("{} {} {}", trace.id, trace.event_id(event), trace.event(event).time);
    hexadecimal(&id_key(&named).0)[..16].to_owned()
}

fn hexadecimal(key: &IdKey) -> String {
    uuid_text(key).replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn an_id_of_16_bytes_is_kept() {
        for (id, expected) in [
            ("08b4fda8-c892-450e-8db3-0a5466fb5a75", "08b4fda8c892450e8db30a5466fb5a75"),
            ("08b4fda8c892450e8db30a5466fb5a75", "08b4fda8c892450e8db30a5466fb5a75"),
            ("evt-001", "9eb19f71606879aba20e2b7be4cf6fd9"),
        ] {
            assert_eq!(trace_id(id), expected);
        }
    }
}
