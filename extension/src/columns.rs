//! The columns of the view `events` that an event has in its template and values. Declared in
//! `sql/extension/columns.sql`; for plain SQL they are in `sql/plain/columns.sql`.
//!
//! Frames never change, so that what a frame and values say is a fact: the functions are immutable,
//! and can be indexed.

use std::borrow::Cow;

use pgrx::datum::{TimestampWithTimeZone, Uuid};
use pgrx::pg_extern;
use pgrx::pg_sys::FunctionCallInfo;
use raceway_model::{
    Dialect, Field, Found, FrameRow, Meaning, StoredEvent, escape_text, uuid_text,
};

use crate::argument;
use crate::frame;
use crate::instant::nearest;
use crate::jsonb::{self, Filling, Jsonb};
use crate::text::Text;

/// What is read of the frame that the first argument names.
fn of_frame<T>(call: FunctionCallInfo, read: impl FnOnce(&FrameRow) -> Option<T>) -> Option<T> {
    frame::with(call, argument::integer(call, 0), read)
}

/// What is read of the event with the values that the argument of this place holds.
fn of_event<T>(
    call: FunctionCallInfo,
    values_at: usize,
    read: impl for<'e> FnOnce(&StoredEvent<'e>) -> Option<T>,
) -> Option<T> {
    of_frame(call, |known| read(&known.frame.event(argument::text(&call, values_at))))
}

/// A column of text.
fn text(
    call: FunctionCallInfo,
    values_at: usize,
    column: impl for<'e> FnOnce(&StoredEvent<'e>) -> Option<Cow<'e, str>>,
) -> Option<Text> {
    of_event(call, values_at, |event| column(event).map(|text| Text::new(&text)))
}

/// A column of JSON.
fn json(
    call: FunctionCallInfo,
    column: impl for<'e> FnOnce(&StoredEvent<'e>) -> Option<Found<'e>>,
) -> Option<Jsonb> {
    of_event(call, 1, |event| {
        let found = column(event)?;
        Some(jsonb::value(found, &Filling::new(argument::text(&call, 1))))
    })
}

macro_rules! text_columns {
    ($($function:ident: $column:expr;)*) => {
        $(
            #[pg_extern(sql = false)]
            fn $function(call: FunctionCallInfo) -> Option<Text> {
                text(call, 1, $column)
            }
        )*
    };
}

text_columns! {
    raceway_location: |event| event.location();
    raceway_variable: |event| event.variable();
    raceway_access_type: |event| event.access_type();
    raceway_thread_id: |event| event.field_text(Field::ThreadId);
    raceway_environment: |event| event.field_text(Field::Environment);
    raceway_instance_id: |event| event.field_text(Field::InstanceId);
    raceway_distributed_span_id: |event| event.field_text(Field::DistributedSpanId);
    raceway_upstream_span_id: |event| event.field_text(Field::UpstreamSpanId);
}

macro_rules! json_columns {
    ($($function:ident: $column:expr;)*) => {
        $(
            #[pg_extern(sql = false)]
            fn $function(call: FunctionCallInfo) -> Option<Jsonb> {
                json(call, $column)
            }
        )*
    };
}

json_columns! {
    raceway_metadata: |event| event.payload();
    raceway_lock_set: |event| event.lock_set();
    raceway_old_value: |event| event.field(Field::OldValue);
    raceway_new_value: |event| event.field(Field::NewValue);
}

#[pg_extern(sql = false)]
fn raceway_kind(call: FunctionCallInfo) -> Option<Text> {
    of_frame(call, |known| Some(Text::new(&known.kind)))
}

#[pg_extern(sql = false)]
fn raceway_service_name(call: FunctionCallInfo) -> Option<Text> {
    of_frame(call, |known| known.service_name.as_deref().map(Text::new))
}

#[pg_extern(sql = false)]
fn raceway_duration_ms(call: FunctionCallInfo) -> Option<f64> {
    of_event(call, 1, |event| event.duration_ms())
}

#[pg_extern(sql = false)]
fn raceway_process_id(call: FunctionCallInfo) -> Option<i64> {
    of_event(call, 1, |event| event.process_id())
}

#[pg_extern(sql = false)]
fn raceway_vector_clock(call: FunctionCallInfo) -> Option<Jsonb> {
    of_event(call, 1, |event| {
        let (clock, filling) = (event.clock()?, Filling::new(argument::text(&call, 1)));
        Some(match event.dialect() {
            Dialect::Flat => jsonb::value(clock, &filling),
            Dialect::Sdk => jsonb::clock(clock, &filling),
        })
    })
}

#[pg_extern(sql = false)]
fn raceway_event_id(call: FunctionCallInfo) -> Option<Text> {
    text(call, 2, |event| event.event_id(&argument::uuid(call, 1)))
}

#[pg_extern(sql = false)]
fn raceway_parent_id(call: FunctionCallInfo) -> Option<Text> {
    text(call, 2, |event| event.parent_id(&argument::uuid(call, 1)))
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
