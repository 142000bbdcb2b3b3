//! An event as a template and the values in its holes.
//!
//! Events of one kind and process differ in a few values only; the rest, names of fields, service,
//! environment, tags, is their template, which is stored once. A template is a format string of
//! Postgres' function `format()`, so SQL fills it in one call: `%1$s` to `%4$s` stand for the four
//! columns that every event has, each `%s` after them for the next of its values, `%%` for `%`.

use memchr::memchr2;

use crate::escape_json;

/// Between two values. No JSON text holds this character: in strings it has to be escaped.
pub const VALUE_SEPARATOR: char = '\u{1f}';

/// A longer template (in bytes) would be of no use to other events, and too long for an index.
const MAX_TEMPLATE_BYTES: usize = 1200;

/// The template of an event of which nothing is shared: its only value is the whole event.
pub const WHOLE_EVENT: &str = "%5$s";

/// What the numbered holes stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A UUID, which the template puts in quotes.
    EventId = 1,
    /// A JSON string.
    TraceId = 2,
    /// A UUID, which the template puts in quotes.
    ParentId = 3,
    /// Put in quotes by the template. The last of them: plain holes count on from it.
    Timestamp = 4,
}

/// Writes a template and its values side by side, both escaped for `jsonb`.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) template: String,
    pub(crate) values: String,
    has_values: bool,
    /// There is nothing to escape in the whole event.
    is_plain: bool,
}

impl Writer {
    /// For an event of this text.
    pub(crate) fn new(json: &str) -> Self {
        Writer {
            template: String::with_capacity(512),
            values: String::with_capacity(192),
            has_values: false,
            is_plain: memchr2(b'%', b'\\', json.as_bytes()).is_none(),
        }
    }

    /// Whether the template is too long already.
    pub(crate) fn is_full(&self) -> bool {
        self.template.len() > MAX_TEMPLATE_BYTES
    }

    /// Punctuation, or a name that needs no escape.
    pub(crate) fn push(&mut self, text: &str) {
        self.template.push_str(text);
    }

    /// A hole for a column.
    pub(crate) fn column(&mut self, column: Column) {
        self.push(match column {
            Column::EventId => "\"%1$s\"",
            Column::TraceId => "%2$s",
            Column::ParentId => "\"%3$s\"",
            Column::Timestamp => "\"%4$s\"",
        });
    }

    /// JSON that is the same in other events.
    pub(crate) fn literal(&mut self, json: &str) {
        if self.is_plain {
            self.template.push_str(json);
        } else {
            self.template.push_str(&escape_json(json).replace('%', "%%"));
        }
    }

    /// JSON of this event.
    pub(crate) fn hole(&mut self, json: &str) {
        self.template.push_str("%s");
        if self.has_values {
            self.values.push(VALUE_SEPARATOR);
        }
        self.has_values = true;
        if self.is_plain {
            self.values.push_str(json);
        } else {
            self.values.push_str(&escape_json(json));
        }
    }

    /// The name of a field as it was sent, and its colon.
    pub(crate) fn name(&mut self, name: &str) {
        self.literal(name);
        self.template.push(':');
    }
}

/// What a template is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// JSON, or a part of it.
    Literal(&'a str),
    /// The hole of a column.
    Column(Column),
    /// The hole of the next value.
    Value,
}

/// Calls for each piece. A template that somebody has damaged is read as far as it goes.
pub(crate) fn visit_pieces<'a>(template: &'a str, mut visit: impl FnMut(Piece<'a>)) {
    let mut rest = template;
    while let Some((before, hole)) = rest.split_once('%') {
        visit(Piece::Literal(before));
        let (piece, after) = match hole.as_bytes() {
            [b'%', ..] => (Piece::Literal("%"), hole.get(1..)),
            [b'1', ..] => (Piece::Column(Column::EventId), hole.get(3..)),
            [b'2', ..] => (Piece::Column(Column::TraceId), hole.get(3..)),
            [b'3', ..] => (Piece::Column(Column::ParentId), hole.get(3..)),
            [b'4', ..] => (Piece::Column(Column::Timestamp), hole.get(3..)),
            _ => (Piece::Value, hole.split_once('s').map(|(_, rest)| rest)),
        };
        visit(piece);
        rest = after.unwrap_or_default();
    }
    visit(Piece::Literal(rest));
}

/// Fills a template: `columns` in the order of [`Column`], then the values.
#[must_use]
pub(crate) fn fill(template: &str, columns: [&str; 4], values: &str) -> String {
    let mut filled = String::with_capacity(template.len() + values.len() + 128);
    let mut values = split_values(values);
    visit_pieces(template, |piece| {
        filled.push_str(match piece {
            Piece::Literal(json) => json,
            Piece::Column(column) => columns[column as usize - 1],
            Piece::Value => values.next().unwrap_or_default(),
        });
    });
    filled
}

/// The values of an event one by one.
pub fn split_values(values: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(VALUE_SEPARATOR as u8, values.as_bytes());
    let mut start = 0;
    ends.chain([values.len()]).map(move |end| {
        let value = &values[start..end];
        start = end + 1;
        value
    })
}

/// Text as a JSON string.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_damaged_template_is_filled_as_far_as_it_goes() {
        let columns = ["id", "trace", "parent", "time"];
        for (template, filled) in [
            ("%1$s%s%%", "idvalue%"),
            ("a%1", "aid"),
            ("a%2$\u{fffd}s", "atrace"),
            ("a%", "avalue"),
        ] {
            assert_eq!(fill(template, columns, "value"), filled, "{template}");
        }
    }
}
