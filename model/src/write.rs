//! From an event's fields to its template and values: which of them other events share.

use crate::fields::{Field, Fields};
use crate::number::is_whole_number;
use crate::tape::Json;
use crate::template::{Column, WHOLE_EVENT, Writer};
use crate::{Dialect, Timestamp, escape_json};

/// Template and values. The fields that columns give back come first.
pub(crate) fn write_event(
    fields: &Fields,
    dialect: Dialect,
    timestamp: Timestamp,
    id_is_uuid: bool,
    parent_is_uuid: bool,
) -> (String, String) {
    let mut writer = Writer::new(fields.event.raw());
    write_head(&mut writer, id_is_uuid.then_some(dialect), parent_is_uuid);
    for (field, name, value) in fields.iter() {
        let is_in_head = match field {
            Field::TraceId | Field::Timestamp => true,
            Field::ParentId => parent_is_uuid,
            field => id_is_uuid && field == Field::of_id(dialect),
        };
        if !is_in_head {
            writer.push(",");
            writer.name(name.raw());
            write_field(&mut writer, field, value, dialect, fields.get(Field::Metadata));
        }
        if writer.is_full() {
            return (WHOLE_EVENT.to_owned(), whole_event(fields, timestamp));
        }
    }
    writer.push("}");
    (writer.template, writer.values)
}

/// The event as it is read: as it was sent, with its timestamp in UTC.
fn whole_event(fields: &Fields, timestamp: Timestamp) -> String {
    let json = fields.event.raw();
    let sent = fields.get(Field::Timestamp).map_or(&json[..0], Json::raw);
    let place = sent.as_ptr().addr() - json.as_ptr().addr();
    let (before, after) = (&json[..place], &json[place + sent.len()..]);
    escape_json(&format!("{before}\"{timestamp}\"{after}")).into_owned()
}

/// `id_of`: the dialect that names the id, if it is in the head.
fn write_head(writer: &mut Writer, id_of: Option<Dialect>, has_parent: bool) {
    if let Some(dialect) = id_of {
        writer.push(if dialect == Dialect::Sdk { "{\"id\":" } else { "{\"event_id\":" });
        writer.column(Column::EventId);
        writer.push(",\"trace_id\":");
    } else {
        writer.push("{\"trace_id\":");
    }
    writer.column(Column::TraceId);
    if has_parent {
        writer.push(",\"parent_id\":");
        writer.column(Column::ParentId);
    }
    writer.push(",\"timestamp\":");
    writer.column(Column::Timestamp);
}

fn write_field(
    writer: &mut Writer,
    field: Field,
    value: Json,
    dialect: Dialect,
    metadata: Option<Json>,
) {
    match (field, dialect) {
        (Field::Kind, _) => write_kind(writer, value),
        (Field::Metadata, _) if value.is_object() => {
            write_object(writer, value, is_process_field);
        }
        (Field::VectorClock, Dialect::Flat) if value.is_object() => write_clock(writer, value),
        (Field::CausalityVector, Dialect::Sdk) if value.is_array() => {
            write_pairs(writer, value, metadata);
        }
        // The same in many events.
        _ if matches!(value.raw(), "null" | "[]" | "{}") => writer.literal(value.raw()),
        _ => writer.hole(value.raw()),
    }
}

/// Whether a field of `metadata` is the same in all events of a process.
fn is_process_field(name: Json, value: Json) -> bool {
    value.is_null()
        || matches!(
            name.unescaped(),
            Some("service_name" | "environment" | "tags" | "process_id" | "instance_id")
        )
}

/// A payload's names belong to its kind; its values are the event's own.
fn write_kind(writer: &mut Writer, kind: Json) {
    let Some((name, payload)) = kind.fields().last() else { return writer.literal(kind.raw()) };
    writer.push("{");
    writer.name(name.raw());
    if payload.is_object() {
        write_object(writer, payload, |_, _| false);
    } else {
        writer.hole(payload.raw());
    }
    writer.push("}");
}

fn write_object(writer: &mut Writer, object: Json, is_literal: impl Fn(Json, Json) -> bool) {
    writer.push("{");
    for (index, (name, value)) in object.fields().enumerate() {
        if index > 0 {
            writer.push(",");
        }
        writer.name(name.raw());
        if is_literal(name, value) {
            writer.literal(value.raw());
        } else {
            writer.hole(value.raw());
        }
        if writer.is_full() {
            return;
        }
    }
    writer.push("}");
}

/// A process' own component, `service_name#instance_id`, is the same in its events; those that it heard of
/// are not.
fn write_pairs(writer: &mut Writer, pairs: Json, metadata: Option<Json>) {
    let text = |name| metadata.and_then(|metadata| metadata.get(name)?.string());
    let service = text("service_name").unwrap_or_default();
    let instance = text("instance_id").unwrap_or_default();
    writer.push("[");
    for (index, (component, clock)) in pairs.children().filter_map(clock_pair).enumerate() {
        writer.push(if index > 0 { ",[" } else { "[" });
        let name = component.string();
        let is_own =
            name.as_deref().and_then(|name| name.strip_prefix(&*service)?.strip_prefix('#'));
        if is_own == Some(&*instance) {
            writer.literal(component.raw());
        } else {
            writer.hole(component.raw());
        }
        writer.push(",");
        writer.hole(clock.raw());
        writer.push("]");
        if writer.is_full() {
            return;
        }
    }
    writer.push("]");
}

/// `[component, clock]`
pub(crate) fn clock_pair<'t, 'a>(pair: Json<'t, 'a>) -> Option<(Json<'t, 'a>, Json<'t, 'a>)> {
    let mut parts = pair.is_array().then(|| pair.children())?;
    let (component, clock) = (parts.next()?, parts.next()?);
    let is_pair = component.is_string() && is_whole_number(clock.raw()) && parts.next().is_none();
    is_pair.then_some((component, clock))
}

fn write_clock(writer: &mut Writer, clock: Json) {
    writer.push("{");
    for (index, (component, clock)) in clock.fields().enumerate() {
        if index > 0 {
            writer.push(",");
        }
        writer.hole(component.raw());
        writer.push(":");
        writer.hole(clock.raw());
        if writer.is_full() {
            return;
        }
    }
    writer.push("}");
}
