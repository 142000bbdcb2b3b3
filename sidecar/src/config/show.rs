//! The configuration that is in effect, as TOML: each value with where it comes from.

use serde_json::{Map, Value};

use super::keys::written;
use super::load::Loaded;

/// All keys, section by section. Secrets are masked.
pub(crate) fn show(loaded: &Loaded) -> String {
    let mut text = String::new();
    if let Value::Object(sections) = written(&loaded.config) {
        show_section(&mut text, loaded, "", &sections);
    }
    text
}

fn show_section(text: &mut String, loaded: &Loaded, path: &str, entries: &Map<String, Value>) {
    let full =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let (sections, values): (Vec<_>, Vec<_>) =
        entries.iter().partition(|(_, value)| value.is_object());
    if !values.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n" };
        text.extend([gap, "[", path, "]\n"]);
    }
    for (name, value) in values {
        let place = loaded.places.get(&full(name));
        let place = place.map_or_else(|| "default".to_owned(), ToString::to_string);
        match value {
            Value::Null => text.extend(["# ", name, " is not set\n"]),
            value => text.extend([name, " = ", &*toml_value(value), " # ", &*place, "\n"]),
        }
    }
    for (name, value) in sections {
        if let Value::Object(entries) = value {
            show_section(text, loaded, &full(name), entries);
        }
    }
}

/// JSON, but for what TOML writes otherwise.
fn toml_value(value: &Value) -> String {
    match value {
        // JSON escapes what a text of TOML may not have, but for this one.
        Value::String(_) => value.to_string().replace('\u{7f}', "\\u007F"),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(toml_value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(entries) => {
            let named = entries.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> =
                named.map(|(name, value)| format!("{name} = {}", toml_value(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        value => value.to_string(),
    }
}
