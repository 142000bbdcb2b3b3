//! What can happen to a body whatever it holds.

use std::ops::Range;

use crate::Random;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// That no text in UTF-8 holds: a lone start, a lone continuation, an overlong slash and NUL, a
/// surrogate, what is beyond U+10FFFF, what never occurs.
const NO_UTF8: [&[u8]; 8] = [
    b"\xc3",
    b"\x80",
    b"\xc0\xaf",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
    b"\xe2\x82",
];

/// White space of some sort, of which JSON knows four.
const BLANKS: [&str; 14] = [
    " ", "\t", "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2028}", "\u{2029}",
    "\u{3000}", "\u{feff}", "\0",
];

/// What may come before or after a body.
const EDGES: [&str; 16] = [
    ",", "]", "}", "[", "{", "\"", "\0", "\n", "x", "[]", "{}", "null", ")]}'\n", "\u{1a}", "// x",
    "\u{feff}",
];

/// Longest part that is moved about.
const PART: usize = 60;

/// Changes a body somewhere.
pub(super) fn mutate(body: &mut Vec<u8>, random: &mut Random) {
    if body.is_empty() {
        return;
    }
    match random.below(20) {
        0..4 => change_bytes(body, random),
        4 => insert(body, random, &[0x22, 0x5c, 0x2c, 0x7b, 0x5d, 0x00, 0x1f, 0x7f, 0xff]),
        5 => {
            let part = any_part(body, random);
            body.drain(part);
        }
        6 => {
            let part = any_part(body, random);
            let copy = body[part.clone()].to_vec();
            body.splice(part.end..part.end, copy);
        }
        7 => swap_parts(body, random),
        8 => body.truncate(random.below(body.len())),
        9 | 10 => {
            let count = 1 + usize::from(random.below(8) == 0);
            body.splice(0..0, BOM.repeat(count));
        }
        11 => {
            let bytes = random.choose(&NO_UTF8);
            insert_into_a_string_or_anywhere(body, random, bytes);
        }
        12 => recode(body, random),
        13..17 => {
            let blank = random.choose(&BLANKS).as_bytes();
            insert_between_tokens(body, random, blank);
        }
        17 => {
            let text = random.choose(&["\u{ffff}", "\u{fffe}", "\u{feff}", "\u{10ffff}", "\u{0}"]);
            insert_into_a_string_or_anywhere(body, random, text.as_bytes());
        }
        18 => {
            let edge = random.choose(&EDGES).bytes();
            body.splice(0..0, edge);
        }
        _ => body.extend(random.choose(&EDGES).bytes()),
    }
}

/// Mostly to others of ASCII: what is no text is seen at once.
fn change_bytes(body: &mut [u8], random: &mut Random) {
    let mask = if random.below(8) > 0 { 0x7f } else { 0xff };
    for _ in 0..=random.below(3) {
        let place = random.below(body.len());
        body[place] = if random.below(2) == 0 {
            body[place] ^ (1 << random.below(7))
        } else {
            random.byte() & mask
        };
    }
}

fn insert(body: &mut Vec<u8>, random: &mut Random, bytes: &[u8]) {
    let byte = *random.choose(bytes);
    let place = random.below(body.len() + 1);
    body.insert(place, byte);
}

fn any_part(body: &[u8], random: &mut Random) -> Range<usize> {
    let start = random.below(body.len());
    start..body.len().min(start + 1 + random.below(PART))
}

fn swap_parts(body: &mut Vec<u8>, random: &mut Random) {
    let (mut first, mut second) = (any_part(body, random), any_part(body, random));
    if second.start < first.start {
        std::mem::swap(&mut first, &mut second);
    }
    if first.end <= second.start {
        let later = body[second.clone()].to_vec();
        let earlier = body.splice(first.clone(), later).collect::<Vec<u8>>();
        let start = second.start + second.len() - first.len();
        body.splice(start..start + second.len(), earlier);
    }
}

/// Another encoding of the same text, with a byte order mark or without.
fn recode(body: &mut Vec<u8>, random: &mut Random) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    let marked = if random.below(2) == 0 { format!("\u{feff}{text}") } else { text.to_owned() };
    *body = match random.below(4) {
        0 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => text.chars().map(|char| u8::try_from(char).unwrap_or(0xbf)).collect(),
        _ => marked.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect(),
    };
}

fn insert_between_tokens(body: &mut Vec<u8>, random: &mut Random, bytes: &[u8]) {
    let is_border = |&place: &usize| b",:[]{}\n".contains(&body[place]);
    let borders: Vec<usize> = (0..body.len()).filter(is_border).collect();
    if borders.is_empty() {
        return;
    }
    let place = *random.choose(&borders) + random.below(2);
    body.splice(place..place, bytes.iter().copied());
}

fn insert_into_a_string_or_anywhere(body: &mut Vec<u8>, random: &mut Random, bytes: &[u8]) {
    let quotes: Vec<usize> = (0..body.len()).filter(|&place| body[place] == b'"').collect();
    let is_anywhere = quotes.is_empty() || random.below(4) == 0;
    let place =
        if is_anywhere { random.below(body.len() + 1) } else { *random.choose(&quotes) + 1 };
    body.splice(place..place, bytes.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::{mutate, swap_parts};
    use crate::Random;

    #[test]
    fn swapped_parts_are_all_that_was_there() {
        for seed in 0..2_000 {
            let body: Vec<u8> = (0..=255).collect();
            let mut swapped = body.clone();
            swap_parts(&mut swapped, &mut Random::new(seed));
            swapped.sort_unstable();
            assert_eq!(swapped, body, "{seed}");
        }
    }

    #[test]
    fn nearly_every_mutation_changes_the_body() {
        let body = br#"{"a":["x",1]}"#;
        let changed = (0..1_000).filter(|&seed| {
            let mut mutated = body.to_vec();
            mutate(&mut mutated, &mut Random::new(seed));
            mutated != body
        });
        assert!(changed.count() > 900);
    }
}
