//! Where the parts of a text are that is not JSON as a whole, told by brackets, quotes and line
//! breaks alone: so one part that is no JSON costs no other.
//!
//! `sql/plain/split.sql` follows the same rules. A string ends at a line break at the latest, where
//! JSON allows none.

/// White space of JSON, and the byte order mark, which parsers may ignore (RFC 8259, section 8.1).
const BLANKS: [char; 5] = [' ', '\t', '\r', '\n', '\u{feff}'];

/// A text without the blanks around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// The documents of a text, in their order: what is between line breaks outside of brackets. Where
/// brackets don't balance, one is broken, and each line is taken for a document. None is blank.
pub(crate) fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut depths = Depths::default();
    let mut breaks = vec![0];
    for (place, byte) in marks(text) {
        if byte == b'\n' && depths.depth == 0 {
            breaks.push(place);
        }
        depths.pass(byte);
    }
    if !depths.balance() {
        breaks = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes())).collect();
    }
    breaks.push(text.len());
    let document = move |index: usize| trim(&text[breaks[index]..*breaks.get(index + 1)?]).into();
    (0..).map_while(document).filter(|document: &&str| !document.is_empty())
}

/// The events of a document that is an array, or an object with an array `events` and no id; `None`
/// if it is neither, and where none of them begins as an object or an array does.
pub(crate) fn events(document: &str) -> Option<Vec<&str>> {
    let array = if document.starts_with('{') { events_member(document)? } else { document };
    let elements: Vec<&str> = members(array, '[')?.into_iter().map(trim).collect();
    elements.iter().any(|element| element.starts_with(['{', '['])).then_some(elements)
}

/// The value of the last member `events` of an object that has no `id` and no `event_id`.
fn events_member(object: &str) -> Option<&str> {
    let mut events = None;
    for member in members(object, '{')? {
        let member = trim(member);
        let colon = end_of_string(member.as_bytes(), 1);
        let name = member.get(..colon).filter(|name| name.starts_with('"'));
        let value = member.get(colon..).and_then(|rest| trim(rest).strip_prefix(':'));
        let (Some(name), Some(value)) = (name, value) else { continue };
        match serde_json::from_str::<String>(name).unwrap_or_default().as_str() {
            "id" | "event_id" => return None,
            "events" => events = Some(trim(value)),
            _ => {}
        }
    }
    events
}

/// What commas separate right within the brackets that a text is; `None` if it is no such pair.
fn members(text: &str, bracket: char) -> Option<Vec<&str>> {
    if !text.starts_with(bracket) {
        return None;
    }
    let mut depths = Depths::default();
    let mut members = Vec::new();
    let mut start = 1;
    for (place, byte) in marks(text) {
        depths.pass(byte);
        let is_last = depths.depth == 0;
        if is_last && place + 1 < text.len() {
            return None;
        }
        if is_last || byte == b',' && depths.depth == 1 {
            members.push(&text[start..place]);
            start = place + 1;
        }
    }
    depths.balance().then_some(members).map(without_only_blank)
}

/// Empty brackets have no member.
fn without_only_blank(members: Vec<&str>) -> Vec<&str> {
    if matches!(members[..], [only] if trim(only).is_empty()) { Vec::new() } else { members }
}

/// How many brackets are open.
#[derive(Default)]
struct Depths {
    depth: i64,
    /// More were closed than opened somewhere.
    is_broken: bool,
}

impl Depths {
    fn pass(&mut self, byte: u8) {
        match byte {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth -= 1,
            _ => {}
        }
        self.is_broken |= self.depth < 0;
    }

    fn balance(&self) -> bool {
        self.depth == 0 && !self.is_broken
    }
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
    use super::{documents, events};

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
    fn where_brackets_do_not_balance_each_line_is_a_document() {
        assert_eq!(split("{\"a\":\n{\"b\":2}\nx"), ["{\"a\":", "{\"b\":2}", "x"]);
        assert_eq!(split("}{\n{"), ["}{", "{"]);
        assert_eq!(split("{\"open\n{}\n"), ["{\"open", "{}"]);
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
        ] {
            assert_eq!(events(text), None, "{text}");
        }
    }
}
