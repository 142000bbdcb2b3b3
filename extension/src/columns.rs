//! The columns of the view `events` that an event has in its template and values. Declared in
//! `sql/extension/columns.sql`; for plain SQL they are in `sql/plain/columns.sql`.
//!
//! Frames never change, so that what a frame and values say is a fact: the functions are immutable,
//! and can be indexed.

use std::borrow::Cow;

use pgrx::datum::{TimestampWithTimeZone, Uuid};
use pgrx::pg_extern;
use pgrx::pg_sys::FunctionCallInfo;
use raceway_model::{Dialect, Found, Meaning, StoredEvent, escape_text, uuid_text};

use crate::frame;
use crate::instant::nearest;
use crate::jsonb::{self, Filling, Jsonb};

/// A column of text.
fn text(
    call: FunctionCallInfo,
    frame_id: i32,
    values: &str,
    column: impl for<'e> FnOnce(&StoredEvent<'e>) -> Option<Cow<'e, str>>,
) -> Option<String> {
    frame::with(call, frame_id, |known| column(&known.frame.event(values)).map(Cow::into_owned))
}

/// A column of JSON.
fn json(
    call: FunctionCallInfo,
    frame_id: i32,
    values: &str,
    column: impl for<'e> FnOnce(&StoredEvent<'e>) -> Option<Found<'e>>,
) -> Option<Jsonb> {
    frame::with(call, frame_id, |known| {
        let found = column(&known.frame.event(values))?;
        Some(jsonb::value(found, &Filling::new(values)))
    })
}

macro_rules! text_columns {
    ($($function:ident: $column:expr;)*) => {
        $(
            #[pg_extern(sql = false)]
            fn $function(frame_id: i32, values: &str, call: FunctionCallInfo) -> Option<String> {
                text(call, frame_id, values, $column)
            }
        )*
    };
}

text_columns! {
    raceway_location: |event| event.location();
    raceway_variable: |event| event.variable();
    raceway_access_type: |event| event.access_type();
    raceway_thread_id: |event| event.metadata_text("thread_id");
    raceway_environment: |event| event.metadata_text("environment");
    raceway_instance_id: |event| event.metadata_text("instance_id");
    raceway_distributed_span_id: |event| event.metadata_text("distributed_span_id");
    raceway_upstream_span_id: |event| event.metadata_text("upstream_span_id");
}

macro_rules! json_columns {
    ($($function:ident: $column:expr;)*) => {
        $(
            #[pg_extern(sql = false)]
            fn $function(frame_id: i32, values: &str, call: FunctionCallInfo) -> Option<Jsonb> {
                json(call, frame_id, values, $column)
            }
        )*
    };
}

json_columns! {
    raceway_metadata: |event| event.payload();
    raceway_lock_set: |event| event.lock_set();
    raceway_old_value: |event| event.in_payload("old_value");
    raceway_new_value: |event| event.in_payload("new_value");
}

#[pg_extern(sql = false)]
fn raceway_kind(frame_id: i32, call: FunctionCallInfo) -> Option<String> {
    frame::with(call, frame_id, |known| Some(known.kind.clone()))
}

#[pg_extern(sql = false)]
fn raceway_service_name(frame_id: i32, call: FunctionCallInfo) -> Option<String> {
    frame::with(call, frame_id, |known| known.service_name.clone())
}

#[pg_extern(sql = false)]
fn raceway_duration_ms(frame_id: i32, values: &str, call: FunctionCallInfo) -> Option<f64> {
    frame::with(call, frame_id, |known| known.frame.event(values).duration_ms())
}

#[pg_extern(sql = false)]
fn raceway_process_id(frame_id: i32, values: &str, call: FunctionCallInfo) -> Option<i64> {
    frame::with(call, frame_id, |known| known.frame.event(values).process_id())
}

#[pg_extern(sql = false)]
fn raceway_vector_clock(frame_id: i32, values: &str, call: FunctionCallInfo) -> Option<Jsonb> {
    frame::with(call, frame_id, |known| {
        let event = known.frame.event(values);
        let (clock, filling) = (event.clock()?, Filling::new(values));
        Some(match event.dialect() {
            Dialect::Flat => jsonb::value(clock, &filling),
            Dialect::Sdk => jsonb::clock(clock, &filling),
        })
    })
}

#[pg_extern(sql = false)]
fn raceway_event_id(
    frame_id: i32,
    event_key: Uuid,
    values: &str,
    call: FunctionCallInfo,
) -> Option<String> {
    text(call, frame_id, values, |event| event.event_id(event_key.as_bytes()))
}

#[pg_extern(sql = false)]
fn raceway_parent_id(
    frame_id: i32,
    parent_key: Uuid,
    values: &str,
    call: FunctionCallInfo,
) -> Option<String> {
    text(call, frame_id, values, |event| event.parent_id(parent_key.as_bytes()))
}

#[pg_extern(sql = false)]
fn raceway_event(
    frame_id: i32,
    event_key: Uuid,
    trace_id: Option<&str>,
    parent_key: Option<Uuid>,
    instant: TimestampWithTimeZone,
    values: &str,
    call: FunctionCallInfo,
) -> Option<Jsonb> {
    frame::with(call, frame_id, |known| {
        let columns = [
            uuid_text(event_key.as_bytes()),
            escape_text(trace_id?),
            parent_key.map(|key| uuid_text(key.as_bytes())).unwrap_or_default(),
            nearest(instant).to_string(),
        ];
        let event = known.frame.event(values).root()?;
        Some(jsonb::value(event, &Filling::with_columns(values, columns)))
    })
}
