//! Says in a sentence what an interleaving is.

use super::finding::AccessRecord;
use super::pattern::Pattern;
use crate::text::clipped_to;

/// How much of a value a sentence shows, in characters.
const VALUE_LENGTH: usize = 60;

/// The sentence about a₁, b and a₂.
pub(super) fn reason(pattern: Pattern, variable: &str, accesses: &[AccessRecord; 3]) -> String {
    let [first, between, second] = accesses;
    let (one, other) = (request(first), request(between));
    let steps = format!(
        "Request {one} {} at {}, request {other} {} at {}, and then {one} {} at {}",
        step(first, variable),
        first.timestamp,
        step(between, variable),
        between.timestamp,
        step(second, variable),
        second.timestamp,
    );
    let harm = match pattern {
        Pattern::LostUpdate => {
            format!(" from what it had read: the update of {other} is lost")
        }
        Pattern::OwnWriteLost => format!(": that is what {other} left, not its own write"),
        Pattern::IntermediateRead => format!(": {other} read a value that was not to stay"),
        Pattern::NonRepeatableRead => ": its two reads see different states".to_owned(),
    };
    format!("{steps}{harm}; no lock that {one} held throughout kept {other} out.")
}

/// `read balance = 100`
fn step(access: &AccessRecord, variable: &str) -> String {
    let verb = match access.access_type {
        "Read" | "AtomicRead" => "read",
        "AtomicRMW" => "exchanged",
        _ => "wrote",
    };
    match &access.new_value {
        Some(value) => format!("{verb} {variable} = {}", clipped_to(value, VALUE_LENGTH)),
        None => format!("{verb} {variable}"),
    }
}

/// The first event of a request: of a UUID, its first eight characters.
fn request(access: &AccessRecord) -> &str {
    let id = &*access.strand_id;
    let is_uuid = id.len() == 36 && id.as_bytes()[8] == b'-' && id.is_ascii();
    if is_uuid { &id[..8] } else { id }
}
