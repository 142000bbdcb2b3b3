//! From JSON, and from templates with their values, to `jsonb`.

use std::borrow::Cow;

use raceway_model::{Column, Found, Json, Name, Part, Tape, split_values};

use super::Jsonb;
use super::container::{Buffer, Entry};
use super::number::numeric;

/// What fills the holes of a template.
pub(crate) struct Filling<'e> {
    values: Vec<&'e str>,
    /// Texts as `jsonb` holds them, in the order of [`Column`].
    columns: [String; 4],
}

impl<'e> Filling<'e> {
    pub(crate) fn new(values: &'e str) -> Self {
        Filling { values: split_values(values).collect(), columns: Default::default() }
    }

    /// With what the row's columns give back.
    pub(crate) fn with_columns(values: &'e str, columns: [String; 4]) -> Self {
        Filling { columns, ..Filling::new(values) }
    }

    fn value(&self, place: usize) -> &'e str {
        self.values.get(place).copied().unwrap_or_default()
    }

    fn column(&self, column: Column) -> &str {
        &self.columns[column as usize - 1]
    }
}

/// What was found in an event.
pub(crate) fn value(found: Found, filling: &Filling) -> Jsonb {
    let mut buffer = Buffer::new();
    match found {
        Found::Text(json) if json.starts_with(['{', '[']) => container(&mut buffer, json),
        Found::Text(json) => buffer.alone(|buffer| scalar(buffer, json)),
        Found::Part(found) => part(&mut buffer, found, filling),
    };
    Jsonb(buffer)
}

/// `[[component, clock], …]` as `{component: clock}`: of several clocks of a component the greatest.
pub(crate) fn clock(found: Found, filling: &Filling) -> Jsonb {
    let mut buffer = Buffer::new();
    let mut write = |mut pairs: Vec<(Cow<str>, &str)>| {
        pairs.sort_by_key(|(_, clock)| Found::Text(clock).whole_number());
        buffer.object(pairs, scalar);
    };
    match found {
        Found::Text(json) => {
            let tape = Tape::read(json);
            write(tape.root().children().filter_map(json_pair).collect());
        }
        Found::Part(Part::Array(pairs)) => {
            write(pairs.iter().filter_map(|pair| filled_pair(pair, filling)).collect());
        }
        Found::Part(_) => write(Vec::new()),
    }
    Jsonb(buffer)
}

fn json_pair<'a>(pair: Json<'_, 'a>) -> Option<(Cow<'a, str>, &'a str)> {
    let mut parts = pair.children();
    Some((parts.next()?.string()?, parts.next()?.raw()))
}

fn filled_pair<'e>(pair: &'e Part, filling: &Filling<'e>) -> Option<(Cow<'e, str>, &'e str)> {
    let Part::Array(parts) = pair else { return None };
    let json = |part: &'e Part| match part {
        Part::Hole(place) => Some(filling.value(*place)),
        Part::Scalar(json) => Some(&**json),
        _ => None,
    };
    let [component, clock] = &parts[..] else { return None };
    Some((string(json(component)?), json(clock)?))
}

fn part<'e>(buffer: &mut Buffer, found: &'e Part, filling: &Filling<'e>) -> Entry {
    match found {
        Part::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (key(name, filling), value));
            buffer.object(fields.collect(), |buffer, value| part(buffer, value, filling))
        }
        Part::Array(elements) => {
            buffer.array(elements.iter(), |buffer, element| part(buffer, element, filling))
        }
        Part::Scalar(json) => scalar(buffer, json),
        Part::Hole(place) => text(buffer, filling.value(*place)),
        Part::Column(column) => buffer.string(filling.column(*column)),
    }
}

fn key<'e>(name: &'e Name, filling: &Filling<'e>) -> Cow<'e, str> {
    match name {
        Name::Text(name) => Cow::Borrowed(name),
        Name::Hole(place) => string(filling.value(*place)),
    }
}

fn text(buffer: &mut Buffer, json: &str) -> Entry {
    if json.starts_with(['{', '[']) { container(buffer, json) } else { scalar(buffer, json) }
}

fn container(buffer: &mut Buffer, json: &str) -> Entry {
    node(buffer, Tape::read(json).root())
}

fn node(buffer: &mut Buffer, json: Json) -> Entry {
    if json.is_object() {
        let fields = json.fields().map(|(name, value)| (name.string().unwrap_or_default(), value));
        buffer.object(fields.collect(), node)
    } else if json.is_array() {
        let elements: Vec<Json> = json.children().collect();
        buffer.array(elements.into_iter(), node)
    } else {
        scalar(buffer, json.raw())
    }
}

fn scalar(buffer: &mut Buffer, json: &str) -> Entry {
    match json.as_bytes().first() {
        Some(b'"') => buffer.string(&string(json)),
        Some(b'-' | b'0'..=b'9') => buffer.numeric(&numeric(json)),
        _ => Buffer::word(json),
    }
}

/// The text of a JSON string, as `jsonb` holds it.
fn string(json: &str) -> Cow<'_, str> {
    Tape::read(json).root().string().unwrap_or_default()
}
