//! Where the parts of a text are that is not JSON as a whole, told by brackets, quotes and line
//! breaks alone: so one part that is no JSON costs no other.
//!
//! `sql/plain/split.sql` follows the same rules. A string ends at a line break at the latest, where
//! JSON allows none. A bracket that closes none counts for nothing.

/// White space of JSON, and the byte order mark, which parsers may ignore (RFC 8259, section 8.1).
const BLANKS: [char; 5] = [' ', '\t', '\r', '\n', '\u{feff}'];

/// A text without the blanks around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// The documents of a text, in their order: what is between line breaks outside of brackets. None is
/// blank.
pub(crate) fn documents(text: &str) -> impl Iterator<Item = &str> {
    split(text, |_| false)
}

/// The same of a text in which brackets are wrong: a document begins at each seam, too.
pub(crate) fn segments(text: &str) -> impl Iterator<Item = &str> {
    split(text, ends_at_seam)
}

/// Also ends where a bracket opens and what is before it, since the last end, `is_whole`.
fn split(text: &str, is_whole: fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let mut marks = marks(text);
    let mut depth = 0_usize;
    let mut start = Some(0);
    let part = move || {
        let from = start?;
        for (place, byte) in marks.by_ref() {
            let ends = match byte {
                b'\n' => depth == 0,
                b'[' | b'{' => is_whole(&text[from..place]),
                _ => false,
            };
            match byte {
                b'[' | b'{' if ends => depth = 1,
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if ends {
                start = Some(place);
                return Some(&text[from..place]);
            }
        }
        start = None;
        Some(&text[from..])
    };
    std::iter::from_fn(part).map(trim).filter(|part| !part.is_empty())
}

/// Whether a text ends with a line break that no JSON goes on after with a bracket that opens: none
/// of `[`, `,` and `:` is before it.
fn ends_at_seam(text: &str) -> bool {
    let before = text.trim_end_matches(BLANKS);
    text[before.len()..].contains('\n') && !before.is_empty() && !before.ends_with(['[', ',', ':'])
}

fn has_seam(text: &str) -> bool {
    let mut opening = marks(text).filter(|(_, byte)| matches!(byte, b'[' | b'{'));
    opening.any(|(place, _)| ends_at_seam(&text[..place]))
}

/// The events of a document that is an array, or an object with an array `events` and no id; `None`
/// if it is neither, and where none of them begins as an object or an array does.
pub(crate) fn events(document: &str) -> Option<Vec<&str>> {
    let array = if document.starts_with('{') { events_member(document)? } else { document };
    let elements: Vec<&str> = members(array, '[')?.into_iter().map(trim).collect();
    elements.iter().any(|element| element.starts_with(['{', '['])).then_some(elements)
}

/// The value of the last member `events` of an object that has no `id` and no `event_id`, and of
/// which no other member is several documents.
fn events_member(object: &str) -> Option<&str> {
    let mut events = None;
    for member in members(object, '{')? {
        let (name, value) = named(member).unwrap_or_default();
        match name.as_str() {
            "id" | "event_id" => return None,
            "events" => events = Some(value),
            _ if has_seam(member) => return None,
            _ => {}
        }
    }
    events
}

/// Name and value of an object's member.
fn named(member: &str) -> Option<(String, &str)> {
    let member = trim(member);
    let colon = end_of_string(member.as_bytes(), 1);
    let name = member.get(..colon).filter(|name| name.starts_with('"'))?;
    let value = trim(member.get(colon..)?).strip_prefix(':')?;
    Some((serde_json::from_str(name).unwrap_or_default(), trim(value)))
}

/// What commas separate right within the brackets that a text is; `None` if it is no such pair.
fn members(text: &str, bracket: char) -> Option<Vec<&str>> {
    if !text.starts_with(bracket) {
        return None;
    }
    let mut depth = 0_usize;
    let mut members = Vec::new();
    let mut start = 1;
    for (place, byte) in marks(text) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && place + 1 < text.len() {
            return None;
        }
        if depth == 0 || byte == b',' && depth == 1 {
            members.push(&text[start..place]);
            start = place + 1;
        }
    }
    (depth == 0).then_some(members).map(without_only_blank)
}

/// Empty brackets have no member.
fn without_only_blank(members: Vec<&str>) -> Vec<&str> {
    if matches!(members[..], [only] if trim(only).is_empty()) { Vec::new() } else { members }
}

/// Brackets, commas and line breaks outside of strings, with their places.
fn marks(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut place = 0;
    std::iter::from_fn(move || {
        loop {
            let &byte = bytes.get(place)?;
            let found = place;
            place = if byte == b'"' { end_of_string(bytes, place + 1) } else { place + 1 };
            if matches!(byte, b'[' | b'{' | b']' | b'}' | b',' | b'\n') {
                return Some((found, byte));
            }
        }
    })
}

/// Past the closing quote of the string that is open at `place`; the line break, or the end of the
/// text, where it has none.
fn end_of_string(bytes: &[u8], mut place: usize) -> usize {
    while let Some(&byte) = bytes.get(place) {
        place += match byte {
            b'"' => return place + 1,
            b'\n' => return place,
            b'\\' if bytes.get(place + 1).is_some_and(|&next| next != b'\n') => 2,
            _ => 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{documents, events, segments};

    fn split(text: &str) -> Vec<&str> {
        documents(text).collect()
    }

    #[test]
    fn documents_end_at_line_breaks_outside_of_brackets() {
        assert_eq!(
            split("{\"a\":\n[1]}\n\u{feff}{\"b\":2}\r\n\n 5"),
            ["{\"a\":\n[1]}", "{\"b\":2}", "5"]
        );
        assert_eq!(split("[\"]\"\n,\"\\\"[\"]"), ["[\"]\"\n,\"\\\"[\"]"]);
        assert_eq!(split(" \n"), [""; 0]);
    }

    #[test]
    fn a_bracket_that_closes_none_counts_for_nothing() {
        assert_eq!(split("]}\n{\n}}\n{\n"), ["]}", "{\n}}", "{"]);
        assert_eq!(split("{\"open\n{}\n"), ["{\"open\n{}"]);
    }

    #[test]
    fn segments_begin_at_brackets_that_no_json_goes_on_with() {
        let split = |text| segments(text).collect::<Vec<&str>>();
        let sound = "{\n\"a\":\n[\n[],\n{}\n]\n}";
        assert_eq!(split(sound), [sound]);
        assert_eq!(split("{\"a\":{\n\n\u{feff} {\"b\":\n2}\nx"), ["{\"a\":{", "{\"b\":\n2}", "x"]);
        assert_eq!(split("[1\n[2\n\"x\n{\n3"), ["[1", "[2\n\"x", "{\n3"]);
        assert_eq!(split("[{} {}\n]"), ["[{} {}\n]"]);
    }

    #[test]
    fn events_are_told_apart_by_commas() {
        assert_eq!(
            events("[{\"a\":NaN}, {\"b\":[1,2]} ,]"),
            Some(vec!["{\"a\":NaN}", "{\"b\":[1,2]}", ""])
        );
        assert_eq!(events("{\"x\":1,\"ev\\u0065nts\": [{\"a\":NaN}]}"), Some(vec!["{\"a\":NaN}"]));
        assert_eq!(events("{\"events\":[{\"a\":\"\\ud800,\"}],\"events\":[{}]}"), Some(vec!["{}"]));
    }

    #[test]
    fn what_is_no_list_of_values_in_brackets_has_no_events() {
        for text in [
            "",
            "[",
            "[]",
            "[NaN]",
            "[{}][{}]",
            "[{}]x",
            "{\"events\":[{}],\"id\":NaN}",
            "{\"events\":5,x}",
            "{\"events\" [{}]}",
            "{",
            "nonsense",
            "{\"a\":[{}]}",
            "{\"events\":[{}}",
            "{\"events\":[{}],\"a\":1\n{}\n}",
        ] {
            assert_eq!(events(text), None, "{text}");
        }
    }
}
