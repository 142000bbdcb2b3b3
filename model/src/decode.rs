//! From the JSON of either dialect to an [`Event`].

use serde_json::{Map, Value};

use crate::event::{column_text, fits_column};
use crate::number::{as_double, as_whole_number, fits_numeric};
use crate::{Dialect, Event, Reason, Timestamp, VectorClock};

const ID_CHARACTERS: usize = 255;
const KIND_CHARACTERS: usize = 50;
const LOCATION_CHARACTERS: usize = 500;
const NAME_CHARACTERS: usize = 255;

type Fields = Map<String, Value>;

impl Event {
    /// Reads one event in either dialect.
    ///
    /// It is in the flat dialect when it has an `event_id` and no `id` (or an `id` beside a `kind`
    /// that is not an object). An id, a trace id, a kind and a timestamp are required; clocks must
    /// be clocks; nothing else is refused.
    pub fn from_json(json: Value) -> Result<Self, Reason> {
        if !fits_numeric(&json) {
            return Err(Reason::NotJson("number out of range".into()));
        }
        let Value::Object(mut fields) = json else { return Err(Reason::NotAnObject) };
        let dialect = dialect_of(&fields);
        let event_id = take_key(&mut fields, id_field(dialect)).ok_or(Reason::EventId)?;
        let trace_id = take_key(&mut fields, "trace_id").ok_or(Reason::TraceId)?;
        let kind = kind_of(&fields).ok_or(Reason::Kind)?;
        let timestamp = take_timestamp(&mut fields).ok_or(Reason::Timestamp)?;
        let mut event = Event {
            event_id,
            trace_id,
            parent_id: take_text(&mut fields, "parent_id", ID_CHARACTERS),
            kind,
            timestamp,
            duration_ms: None,
            location: None,
            service_name: None,
            thread_id: None,
            lock_set: None,
            vector_clock: None,
            metadata: None,
            dialect,
            extra: fields,
        };
        match dialect {
            Dialect::Sdk => event.take_sdk_fields()?,
            Dialect::Flat => event.take_flat_fields()?,
        }
        Ok(event)
    }

    fn take_sdk_fields(&mut self) -> Result<(), Reason> {
        self.vector_clock = take_causality_vector(&mut self.extra)?;
        if self.extra.get("kind").is_some_and(Value::is_object) {
            let kind = self.extra.remove("kind");
            self.metadata = kind.and_then(|mut kind| Some(kind.get_mut(&self.kind)?.take()));
        }
        self.lock_set = take_array(&mut self.extra, "lock_set");
        let payload = self.metadata.as_ref();
        self.location = payload_location(payload);
        let sdk_metadata = self.extra.get("metadata");
        self.duration_ms =
            nanoseconds(sdk_metadata).or_else(|| payload?.get("duration_ms").and_then(as_double));
        self.service_name = name_in(sdk_metadata, "service_name");
        self.thread_id = name_in(sdk_metadata, "thread_id");
        if let Some(Value::Object(metadata)) = self.extra.get_mut("metadata") {
            for field in ["service_name", "thread_id"] {
                if fits_column(metadata.get(field), NAME_CHARACTERS) {
                    metadata.remove(field);
                }
            }
        }
        Ok(())
    }

    fn take_flat_fields(&mut self) -> Result<(), Reason> {
        self.vector_clock = take_vector_clock(&mut self.extra)?;
        if self.extra.get("kind").is_some_and(Value::is_string) {
            self.extra.remove("kind");
        }
        self.metadata = self.extra.remove("metadata");
        let metadata = self.metadata.as_ref();
        self.lock_set = [self.extra.get("lock_set"), metadata.and_then(|m| m.get("lock_set"))]
            .into_iter()
            .flatten()
            .find(|locks| locks.is_array())
            .cloned();
        self.duration_ms = self.extra.get("duration_ms").and_then(as_double);
        self.service_name = name_in(metadata, "service_name");
        self.thread_id = name_in(metadata, "thread_id");
        self.location = text_in(self.extra.get("location"), LOCATION_CHARACTERS);
        if fits_column(self.extra.get("location"), LOCATION_CHARACTERS) {
            self.extra.remove("location");
        }
        Ok(())
    }
}

/// The name of the field that holds the id.
pub(crate) fn id_field(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sdk => "id",
        Dialect::Flat => "event_id",
    }
}

fn dialect_of(fields: &Fields) -> Dialect {
    let nested_kind = fields.get("kind").is_some_and(Value::is_object);
    if fields.contains_key("event_id") && !(fields.contains_key("id") && nested_kind) {
        Dialect::Flat
    } else {
        Dialect::Sdk
    }
}

/// The name of the variant: the kind itself, or its only key.
fn kind_of(fields: &Fields) -> Option<String> {
    let name = match fields.get("kind")? {
        Value::String(name) => name,
        Value::Object(variant) if variant.len() == 1 => variant.keys().next()?,
        _ => return None,
    };
    is_key(name, KIND_CHARACTERS).then(|| name.clone())
}

fn is_key(text: &str, limit: usize) -> bool {
    !text.is_empty() && !text.contains('\0') && text.chars().nth(limit).is_none()
}

fn take_key(fields: &mut Fields, name: &str) -> Option<String> {
    let key = fields.get(name)?.as_str()?;
    is_key(key, ID_CHARACTERS).then(|| key.to_owned()).inspect(|_| drop(fields.remove(name)))
}

fn take_text(fields: &mut Fields, name: &str, limit: usize) -> Option<String> {
    if !fits_column(fields.get(name), limit) {
        return None;
    }
    fields.remove(name)?.as_str().map(str::to_owned)
}

fn take_timestamp(fields: &mut Fields) -> Option<Timestamp> {
    let timestamp = Timestamp::parse(fields.get("timestamp")?.as_str()?)?;
    fields.remove("timestamp");
    Some(timestamp)
}

fn take_array(fields: &mut Fields, name: &str) -> Option<Value> {
    fields.get(name)?.is_array().then(|| fields.remove(name)).flatten()
}

/// `[[component, clock], …]`. A component that is named twice has its greater clock, and the list
/// stays in `extra` as it was sent.
fn take_causality_vector(fields: &mut Fields) -> Result<Option<VectorClock>, Reason> {
    let Some(value) = fields.get("causality_vector").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let pairs = value.as_array().ok_or(Reason::CausalityVector)?;
    let clock: VectorClock =
        pairs.iter().map(clock_pair).collect::<Option<_>>().ok_or(Reason::CausalityVector)?;
    if clock.components().count() == pairs.len() {
        fields.remove("causality_vector");
    }
    Ok(Some(clock))
}

fn clock_pair(pair: &Value) -> Option<(String, u64)> {
    match pair.as_array()?.as_slice() {
        [component, clock] => Some((component.as_str()?.to_owned(), as_whole_number(clock)?)),
        _ => None,
    }
}

fn take_vector_clock(fields: &mut Fields) -> Result<Option<VectorClock>, Reason> {
    let Some(value) = fields.get("vector_clock").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let clock = VectorClock::from_json(value).ok_or(Reason::VectorClock)?;
    fields.remove("vector_clock");
    Ok(Some(clock))
}

fn text_in(value: Option<&Value>, limit: usize) -> Option<String> {
    column_text(value, limit).map(std::borrow::Cow::into_owned)
}

fn name_in(metadata: Option<&Value>, name: &str) -> Option<String> {
    text_in(metadata.and_then(|metadata| metadata.get(name)), NAME_CHARACTERS)
}

fn nanoseconds(metadata: Option<&Value>) -> Option<f64> {
    Some(as_double(metadata?.get("duration_ns")?)? / 1e6)
}

/// `location` of the payload, else its `file` and `line`.
fn payload_location(payload: Option<&Value>) -> Option<String> {
    let payload = payload?;
    if payload.get("location").is_some_and(Value::is_string) {
        return text_in(payload.get("location"), LOCATION_CHARACTERS);
    }
    let file = payload.get("file")?.as_str()?;
    let place = match payload.get("line").and_then(as_whole_number) {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    };
    text_in(Some(&Value::String(place)), LOCATION_CHARACTERS)
}
