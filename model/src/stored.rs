//! An event by its frame and its values, read where they are: nothing is put together to find a field.

use std::borrow::Cow;

use crate::field::Field;
use crate::meaning::{Escape, Found, Meaning};
use crate::skeleton::{Name, Part};
use crate::tape::Tape;
use crate::template::{json_string, split_values};
use crate::{Dialect, IdKey, escape_text, unescape_json, uuid_text};

/// What events of one frame share, ready to be looked into.
#[derive(Clone, Debug)]
pub struct Frame {
    /// How they were sent.
    pub dialect: Dialect,
    /// The name of their kind, as `jsonb` holds it.
    kind: String,
    /// `None` where somebody has damaged the template: then nothing is found.
    root: Option<Part>,
    /// Where each field is. Found once for a frame and not for each event, a column of text costs 0.1
    /// microseconds less.
    places: Vec<Place>,
}

/// Where a field is.
#[derive(Clone, Debug)]
enum Place {
    Nowhere,
    /// It is one of the event's values.
    Value(usize),
    /// It is the same in all events: JSON of a string, a number or a word.
    Scalar(String),
    /// It has to be looked for: within a value, or it has values within it.
    Sought,
}

impl Place {
    fn of(root: &Part, path: &[&str]) -> Self {
        match locate(root, path) {
            None | Some((Part::Column(_), _)) => Place::Nowhere,
            Some((Part::Hole(place), [])) => Place::Value(*place),
            Some((Part::Scalar(json), _)) => Place::Scalar(json.clone()),
            Some(_) => Place::Sought,
        }
    }
}

/// Follows the path as far as the template goes: the part where it ends, or the hole that has the rest of
/// it within.
fn locate<'e, 'p>(
    mut part: &'e Part,
    mut path: &'p [&'p str],
) -> Option<(&'e Part, &'p [&'p str])> {
    while let [name, rest @ ..] = path {
        if matches!(part, Part::Hole(_)) {
            break;
        }
        (part, path) = (part.get(name)?, rest);
    }
    Some((part, path))
}

impl Frame {
    /// The kind is spelled as it was sent.
    #[must_use]
    pub fn new(dialect: Dialect, kind: &str, template: &str) -> Self {
        let kind = escape_text(kind);
        let root = Part::of_template(template);
        let place = |field: Field| {
            let root = root.as_ref()?;
            Some(field.with_path(dialect, &kind, |path| Place::of(root, path)))
        };
        let places = Field::ALL.map(|field| place(field).unwrap_or(Place::Nowhere)).into();
        Frame { dialect, kind, root, places }
    }

    /// The event with these values.
    #[must_use]
    pub fn event<'e>(&'e self, values: &'e str) -> StoredEvent<'e> {
        StoredEvent { frame: self, values: Values::Joined(values) }
    }

    /// The event with these values, [split](split_values): for whoever reads more than a few fields.
    #[must_use]
    pub fn event_of<'e>(&'e self, values: &'e [&'e str]) -> StoredEvent<'e> {
        StoredEvent { frame: self, values: Values::Split(values) }
    }

    /// Whether events have the column in their template.
    fn has_column(&self, name: &str) -> bool {
        matches!(self.root.as_ref().and_then(|root| root.get(name)), Some(Part::Column(_)))
    }
}

/// One event, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredEvent<'e> {
    frame: &'e Frame,
    values: Values<'e>,
}

/// The values of an event.
#[derive(Clone, Copy, Debug)]
enum Values<'e> {
    /// With a separator between them.
    Joined(&'e str),
    /// One by one.
    Split(&'e [&'e str]),
}

impl<'e> Values<'e> {
    fn get(self, place: usize) -> Option<&'e str> {
        match self {
            Values::Joined(values) => split_values(values).nth(place),
            Values::Split(values) => values.get(place).copied(),
        }
    }
}

impl<'e> StoredEvent<'e> {
    /// The whole of it.
    #[must_use]
    pub fn root(&self) -> Option<Found<'e>> {
        self.find(&[])
    }

    /// Its id: what its key spells, or the field.
    #[must_use]
    pub fn event_id(&self, event_key: &IdKey) -> Option<Cow<'e, str>> {
        match self.frame.dialect {
            Dialect::Flat => self.id("event_id", event_key),
            Dialect::Sdk => self.id("id", event_key),
        }
    }

    /// The id of its parent, of which this is the key.
    #[must_use]
    pub fn parent_id(&self, parent_key: &IdKey) -> Option<Cow<'e, str>> {
        self.id("parent_id", parent_key)
    }

    fn id(&self, name: &str, key: &IdKey) -> Option<Cow<'e, str>> {
        if self.frame.has_column(name) {
            return Some(Cow::Owned(uuid_text(key)));
        }
        self.find(&[name])?.string(self.escape())
    }

    fn value(&self, place: usize) -> Option<&'e str> {
        self.values.get(place)
    }

    /// Writes JSON of a part of the template, with the values in its holes.
    fn write(&self, part: &Part, json: &mut String) {
        match part {
            Part::Object(fields) => {
                write_list(['{', '}'], fields, json, |(name, part), json| {
                    match name {
                        Name::Text(name) => json.push_str(&json_string(name)),
                        Name::Hole(place) => json.push_str(self.value(*place).unwrap_or("\"\"")),
                    }
                    json.push(':');
                    self.write(part, json);
                });
            }
            Part::Array(parts) => {
                write_list(['[', ']'], parts, json, |part, json| self.write(part, json));
            }
            Part::Scalar(scalar) => json.push_str(scalar),
            Part::Hole(place) => json.push_str(self.value(*place).unwrap_or("null")),
            Part::Column(_) => json.push_str("null"),
        }
    }
}

fn write_list<T>(
    [open, close]: [char; 2],
    items: &[T],
    json: &mut String,
    write: impl Fn(&T, &mut String),
) {
    json.push(open);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        write(item, json);
    }
    json.push(close);
}

impl<'e> Meaning<'e> for StoredEvent<'e> {
    fn dialect(&self) -> Dialect {
        self.frame.dialect
    }

    fn kind_name(&self) -> &str {
        &self.frame.kind
    }

    fn escape(&self) -> Escape {
        Escape::Jsonb
    }

    fn find(&self, path: &[&str]) -> Option<Found<'e>> {
        match locate(self.frame.root.as_ref()?, path)? {
            (Part::Hole(place), rest) => within(self.value(*place)?, rest),
            (Part::Scalar(json), _) => Some(Found::Text(json)),
            (Part::Column(_), _) => None,
            (part, _) => Some(Found::Part(part)),
        }
    }

    fn field(&self, field: Field) -> Option<Found<'e>> {
        match self.frame.places.get(field as usize)? {
            Place::Nowhere => None,
            Place::Value(place) => Some(Found::Text(self.value(*place)?)),
            Place::Scalar(json) => Some(Found::Text(json)),
            Place::Sought => {
                field.with_path(self.frame.dialect, &self.frame.kind, |path| self.find(path))
            }
        }
    }

    fn json(&self, found: Found<'e>) -> Cow<'e, str> {
        match found {
            Found::Text(json) => unescape_json(json),
            Found::Part(part) => {
                let mut json = String::new();
                self.write(part, &mut json);
                Cow::Owned(unescape_json(&json).into_owned())
            }
        }
    }
}

/// A value within JSON.
fn within<'a>(json: &'a str, path: &[&str]) -> Option<Found<'a>> {
    if path.is_empty() {
        return Some(Found::Text(json));
    }
    Tape::read(json).root().at(path).map(|value| Found::Text(value.raw()))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Frame;
    use crate::meaning::Meaning;
    use crate::{Dialect, Event, WHOLE_EVENT, escape_json};

    fn variable(json: &str) -> Option<String> {
        let event = Event::parse(json).expect("an event");
        let frame = Frame::new(event.dialect, &event.kind, &event.template);
        frame.event(&event.values).variable().map(Cow::into_owned)
    }

    #[test]
    fn a_field_is_found_among_the_values() {
        let event = |kind: &str, variable: &str| {
            format!(
                r#"{{"id":"e","trace_id":"t","timestamp":"2026-01-31T12:00:00Z",
                    "kind":{{{kind}:{{"a":1,"variable":1,"variable":{variable}}}}}}}"#
            )
        };
        for kind in [r#""StateChange""#, r#""\\u0000 100 %""#, r#""\u0010""#] {
            assert_eq!(variable(&event(kind, r#""a\"b""#)).as_deref(), Some("a\"b"), "{kind}");
        }
        assert_eq!(variable(&event(r#""K""#, r#""a\u0010b""#)).as_deref(), Some("a\u{10}b"));
        assert_eq!(variable(&event(r#""K""#, r#""a\u0000b""#)), None);
        assert_eq!(variable(&event(r#""K""#, "5")), None);
    }

    #[test]
    fn a_field_is_found_in_an_event_that_shares_nothing() {
        let json = escape_json(r#"{"kind":"K","metadata":{"variable":"x\u0010"}}"#);
        let frame = Frame::new(Dialect::Flat, "K", WHOLE_EVENT);
        assert_eq!(frame.event(&json).variable().as_deref(), Some("x\u{10}"));
    }
}
