//! From the JSON of either dialect to an [`Event`].

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;

use crate::fields::{Field, Fields};
use crate::id::id_key;
use crate::number::is_whole_number;
use crate::replaced::without_replaced;
use crate::tape::{Json, Tape};
use crate::write::{clock_pair, write_event};
use crate::{Dialect, Event, Reason, Timestamp};

const ID_CHARACTERS: usize = 255;
const KIND_CHARACTERS: usize = 50;
const NAME_CHARACTERS: usize = 255;

impl<'a> Event<'a> {
    /// Reads one event in either dialect.
    ///
    /// It is in the flat dialect when it has an `event_id` and no `id` (or an `id` beside a `kind`
    /// that is not an object). An id, a trace id, a kind and a timestamp are required; clocks must
    /// be clocks; nothing else is rejected.
    pub fn parse(json: &'a str) -> Result<Self, Reason> {
        check_json(json)?;
        Event::of_json(Tape::read(json).root())
    }

    pub(crate) fn of_json(json: Json<'_, 'a>) -> Result<Self, Reason> {
        json.check_jsonb()?;
        if !json.is_object() {
            return Err(Reason::NotAnObject);
        }
        if json.may_be_written_too_deep() {
            return Ok(Event::of_json(Tape::read(&without_replaced(json)).root())?.into_owned());
        }
        let fields = Fields::of(json);
        let dialect = fields.dialect();
        let head = Head::of(&fields, dialect)?;
        let (event_key, id_is_uuid) = id_key(&head.event_id);
        let (parent_key, parent_is_uuid) = head.parent_id.as_deref().map(id_key).unzip();
        let parent_is_uuid = parent_is_uuid == Some(true);
        let (template, values) =
            write_event(&fields, dialect, head.timestamp, id_is_uuid, parent_is_uuid);
        Ok(Event {
            event_id: head.event_id,
            event_key,
            id_is_uuid,
            trace_id: head.trace_id,
            parent_id: head.parent_id,
            parent_key,
            parent_is_uuid,
            timestamp: head.timestamp,
            kind: head.kind,
            service_name: head.service_name,
            dialect,
            template,
            values,
        })
    }
}

/// What every event must have, and what tells whose it is.
pub(crate) struct Head<'a> {
    pub(crate) event_id: Cow<'a, str>,
    pub(crate) trace_id: Cow<'a, str>,
    pub(crate) parent_id: Option<Cow<'a, str>>,
    pub(crate) kind: Cow<'a, str>,
    pub(crate) timestamp: Timestamp,
    pub(crate) service_name: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    pub(crate) fn of(fields: &Fields<'_, 'a>, dialect: Dialect) -> Result<Self, Reason> {
        let key = |field| is_key(fields.get(field)?.string()?, ID_CHARACTERS);
        let event_id = key(Field::of_id(dialect)).ok_or(Reason::EventId)?;
        let trace_id = key(Field::TraceId).ok_or(Reason::TraceId)?;
        let kind = fields.get(Field::Kind).and_then(kind_name).ok_or(Reason::Kind)?;
        let timestamp = instant(fields.get(Field::Timestamp))?;
        check_clock(fields, dialect)?;
        let parent_id = fields.get(Field::ParentId).and_then(Json::string).and_then(without_nul);
        let service_name = fields.get(Field::Metadata).and_then(service_name);
        Ok(Head { event_id, trace_id, parent_id, kind, timestamp, service_name })
    }
}

fn instant(json: Option<Json>) -> Result<Timestamp, Reason> {
    let text = json.and_then(Json::string).ok_or(Reason::Timestamp)?;
    Timestamp::parse(&text).ok_or_else(|| {
        if Timestamp::lacks_offset(&text) { Reason::Offset } else { Reason::Timestamp }
    })
}

pub(crate) fn check_json(json: &str) -> Result<(), Reason> {
    match serde_json::from_str::<IgnoredAny>(json) {
        Ok(_) => Ok(()),
        Err(error) => Err(Reason::NotJson(error.to_string())),
    }
}

fn is_key(text: Cow<str>, limit: usize) -> Option<Cow<str>> {
    let fits = text.len() <= limit || text.chars().nth(limit).is_none();
    without_nul(text).filter(|text| fits && !text.is_empty())
}

/// JSON has U+0000 as an escape only, so that text that is borrowed from it has none.
fn without_nul(text: Cow<str>) -> Option<Cow<str>> {
    let has_nul = matches!(&text, Cow::Owned(text) if text.contains('\0'));
    (!has_nul).then_some(text)
}

/// The service's name as a column can hold it; an empty one is none.
fn service_name<'a>(metadata: Json<'_, 'a>) -> Option<Cow<'a, str>> {
    let name = metadata.get("service_name")?.string().and_then(without_nul)?;
    if name.len() <= NAME_CHARACTERS {
        return Some(name).filter(|name| !name.is_empty());
    }
    Some(Cow::Owned(name.chars().take(NAME_CHARACTERS).collect()))
}

/// The name of the variant: the kind itself, or its only key.
fn kind_name<'a>(kind: Json<'_, 'a>) -> Option<Cow<'a, str>> {
    let name = if kind.is_object() {
        let name = kind.fields().last()?.0.string()?;
        kind.fields().all(|(other, _)| other.spells(&name)).then_some(name)?
    } else {
        kind.string()?
    };
    is_key(name, KIND_CHARACTERS)
}

fn check_clock(fields: &Fields, dialect: Dialect) -> Result<(), Reason> {
    let (field, reason) = match dialect {
        Dialect::Sdk => (Field::CausalityVector, Reason::CausalityVector),
        Dialect::Flat => (Field::VectorClock, Reason::VectorClock),
    };
    let Some(clock) = fields.get(field).filter(|clock| !clock.is_null()) else { return Ok(()) };
    let is_clock = match dialect {
        Dialect::Sdk => clock.is_array() && clock.children().all(|pair| clock_pair(pair).is_some()),
        Dialect::Flat => clock.is_object() && are_clocks(clock),
    };
    if is_clock { Ok(()) } else { Err(reason) }
}

/// Of fields of one name the last counts.
fn are_clocks(components: Json) -> bool {
    let is_clock = |clock: Json| is_whole_number(clock.raw());
    components.fields().all(|(_, clock)| is_clock(clock)) || {
        let last = components.fields().map(|(name, clock)| (name.string(), clock));
        last.collect::<HashMap<_, _>>().into_values().all(is_clock)
    }
}
