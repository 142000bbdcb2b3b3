//! Events that have something wrong with them.

use serde_json::Value;

use crate::harness::{Random, documented_event, recorded_requests};

/// Numbers and texts that some parsers take, some don't, and some take for another.
const ODD_VALUES: [&str; 16] = [
    "1e999999",
    "-0",
    "1e-400",
    "99999999999999999999999999",
    "0.1000000000000000055511151231257827",
    "NaN",
    "01",
    "0x1",
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\u0000""#,
    r#""\u0010""#,
    r#""\x""#,
    "\"\u{7f}\u{85}\u{2028}\"",
    "nul",
    "{\"a\":1,\"a\":2}",
];

/// What an event is named by.
const FIELDS: [&str; 8] =
    ["id", "trace_id", "event_id", "timestamp", "kind", "metadata", "causality_vector", "another"];

/// Makes wrong events out of recorded and documented ones.
pub(crate) struct Mutator {
    events: Vec<Value>,
    random: Random,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        let mut events = vec![documented_event(); 100];
        for body in recorded_requests() {
            let body: Value = serde_json::from_str(&body).expect("a recorded body");
            let sent = body.get("events").unwrap_or(&body).as_array().cloned();
            events.extend(sent.unwrap_or_else(|| vec![body]));
        }
        Mutator { events, random: Random::new(seed) }
    }

    /// An event with an id that no other has, unless that is what became wrong.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut event = self.random.choose(&self.events).clone();
        let field = if event.get("event_id").is_some() { "event_id" } else { "id" };
        event[field] = format!("mutated-{:016x}", self.random.number()).into();
        let mut bytes = event.to_string().into_bytes();
        self.mutate(&mut bytes);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        match self.random.below(8) {
            0 => self.change_bytes(bytes, 1),
            1 => self.change_bytes(bytes, 8),
            2 => bytes.truncate(self.random.below(bytes.len())),
            3 => self.repeat_or_remove_a_part(bytes),
            4 => self.insert_into_a_text(bytes),
            5 => {
                let odd = *self.random.choose(&ODD_VALUES);
                self.insert_a_field(bytes, odd);
            }
            6 => {
                let depth = 1 << self.random.below(14);
                let (open, close) = *self.random.choose(&[("[", "]"), ("{\"a\":", "}")]);
                self.insert_a_field(
                    bytes,
                    &format!("{}1{}", open.repeat(depth), close.repeat(depth)),
                );
            }
            _ => {
                let length = 1 + self.random.below(1000);
                bytes.clear();
                bytes.extend((0..length).map(|_| self.random.byte()));
            }
        }
    }

    /// Mostly to others of ASCII: a body that is no text is refused before it is read.
    fn change_bytes(&mut self, bytes: &mut [u8], most: usize) {
        let is_ascii = self.random.below(8) > 0;
        for _ in 0..=self.random.below(most) {
            let place = self.random.below(bytes.len());
            bytes[place] = self.random.byte() & if is_ascii { 0x7f } else { 0xff };
        }
    }

    fn repeat_or_remove_a_part(&mut self, bytes: &mut Vec<u8>) {
        let start = self.random.below(bytes.len());
        let end = bytes.len().min(start + self.random.below(100));
        let part = if self.random.below(2) == 0 { bytes[start..end].repeat(2) } else { Vec::new() };
        bytes.splice(start..end, part);
    }

    fn insert_into_a_text(&mut self, bytes: &mut Vec<u8>) {
        let odd = ["\\ud83d", "\\u0000", "\0", "\\", "\\u00", "\u{1f}", "\u{10ffff}"];
        let odd = *self.random.choose(&odd);
        self.insert_after(b'"', bytes, odd.as_bytes());
    }

    fn insert_a_field(&mut self, bytes: &mut Vec<u8>, value: &str) {
        let field = *self.random.choose(&FIELDS);
        self.insert_after(b'{', bytes, format!("\"{field}\":{value},").as_bytes());
    }

    fn insert_after(&mut self, mark: u8, bytes: &mut Vec<u8>, inserted: &[u8]) {
        let marks: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place] == mark).collect();
        let place = 1 + *self.random.choose(&marks);
        bytes.splice(place..place, inserted.iter().copied());
    }
}
