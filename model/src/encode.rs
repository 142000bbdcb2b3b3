//! From an [`Event`] back to the JSON that it came in.

use serde_json::{Map, Value, json};

use crate::decode::id_field;
use crate::{Dialect, Event, VectorClock};

impl Event {
    /// The event in the dialect it came in: what its columns hold, with `extra` laid over it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert(id_field(self.dialect).into(), json!(self.event_id));
        fields.insert("trace_id".into(), json!(self.trace_id));
        fields.insert("timestamp".into(), json!(self.timestamp.to_string()));
        insert_some(&mut fields, "parent_id", self.parent_id.as_deref().map(Value::from));
        match self.dialect {
            Dialect::Sdk => self.insert_sdk_fields(&mut fields),
            Dialect::Flat => self.insert_flat_fields(&mut fields),
        }
        for (name, value) in &self.extra {
            if name != "metadata" {
                fields.insert(name.clone(), value.clone());
            }
        }
        Value::Object(fields)
    }

    fn insert_sdk_fields(&self, fields: &mut Map<String, Value>) {
        if let Some(payload) = &self.metadata {
            fields.insert("kind".into(), json!({ self.kind.as_str(): payload }));
        }
        let clock = self.vector_clock.as_ref();
        insert_some(fields, "causality_vector", clock.map(pairs));
        insert_some(fields, "lock_set", self.lock_set.clone());
        insert_some(fields, "metadata", self.sdk_metadata());
    }

    /// The SDK's metadata: what `extra` has of it, and the two names that have columns.
    fn sdk_metadata(&self) -> Option<Value> {
        let rest = self.extra.get("metadata");
        let Some(Value::Object(rest)) = rest else { return rest.cloned() };
        let mut metadata = Map::new();
        insert_some(&mut metadata, "service_name", self.service_name.as_deref().map(Value::from));
        insert_some(&mut metadata, "thread_id", self.thread_id.as_deref().map(Value::from));
        metadata.extend(rest.clone());
        Some(Value::Object(metadata))
    }

    fn insert_flat_fields(&self, fields: &mut Map<String, Value>) {
        fields.insert("kind".into(), json!(self.kind));
        insert_some(fields, "location", self.location.as_deref().map(Value::from));
        insert_some(fields, "vector_clock", self.vector_clock.as_ref().map(VectorClock::to_json));
        insert_some(fields, "metadata", self.metadata.clone());
    }
}

fn insert_some(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.into(), value);
    }
}

fn pairs(clock: &VectorClock) -> Value {
    clock.components().map(|(component, clock)| json!([component, clock])).collect()
}
