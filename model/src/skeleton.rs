//! A template taken apart: what [`fill`](crate::fill_event) writes without knowing it, as a tree of JSON
//! with holes. Read once for each frame, it says where in an event's values a field is.

use std::fmt::Write;

use serde::de::IgnoredAny;

use crate::WHOLE_EVENT;
use crate::tape::{Json, Tape};
use crate::template::{Column, Piece, visit_pieces};

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// The fields as they were sent: of those of one name the last counts.
    Object(Vec<(Name, Part)>),
    /// The elements.
    Array(Vec<Part>),
    /// JSON of a string, a number or a word.
    Scalar(String),
    /// So many of the event's values come before the one that belongs here.
    Hole(usize),
    /// What a column of the row gives back, as a string.
    Column(Column),
}

/// The name of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// The text of the JSON string, as `jsonb` holds it.
    Text(String),
    /// JSON of a string, among the event's values.
    Hole(usize),
}

/// What JSON of a template can't hold: it has U+0000 escaped as [`escape_json`](crate::escape_json) does.
const MARK: char = '\0';

impl Part {
    /// The whole of a template; `None` where somebody has damaged it.
    #[must_use]
    pub fn of_template(template: &str) -> Option<Self> {
        if template == WHOLE_EVENT {
            return Some(Part::Hole(0));
        }
        let json = with_marks(template);
        serde_json::from_str::<IgnoredAny>(&json).ok()?;
        Some(Part::of(Tape::read(&json).root()))
    }

    fn of(json: Json) -> Self {
        if json.is_object() {
            Part::Object(
                json.fields().map(|(name, part)| (Name::of(name), Part::of(part))).collect(),
            )
        } else if json.is_array() {
            Part::Array(json.children().map(Part::of).collect())
        } else {
            marked(json).unwrap_or_else(|| Part::Scalar(json.raw().to_owned()))
        }
    }

    /// The part that has this name in an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Part> {
        let Part::Object(fields) = self else { return None };
        let is_named = |known: &Name| matches!(known, Name::Text(known) if known == name);
        fields.iter().rfind(|(known, _)| is_named(known)).map(|(_, part)| part)
    }
}

impl Name {
    fn of(json: Json) -> Self {
        match marked(json) {
            Some(Part::Hole(place)) => Name::Hole(place),
            _ => Name::Text(json.string().unwrap_or_default().into_owned()),
        }
    }
}

/// The template as JSON: marked strings stand for holes.
fn with_marks(template: &str) -> String {
    let mut json = String::with_capacity(template.len() + 64);
    let mut holes = 0;
    visit_pieces(template, |piece| {
        let written = match piece {
            Piece::Literal(literal) => json.write_str(literal),
            // The other columns are in quotes.
            Piece::Column(Column::TraceId) => write!(json, "\"\\u0000c2\""),
            Piece::Column(column) => write!(json, "\\u0000c{}", column as usize),
            Piece::Value => {
                holes += 1;
                write!(json, "\"\\u0000{}\"", holes - 1)
            }
        };
        written.expect("a String takes all");
    });
    json
}

/// The hole that a marked string stands for.
fn marked(json: Json) -> Option<Part> {
    let text = json.string()?;
    let hole = text.strip_prefix(MARK)?;
    Some(match hole {
        "c1" => Part::Column(Column::EventId),
        "c2" => Part::Column(Column::TraceId),
        "c3" => Part::Column(Column::ParentId),
        "c4" => Part::Column(Column::Timestamp),
        place => Part::Hole(place.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::{Name, Part};
    use crate::template::Column;

    #[test]
    fn holes_are_found_where_they_are() {
        let template =
            r#"{"id":"%1$s","trace_id":%2$s,"timestamp":"%4$s","a":[1,%s],"%%":{%s:%s}}"#;
        let text = |name: &str| Name::Text(name.to_owned());
        let expected = Part::Object(vec![
            (text("id"), Part::Column(Column::EventId)),
            (text("trace_id"), Part::Column(Column::TraceId)),
            (text("timestamp"), Part::Column(Column::Timestamp)),
            (text("a"), Part::Array(vec![Part::Scalar("1".into()), Part::Hole(0)])),
            (text("%"), Part::Object(vec![(Name::Hole(1), Part::Hole(2))])),
        ]);
        assert_eq!(Part::of_template(template), Some(expected));
    }

    #[test]
    fn an_event_that_shares_nothing_is_one_hole() {
        assert_eq!(Part::of_template("%5$s"), Some(Part::Hole(0)));
    }

    #[test]
    fn a_damaged_template_has_no_parts() {
        for template in ["", "{\"a\":", "{\"a\":%", "%1$s", "{\"id\":%1$s}", "@"] {
            assert_eq!(Part::of_template(template), None, "{template}");
        }
    }
}
