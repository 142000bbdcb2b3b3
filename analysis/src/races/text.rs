//! Texts of events as findings show them: at bounded length, as one event can be in many findings.

use raceway_model::Timestamp;
use serde::Serializer;

/// How many characters of a text are shown at most.
const MAX_LENGTH: usize = 1_000;

/// The text, or its start and `…`.
pub(crate) fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The JSON, or a JSON string of its start and `…`.
pub(crate) fn clip_json(json: &str) -> String {
    let clipped = clip(json);
    if clipped == json { clipped } else { serde_json::Value::String(clipped).to_string() }
}

/// As [`Timestamp`] prints it, for `serialize_with`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(crate) fn serialize_timestamp<S: Serializer>(
    timestamp: &Timestamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(timestamp)
}
