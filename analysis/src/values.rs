//! Values of variables, which events carry as JSON.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Writes the JSON itself where an answer is JSON, and not a string of it.
#[expect(clippy::ref_option, reason = "serde gives fields so")]
pub(crate) fn as_json<S: Serializer>(
    value: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let json = value.as_ref().map(|json| RawValue::from_string(json.clone()));
    json.transpose().map_err(serde::ser::Error::custom)?.serialize(serializer)
}
