//! An object of JSON that is being written.

use crate::tape::Json;

/// Its fields so far.
#[derive(Default)]
pub(super) struct Object(String);

impl Object {
    /// A name that needs no escapes, and JSON.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.push_raw(&format!("\"{name}\""), value);
    }

    /// The name is JSON too.
    pub(super) fn push_raw(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(name);
        self.0.push(':');
        self.0.push_str(value);
    }

    /// A field of another object, if it is there.
    pub(super) fn copy(&mut self, name: &str, value: Option<Json>) {
        if let Some(value) = value {
            self.push(name, value.raw());
        }
    }

    pub(super) fn into_json(self) -> String {
        if self.0.is_empty() { "{}".to_owned() } else { self.0 + "}" }
    }
}
