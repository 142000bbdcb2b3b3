//! What an event means, in whichever dialect and wherever it is read from: the columns of the view
//! `events`. The same for plain SQL is in `sql/events.sql`; the tests hold the two against each other.

use std::borrow::Cow;

use crate::field::Field;
use crate::number::as_whole_number;
use crate::skeleton::Part;
use crate::tape::{Json, Tape};
use crate::{Dialect, unescape_json};

/// A location is cut to so many characters, and so is the name of a variable: what a B-tree can hold.
const LOCATION_CHARACTERS: usize = 500;
/// Other names are cut to so many.
const NAME_CHARACTERS: usize = 255;
/// Beyond these, a number is no duration.
const DOUBLES: std::ops::RangeInclusive<f64> = 1e-300..=1e300;

/// A value within an event.
#[derive(Clone, Copy, Debug)]
pub enum Found<'e> {
    /// Its JSON.
    Text(&'e str),
    /// Its template, with holes for what the event has of its own: an object or an array.
    Part(&'e Part),
}

impl<'e> Found<'e> {
    /// JSON of a template is no text.
    pub(crate) fn text(self) -> &'e str {
        match self {
            Found::Text(json) => json,
            Found::Part(_) => "",
        }
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        match self {
            Found::Text(json) => json.starts_with('['),
            Found::Part(part) => matches!(part, Part::Array(_)),
        }
    }

    fn is_null(self) -> bool {
        self.text() == "null"
    }

    fn is_string(self) -> bool {
        self.text().starts_with('"')
    }

    /// The text of a string; `None` for other values, and for text with U+0000.
    #[must_use]
    pub fn string(self, escape: Escape) -> Option<Cow<'e, str>> {
        let json = self.text();
        let inside = json.strip_prefix('"')?.strip_suffix('"')?;
        if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
            return Some(Cow::Borrowed(inside));
        }
        let sent = match escape {
            Escape::Jsonb => unescape_json(json),
            Escape::None => Cow::Borrowed(json),
        };
        let text: String = serde_json::from_str(&sent).ok()?;
        (!text.contains('\0')).then_some(Cow::Owned(text))
    }

    fn double(self) -> Option<f64> {
        let number = self.number()?;
        let number: f64 = number.parse().ok()?;
        (number == 0.0 || DOUBLES.contains(&number.abs())).then_some(number)
    }

    fn number(self) -> Option<&'e str> {
        Some(self.text()).filter(|json| json.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
    }

    /// A whole number from 0 to `u64::MAX`, also spelled `3.0`.
    #[must_use]
    pub fn whole_number(self) -> Option<u64> {
        let number = self.number()?;
        number.parse().ok().or_else(|| as_whole_number(&serde_json::from_str(number).ok()?))
    }

    /// The digits of [that number](Self::whole_number). As nearly all are sent they are taken as they are.
    fn whole_digits(self) -> Option<Cow<'e, str>> {
        let sent = self.text();
        if (1..20).contains(&sent.len()) && sent.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Cow::Borrowed(sent));
        }
        Some(Cow::Owned(self.whole_number()?.to_string()))
    }
}

/// How text within JSON is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As it was sent.
    None,
    /// As [`escape_json`](crate::escape_json) does for `jsonb`.
    Jsonb,
}

/// An event whose fields can be found.
pub trait Meaning<'e> {
    /// How it was sent.
    fn dialect(&self) -> Dialect;

    /// The name of its kind, as [`find`](Self::find) takes it.
    fn kind_name(&self) -> &str;

    /// How strings in it are spelled.
    fn escape(&self) -> Escape;

    /// The value of the field of these names within each other.
    fn find(&self, path: &[&str]) -> Option<Found<'e>>;

    /// The value of this field.
    fn field(&self, field: Field) -> Option<Found<'e>> {
        field.with_path(self.dialect(), self.kind_name(), |path| self.find(path))
    }

    /// JSON of what was found, as it was sent.
    fn json(&self, found: Found<'e>) -> Cow<'e, str>;

    /// Text that is no string is none.
    fn text(&self, found: Option<Found<'e>>, characters: usize) -> Option<Cow<'e, str>> {
        Some(truncated(found?.string(self.escape())?, characters))
    }

    /// The payload of its kind (SDK dialect), or its metadata (flat dialect).
    fn payload(&self) -> Option<Found<'e>> {
        match self.dialect() {
            Dialect::Flat => self.find(&["metadata"]),
            Dialect::Sdk => self.find(&["kind", self.kind_name()]),
        }
    }

    /// A field of the payload.
    fn in_payload(&self, name: &str) -> Option<Found<'e>> {
        match self.dialect() {
            Dialect::Flat => self.find(&["metadata", name]),
            Dialect::Sdk => self.find(&["kind", self.kind_name(), name]),
        }
    }

    /// The text of a field whose name may be as long as a service's.
    fn field_text(&self, field: Field) -> Option<Cow<'e, str>> {
        self.text(self.field(field), NAME_CHARACTERS)
    }

    /// The number of the process that recorded it.
    fn process_id(&self) -> Option<i64> {
        i64::try_from(self.field(Field::ProcessId)?.whole_number()?).ok()
    }

    /// Milliseconds that it took.
    fn duration_ms(&self) -> Option<f64> {
        let nanoseconds = match self.dialect() {
            Dialect::Flat => None,
            Dialect::Sdk => self.field(Field::DurationNs).and_then(Found::double),
        };
        nanoseconds
            .map(|nanoseconds| nanoseconds / 1e6)
            .or_else(|| self.field(Field::DurationMs)?.double())
    }

    /// Where in the source it happened: its location, else file and line of its payload.
    fn location(&self) -> Option<Cow<'e, str>> {
        let location = self.field(Field::Location);
        if self.dialect() == Dialect::Flat || location.is_some_and(Found::is_string) {
            return self.text(location, LOCATION_CHARACTERS);
        }
        let mut place = self.field(Field::File)?.string(self.escape())?;
        if let Some(line) = self.field(Field::Line).and_then(Found::whole_digits) {
            place = Cow::Owned([&*place, ":", &*line].concat());
        }
        Some(truncated(place, LOCATION_CHARACTERS))
    }

    /// The variable that it reads or writes.
    fn variable(&self) -> Option<Cow<'e, str>> {
        self.text(self.field(Field::Variable), LOCATION_CHARACTERS)
    }

    /// How it touches the variable: `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    fn access_type(&self) -> Option<Cow<'e, str>> {
        self.field_text(Field::AccessType)
    }

    /// The text of a field of the payload.
    fn payload_text(&self, name: &str) -> Option<Cow<'e, str>> {
        self.text(self.in_payload(name), NAME_CHARACTERS)
    }

    /// What its operation is named after: a function, a method, a status, a variable, a type of lock or of
    /// error, a name. Numbers are spelled as they were sent.
    fn subject(&self, kind: &str) -> Option<Cow<'e, str>> {
        let field = match kind {
            "FunctionCall" | "FunctionReturn" => "function_name",
            "HttpRequest" => "method",
            "HttpResponse" => "status",
            "StateChange" => "variable",
            "LockAcquire" | "LockRelease" => "lock_type",
            "Error" => "error_type",
            "Custom" => "name",
            _ => return None,
        };
        let found = self.in_payload(field)?;
        let number = || Some(truncated(Cow::Borrowed(found.number()?), NAME_CHARACTERS));
        self.text(Some(found), NAME_CHARACTERS).or_else(number)
    }

    /// The language of its SDK.
    fn sdk_language(&self) -> Option<Cow<'e, str>> {
        self.text(self.find(&["metadata", "tags", "sdk_language"]), NAME_CHARACTERS)
    }

    /// Whether the headers of a request say `content-type: application/grpc`.
    fn is_grpc(&self) -> bool {
        let Some(headers) = self.in_payload("headers") else { return false };
        let json = self.json(headers);
        let tape = Tape::read(&json);
        let text = |json: Json| Found::Text(json.raw()).string(Escape::None).map(Cow::into_owned);
        tape.root().fields().any(|(name, value)| {
            text(name).is_some_and(|name| name.eq_ignore_ascii_case("content-type"))
                && text(value).is_some_and(|value| value.starts_with("application/grpc"))
        })
    }

    /// The locks held, as they were sent.
    fn lock_set(&self) -> Option<Found<'e>> {
        self.find(&["lock_set"]).filter(|locks| locks.is_array()).or_else(|| {
            let in_metadata = self.find(&["metadata", "lock_set"]).filter(|locks| locks.is_array());
            in_metadata.filter(|_| self.dialect() == Dialect::Flat)
        })
    }

    /// Its clock as it was sent: `{component: clock}` in the flat dialect, `[[component, clock]]` in that
    /// of the SDKs.
    fn clock(&self) -> Option<Found<'e>> {
        match self.dialect() {
            Dialect::Flat => self.find(&["vector_clock"]).filter(|clock| !clock.is_null()),
            Dialect::Sdk => self.find(&["causality_vector"]).filter(|clock| clock.is_array()),
        }
    }
}

fn truncated(text: Cow<str>, characters: usize) -> Cow<str> {
    if text.len() <= characters {
        return text;
    }
    let Some((end, _)) = text.char_indices().nth(characters) else { return text };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
