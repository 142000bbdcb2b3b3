//! What clients need of an SDK's event, where it is missing or of another type.

use super::object::Object;
use crate::tape::{Json, Tape};

/// Nanoseconds at most: so far each whole number is one that JavaScript has.
const LONGEST: f64 = 9_007_199_254_740_992.0;

/// JSON to stand in place of a value; `None` where the value is as it is needed.
type Replace = fn(Option<Json>) -> Option<String>;

const OF_EVENT: [(&str, Replace); 5] = [
    ("parent_id", |id| unless(id, "null", |id| id.is_string() || id.is_null())),
    ("kind", kind),
    ("metadata", metadata),
    ("causality_vector", |clock| unless(clock, "[]", Json::is_array)),
    ("lock_set", |locks| unless(locks, "[]", Json::is_array)),
];

const OF_METADATA: [(&str, Replace); 5] = [
    ("thread_id", |thread| unless(thread, "\"unknown\"", Json::is_string)),
    ("service_name", |service| unless(service, "\"unknown\"", Json::is_string)),
    ("environment", |environment| unless(environment, "\"\"", Json::is_string)),
    ("tags", |tags| unless(tags, "{}", Json::is_object)),
    ("duration_ns", duration),
];

/// The event with what clients need; `None` if it has all of it.
pub(super) fn complete_event(event: Json) -> Option<String> {
    complete(event, &OF_EVENT)
}

/// Other fields stay as they were sent.
fn complete(object: Json, needed: &[(&str, Replace)]) -> Option<String> {
    let replaced = needed.iter().map(|(name, replace)| (*name, replace(object.get(name))));
    let replaced: Vec<(&str, String)> =
        replaced.filter_map(|(name, value)| Some((name, value?))).collect();
    if replaced.is_empty() {
        return None;
    }
    let mut fields = Object::default();
    for (name, value) in object.fields() {
        if !replaced.iter().any(|(replaced, _)| name.spells(replaced)) {
            fields.push_raw(name.raw(), value.raw());
        }
    }
    for (name, value) in replaced {
        fields.push(name, &value);
    }
    Some(fields.into_json())
}

fn unless<'t, 'a>(
    value: Option<Json<'t, 'a>>,
    replacement: &str,
    is_right: impl Fn(Json<'t, 'a>) -> bool,
) -> Option<String> {
    let is_right = value.is_some_and(is_right);
    (!is_right).then(|| replacement.to_owned())
}

/// A name alone is a variant without a payload.
fn kind(kind: Option<Json>) -> Option<String> {
    kind.filter(|kind| kind.is_string()).map(|name| format!("{{{}:{{}}}}", name.raw()))
}

fn metadata(metadata: Option<Json>) -> Option<String> {
    match metadata.filter(|metadata| metadata.is_object()) {
        Some(metadata) => complete(metadata, &OF_METADATA),
        None => complete(Tape::read("{}").root(), &OF_METADATA),
    }
}

/// Clients refuse a fraction, and a number below 0.
fn duration(nanoseconds: Option<Json>) -> Option<String> {
    let Some(json) = nanoseconds.filter(|json| !json.is_null()) else {
        return nanoseconds.is_none().then(|| "null".to_owned());
    };
    let is_digits = json.raw().bytes().all(|byte| byte.is_ascii_digit());
    let nanoseconds: Option<f64> = json.raw().parse().ok();
    let is_whole = is_digits && nanoseconds.is_some_and(|nanoseconds| nanoseconds <= LONGEST);
    (!is_whole).then(|| whole_nanoseconds(nanoseconds))
}

/// JSON of a duration as a whole number; `null` for what is none.
pub(super) fn whole_nanoseconds(nanoseconds: Option<f64>) -> String {
    let nanoseconds =
        nanoseconds.filter(|nanoseconds| nanoseconds.is_finite() && *nanoseconds >= 0.0);
    nanoseconds.map_or_else(
        || "null".to_owned(),
        |nanoseconds| nanoseconds.round().min(LONGEST).to_string(),
    )
}
