//! Texts of events as findings show them: at bounded length, as one event can be in many findings.

use std::borrow::Cow;

/// How many characters of a text are shown at most.
const MAX_LENGTH: usize = 1_000;

/// The text, or its first 1,000 characters and `…`.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    clipped_to(text, MAX_LENGTH)
}

/// The text, or so many of its characters and `…`.
pub(crate) fn clipped_to(text: &str, length: usize) -> Cow<'_, str> {
    // A character takes at least a byte: most texts needn't be counted.
    let end = (text.len() > length).then(|| text.char_indices().nth(length)).flatten();
    match end {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The same, of its own.
pub(crate) fn clip(text: &str) -> String {
    clipped(text).into_owned()
}

/// The JSON, or a JSON string of its start and `…`.
pub(crate) fn clip_json(json: &str) -> String {
    match clipped(json) {
        Cow::Borrowed(json) => json.to_owned(),
        Cow::Owned(start) => serde_json::Value::String(start).to_string(),
    }
}

/// The first eight characters of an id.
pub(crate) fn start(id: &str) -> &str {
    id.char_indices().nth(8).map_or(id, |(end, _)| &id[..end])
}
