//! What can be wrong with one event.

use std::ops::Range;

use super::odd;
use super::place::{Place, places};
use crate::Random;

/// What means something in either dialect, and what does in neither.
const FIELDS: [&str; 20] = [
    "id",
    "event_id",
    "trace_id",
    "parent_id",
    "timestamp",
    "kind",
    "metadata",
    "causality_vector",
    "vector_clock",
    "lock_set",
    "duration_ms",
    "duration_ns",
    "location",
    "service_name",
    "thread_id",
    "tags",
    "events",
    "data",
    "",
    "\\u0069d",
];

/// An event: its text, of which one place is changed; its number, for ids; what is drawn.
struct Mutation<'a> {
    event: &'a mut Vec<u8>,
    number: u64,
    random: &'a mut Random,
    places: Vec<Place>,
}

/// Makes something wrong, or odd; what is no JSON any more is left as it is.
pub(super) fn mutate(event: &mut Vec<u8>, number: u64, random: &mut Random) {
    let places = places(event);
    if !places.is_empty() {
        Mutation { event, number, random, places }.apply();
    }
}

impl Mutation<'_> {
    fn apply(mut self) {
        match self.random.below(20) {
            0..4 => self.replace_a_value(odd::value),
            4..6 => self.replace_a_value(odd::number),
            6 => self.replace_a_value(odd::deep_value),
            7..13 => self.replace_a_known_field(),
            13 => self.remove_a_value(),
            14 => self.repeat_a_key(),
            15 => self.add_a_field(),
            16..18 => self.insert_an_escape(),
            18 => self.misplace_a_comma(),
            _ => self.rename_a_key(),
        }
    }

    /// Mostly of the event's own fields: there are more values in its payload.
    fn any_place(&mut self) -> Place {
        let is_own = self.random.below(2) == 0;
        let own = self.places.iter().filter(|place| place.depth == 1);
        let own: Vec<&Place> = own.collect();
        if is_own && !own.is_empty() {
            return (*self.random.choose(&own)).clone();
        }
        self.random.choose(&self.places).clone()
    }

    fn replace(&mut self, place: Range<usize>, text: &str) {
        self.event.splice(place, text.bytes());
    }

    fn replace_a_value(&mut self, odd: fn(&mut Random) -> String) {
        let place = self.any_place();
        let value = odd(self.random);
        self.replace(place.value, &value);
    }

    /// By what is odd for this field.
    fn replace_a_known_field(&mut self) {
        let is_known = |place: &&Place| place.depth == 1 && place.key.is_some();
        let known: Vec<Place> = self.places.iter().filter(is_known).cloned().collect();
        let known: Vec<(Place, String)> = known
            .into_iter()
            .filter_map(|place| {
                let name = self.key(&place)?;
                Some((place, name))
            })
            .filter(|(_, name)| is_meaningful(name))
            .collect();
        if known.is_empty() {
            return self.add_a_field();
        }
        let (place, name) = self.random.choose(&known).clone();
        let value = self.value_for(&name);
        self.replace(place.value, &value);
    }

    /// Without its quotes.
    fn key(&self, place: &Place) -> Option<String> {
        let key = place.key.clone()?;
        String::from_utf8(self.event[key.start + 1..key.end - 1].to_vec()).ok()
    }

    fn value_for(&mut self, field: &str) -> String {
        match field {
            "id" | "event_id" | "trace_id" | "parent_id" => odd::id(self.number, self.random),
            "timestamp" => odd::timestamp(self.random),
            "kind" => odd::kind(self.random),
            "causality_vector" | "vector_clock" => odd::clock(self.random),
            _ => odd::value(self.random),
        }
    }

    /// With one of the commas beside it.
    fn remove_a_value(&mut self) {
        let place = self.any_place().whole();
        let after = self.event[place.end..].iter().position(|byte| !byte.is_ascii_whitespace());
        let after = after.map(|blanks| place.end + blanks);
        let before = self.event[..place.start].iter().rposition(|byte| !byte.is_ascii_whitespace());
        let is_comma = |at: &usize| self.event[*at] == b',';
        let whole = match (after.filter(is_comma), before.filter(is_comma)) {
            (Some(after), _) => place.start..after + 1,
            (None, Some(before)) => before..place.end,
            (None, None) => place,
        };
        self.replace(whole, "");
    }

    /// Before or after the member itself.
    fn repeat_a_key(&mut self) {
        let place = self.any_place();
        let Some(key) = self.key(&place) else { return self.add_a_field() };
        let value = self.value_for(&key);
        let (start, end) = (place.whole().start, place.value.end);
        if self.random.below(2) == 0 {
            self.replace(start..start, &format!("\"{key}\":{value},"));
        } else {
            self.replace(end..end, &format!(",\"{key}\":{value}"));
        }
    }

    /// At the beginning of some object.
    fn add_a_field(&mut self) {
        let event = &*self.event;
        let objects = self.places.iter().map(|place| place.value.start);
        let objects: Vec<usize> = objects.filter(|&start| event[start] == b'{').collect();
        let Some(&outermost) = objects.first() else { return };
        let object =
            if self.random.below(2) == 0 { outermost } else { *self.random.choose(&objects) };
        let field = *self.random.choose(&FIELDS);
        let value = self.value_for(field);
        let rest = self.event[object + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
        let comma = if rest == Some(&b'}') { "" } else { "," };
        self.replace(object + 1..object + 1, &format!("\"{field}\":{value}{comma}"));
    }

    /// Into a string, be it a key or a value.
    fn insert_an_escape(&mut self) {
        let event = &*self.event;
        let values = self.places.iter().map(|place| place.value.clone());
        let keys = self.places.iter().filter_map(|place| place.key.clone());
        let strings = values.chain(keys).filter(|place| event[place.start] == b'"');
        let strings: Vec<Range<usize>> = strings.collect();
        if strings.is_empty() {
            return;
        }
        let string = self.random.choose(&strings).clone();
        let at = string.start + 1 + self.random.below(string.len() - 1);
        let escape = odd::escape(self.random);
        self.replace(at..at, escape);
    }

    /// One too many, or another character in the place of one.
    fn misplace_a_comma(&mut self) {
        let place = self.any_place().whole();
        let other = *self.random.choose(&[",", ",,", ";", " ", "/* */", "//\n", "]", "}", ":"]);
        let at = if self.random.below(2) == 0 { place.start } else { place.end };
        self.replace(at..at, other);
    }

    fn rename_a_key(&mut self) {
        let place = self.any_place();
        let Some(key) = place.key.clone() else { return self.misplace_a_comma() };
        let name = self.key(&place).unwrap_or_default();
        let name = match self.random.below(4) {
            0 => name.to_uppercase(),
            1 => spelled_by_escapes(&name),
            2 => format!("{name} "),
            _ => (*self.random.choose(&FIELDS)).to_owned(),
        };
        self.replace(key, &format!("\"{name}\""));
    }
}

fn is_meaningful(field: &str) -> bool {
    let meaningful = [
        "id",
        "event_id",
        "trace_id",
        "parent_id",
        "timestamp",
        "kind",
        "causality_vector",
        "vector_clock",
        "metadata",
    ];
    meaningful.contains(&field)
}

/// The first letter as its number.
fn spelled_by_escapes(name: &str) -> String {
    match name.bytes().next() {
        Some(first @ b'a'..=b'z') => format!("\\u{first:04X}{}", &name[1..]),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::mutate;
    use crate::{Random, documented_event};

    #[test]
    fn most_mutations_change_one_place_and_leave_json() {
        let event = documented_event().to_string().into_bytes();
        let (mut changed, mut json) = (0, 0);
        for seed in 0..2_000 {
            let mut mutated = event.clone();
            mutate(&mut mutated, seed, &mut Random::new(seed));
            changed += usize::from(mutated != event);
            json += usize::from(serde_json::from_slice::<Value>(&mutated).is_ok());
        }
        assert!(changed > 1_900, "{changed} changed");
        assert!((1_000..1_900).contains(&json), "{json} of JSON");
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        let mut text = b"no JSON".to_vec();
        mutate(&mut text, 1, &mut Random::new(1));
        assert_eq!(text, b"no JSON");
    }
}
