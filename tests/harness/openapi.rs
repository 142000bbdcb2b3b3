//! Answers held against docs/openapi.json: each has the keys that are written there, with values of their
//! types, and no others.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../docs/openapi.json")).expect("docs/openapi.json")
});

/// By where they are in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Panics unless such an answer may be given, and looks so.
pub(crate) fn assert_documented(method: &str, path: &str, status: u16, answer: &Value) {
    let errors = undocumented(method, path, status, answer);
    assert!(errors.is_empty(), "{method} {path}, {status}: {errors:#?}\n{answer}");
}

/// What is not as it is written about an answer.
pub fn undocumented(method: &str, path: &str, status: u16, answer: &Value) -> Vec<String> {
    let Some(place) = place(method, path, status) else {
        return vec!["docs/openapi.json has no such answer".to_owned()];
    };
    let errors = validator(&place);
    let errors = errors.iter_errors(answer);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Where the document has the schema of this answer.
fn place(method: &str, path: &str, status: u16) -> Option<String> {
    const FAILURE: &str = "/components/schemas/Failure";
    let path = path.split('?').next().unwrap_or_default();
    let operations = DOCUMENT["paths"].as_object().expect("paths");
    let known = operations.iter().filter(|(template, _)| matches(template, path));
    let known = known.min_by_key(|(template, _)| template.matches('{').count());
    let Some((template, operations)) = known else {
        return (status == 404).then(|| FAILURE.into());
    };
    if status == 405 {
        return Some(FAILURE.into());
    }
    let content = &operations[method]["responses"][status.to_string()]["content"];
    content.get("application/json")?;
    let template = template.replace('/', "~1");
    Some(format!("/paths/{template}/{method}/responses/{status}/content/application~1json/schema"))
}

fn matches(template: &str, path: &str) -> bool {
    let (parts, sent) = (template.split('/'), path.split('/'));
    let is_name = |part: &str, sent: &str| part.starts_with('{') && !sent.is_empty();
    parts.clone().count() == sent.clone().count()
        && parts.zip(sent).all(|(part, sent)| part == sent || is_name(part, sent))
}

fn validator(place: &str) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let new = || {
        let mut schema = DOCUMENT.pointer(place).expect("a schema").clone();
        close(&mut schema);
        let mut components = DOCUMENT["components"].clone();
        for component in components["schemas"].as_object_mut().expect("schemas").values_mut() {
            close_within(component);
        }
        schema["components"] = components;
        let options = jsonschema::options().with_draft(Draft::Draft202012);
        Arc::new(options.should_validate_formats(true).build(&schema).expect("a schema"))
    };
    Arc::clone(validators.entry(place.to_owned()).or_insert_with(new))
}

/// Lets no other keys be in an object than those that are written.
fn close(schema: &mut Value) {
    close_within(schema);
    if has_keys(schema) {
        schema["unevaluatedProperties"] = json!(false);
    }
}

/// The same of what is in it. Schemas that are put together are closed where they are used.
fn close_within(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(close),
            ("prefixItems", Value::Array(items)) => items.iter_mut().for_each(close),
            ("items" | "additionalProperties", value) => close(value),
            ("allOf" | "oneOf", Value::Array(parts)) => parts.iter_mut().for_each(close_within),
            _ => {}
        }
    }
}

/// Whether it is of objects whose keys are known.
fn has_keys(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return false };
    let of_part = |schema: &Map<String, Value>, parts: &str| {
        let parts = schema.get(parts).and_then(Value::as_array);
        parts.is_some_and(|parts| parts.iter().any(has_keys))
    };
    let referred = schema.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|place| DOCUMENT.pointer(place.trim_start_matches('#')));
    schema.contains_key("properties")
        || referred.is_some_and(has_keys)
        || of_part(schema, "allOf")
        || of_part(schema, "oneOf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_every_key_and_no_other() {
        let errors = |change: fn(&mut Map<String, Value>)| {
            let mut data = json!({ "ready": true, "degraded": false, "reason": null });
            change(data.as_object_mut().expect("an object"));
            let answer = json!({ "success": true, "data": data, "error": null });
            undocumented("get", "/readyz", 200, &answer)
        };
        assert_eq!(errors(|_| {}), [""; 0]);
        let changes: [fn(&mut Map<String, Value>); 4] = [
            |data| drop(data.insert("more".into(), json!(1))),
            |data| drop(data.remove("reason")),
            |data| drop(data.insert("ready".into(), json!(null))),
            |data| drop(data.insert("reason".into(), json!(1))),
        ];
        for change in changes {
            assert_ne!(errors(change), [""; 0]);
        }
    }

    #[test]
    fn an_answer_belongs_to_its_path() {
        let failure = json!({ "success": false, "data": null, "error": "no" });
        for (path, status, is_known) in [
            ("/api/traces/a%2Fb/anomalies", 404, true),
            ("/api/services/health?time_window_minutes=0", 400, true),
            ("/api/services/bank", 404, true),
            ("/api/services/bank", 400, false),
            ("/api/services", 404, false),
            ("/api/services", 405, true),
            ("/api/traces/t", 413, false),
        ] {
            let errors = undocumented("get", path, status, &failure);
            assert_eq!(errors.is_empty(), is_known, "{path}: {errors:?}");
        }
    }
}
