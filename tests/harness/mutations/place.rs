//! Where the values of a JSON text are, so that one can be changed and all else left as it was
//! written.

use std::ops::Range;

use serde_json::value::RawValue;

/// A value of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Of a member of an object, with its quotes.
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    /// In so many arrays and objects.
    pub(super) depth: usize,
}

impl Place {
    /// With its key.
    pub(super) fn whole(&self) -> Range<usize> {
        self.key.as_ref().map_or(self.value.start, |key| key.start)..self.value.end
    }
}

/// Arrays and objects of a text that can't be nested too deep for a recursion.
const MOST_BRACKETS: usize = 1_000;

/// Every value, the whole text first; none where the text is not JSON, or has very many.
pub(super) fn places(json: &[u8]) -> Vec<Place> {
    let mut scanner = Scanner { json, at: 0, places: Vec::new() };
    let brackets = json.iter().filter(|byte| b"[{".contains(byte)).count();
    if brackets <= MOST_BRACKETS && serde_json::from_slice::<&RawValue>(json).is_ok() {
        scanner.skip_blanks();
        scanner.value(None, 0);
    }
    scanner.places
}

/// Of valid JSON.
struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
    places: Vec<Place>,
}

impl Scanner<'_> {
    fn value(&mut self, key: Option<Range<usize>>, depth: usize) {
        let number = self.places.len();
        self.places.push(Place { key, value: self.at..self.at, depth });
        match self.json[self.at] {
            b'{' | b'[' => self.items(depth + 1),
            b'"' => self.string(),
            _ => self.skip(|byte| !b",]} \t\r\n".contains(&byte)),
        }
        self.places[number].value.end = self.at;
    }

    fn items(&mut self, depth: usize) {
        let is_object = self.json[self.at] == b'{';
        loop {
            self.at += 1;
            self.skip_blanks();
            if b"]}".contains(&self.json[self.at]) {
                break;
            }
            let key = is_object.then(|| self.key());
            self.value(key, depth);
            self.skip_blanks();
            if self.json[self.at] != b',' {
                break;
            }
        }
        self.at += 1;
    }

    fn key(&mut self) -> Range<usize> {
        let start = self.at;
        self.string();
        let key = start..self.at;
        self.skip_blanks();
        self.at += 1;
        self.skip_blanks();
        key
    }

    fn string(&mut self) {
        self.at += 1;
        while self.json[self.at] != b'"' {
            self.at += if self.json[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }

    fn skip_blanks(&mut self) {
        self.skip(|byte| b" \t\r\n".contains(&byte));
    }

    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) {
        while self.json.get(self.at).is_some_and(|&byte| is_skipped(byte)) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::places;

    fn texts(json: &str) -> Vec<(&str, usize)> {
        let places = places(json.as_bytes());
        places.into_iter().map(|place| (&json[place.whole()], place.depth)).collect()
    }

    #[test]
    fn every_value_is_found_with_its_key() {
        let json = r#" {"a" : [1, "]\"", {}], "b":-1.5e3,"c":[ ]}"#;
        let expected = [
            (json.trim(), 0),
            (r#""a" : [1, "]\"", {}]"#, 1),
            ("1", 2),
            (r#""]\"""#, 2),
            ("{}", 2),
            (r#""b":-1.5e3"#, 1),
            (r#""c":[ ]"#, 1),
        ];
        assert_eq!(texts(json), expected);
        assert_eq!(texts("5"), [("5", 0)]);
    }

    #[test]
    fn what_is_no_json_has_no_places() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for text in ["", "[1,", "{a}", "[1] 2", "\u{feff}1", &deep] {
            assert_eq!(texts(text), [], "{text}");
        }
    }
}
