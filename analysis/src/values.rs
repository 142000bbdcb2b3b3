//! Values of variables, which events carry as JSON.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Whether the equality of a value, which is JSON, tells something. Objects and arrays may be snapshots of a
/// later time, and `null` stands for what the SDK doesn't know.
pub(crate) fn tells(json: &str) -> bool {
    !json.starts_with(['{', '[', 'n'])
}

/// Writes the JSON itself where an answer is JSON, and not a string of it.
#[expect(clippy::ref_option, reason = "serde gives fields so")]
pub(crate) fn as_json<S: Serializer>(
    value: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let json = value.as_ref().map(|json| RawValue::from_string(json.clone()));
    json.transpose().map_err(serde::ser::Error::custom)?.serialize(serializer)
}

/// The same of JSON that is always there.
pub(crate) fn json<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let json = RawValue::from_string(json.to_owned()).map_err(serde::ser::Error::custom)?;
    json.serialize(serializer)
}
