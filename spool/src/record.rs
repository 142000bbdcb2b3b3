//! A body as bytes on disk.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | [`MAGIC`]; its first byte can't be in a payload, which is UTF-8 |
//! | 4 | length of the payload, little-endian |
//! | 4 | CRC-32 of the length and the payload, little-endian |
//! | | payload: a line of JSON ([`Heading`]), then the body |

use std::net::IpAddr;
use std::sync::OnceLock;

use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Body;

const MAGIC: [u8; 4] = [0xff, b'R', b'W', 1];
/// Of these, [`decode`] can tell how many more there are.
pub(crate) const HEADER_BYTES: usize = 12;
/// A heading has so many at most, with its line break.
const HEADING_BYTES: usize = 160;
/// Of a record, so many tell what it holds.
pub(crate) const GLANCE_BYTES: usize = HEADER_BYTES + HEADING_BYTES;

/// What a body was sent with.
#[derive(Serialize, Deserialize)]
struct Heading {
    source: IpAddr,
    /// Microseconds since 1970.
    received_at: i64,
    failures: u32,
    /// How many of its events were acknowledged; older versions did not say.
    #[serde(default)]
    acknowledged: Option<u32>,
}

/// What stands at some place of a segment.
pub(crate) enum Found {
    /// A body, and how many bytes its record has.
    Body(Body, usize),
    /// A record may begin here that needs so many bytes.
    Incomplete(usize),
    /// No record.
    Damage,
}

/// Appends a body's record.
pub(crate) fn encode(body: &Body, buffer: &mut Vec<u8>) {
    let start = buffer.len();
    buffer.extend_from_slice(&MAGIC);
    buffer.extend_from_slice(&[0; HEADER_BYTES - MAGIC.len()]);
    let heading = Heading {
        source: body.source,
        received_at: body.received_at.micros(),
        failures: body.failures,
        acknowledged: body.acknowledged(),
    };
    serde_json::to_writer(&mut *buffer, &heading).expect("a Vec takes every byte");
    buffer.push(b'\n');
    buffer.extend_from_slice(body.text.as_bytes());
    let payload = start + HEADER_BYTES;
    let length = u32::try_from(buffer.len() - payload).expect("bodies are bounded").to_le_bytes();
    let checksum = checksum(length, &buffer[payload..]);
    buffer[start + 4..start + 8].copy_from_slice(&length);
    buffer[start + 8..payload].copy_from_slice(&checksum);
}

/// How many bytes [`encode`] appends, at most.
pub(crate) fn size_bound(body: &Body) -> u64 {
    body.text.len() as u64 + GLANCE_BYTES as u64
}

/// How many bytes the record at the start of these has, and how many of its events were acknowledged, by
/// [`GLANCE_BYTES`] of it or all of a shorter one. The body is not looked at: it may be damaged. `None` where
/// that can't be told.
pub(crate) fn glance(bytes: &[u8]) -> Option<(usize, u32)> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let [magic @ .., l0, l1, l2, l3, _, _, _, _] = *header;
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let heading: Heading = serde_json::from_slice(&rest[..end]).ok()?;
    let size = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    (magic == MAGIC).then_some((HEADER_BYTES + size, heading.acknowledged?))
}

/// Reads the record at the start of these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Found {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Found::Incomplete(HEADER_BYTES);
    };
    let [magic @ .., l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    if magic != MAGIC {
        return Found::Damage;
    }
    let length = [l0, l1, l2, l3];
    let size = u32::from_le_bytes(length) as usize;
    let Some(payload) = rest.get(..size) else {
        return Found::Incomplete(HEADER_BYTES + size);
    };
    if checksum(length, payload) != [c0, c1, c2, c3] {
        return Found::Damage;
    }
    body(payload).map_or(Found::Damage, |body| Found::Body(body, HEADER_BYTES + size))
}

/// Where the next whole record begins after damage at the start of these bytes; their end if
/// there is none.
pub(crate) fn end_of_damage(bytes: &[u8]) -> usize {
    (1..bytes.len())
        .filter(|&start| bytes[start] == MAGIC[0])
        .find(|&start| matches!(decode(&bytes[start..]), Found::Body(..)))
        .unwrap_or(bytes.len())
}

fn body(payload: &[u8]) -> Option<Body> {
    let (heading, text) = std::str::from_utf8(payload).ok()?.split_once('\n')?;
    let heading: Heading = serde_json::from_str(heading).ok()?;
    Some(Body {
        text: text.to_owned(),
        source: heading.source,
        received_at: Timestamp::from_micros(heading.received_at)?,
        failures: heading.failures,
        acknowledged: heading.acknowledged.map(OnceLock::from).unwrap_or_default(),
    })
}

fn checksum(length: [u8; 4], payload: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use raceway_model::Timestamp;

    use super::{Found, decode, encode, end_of_damage, size_bound};
    use crate::Body;

    fn body(text: &str) -> Body {
        let received_at = Timestamp::from_micros(1_700_000_000_000_000).expect("in range");
        let body = Body::new(text.to_owned(), Ipv4Addr::LOCALHOST.into(), received_at);
        body.acknowledge(3);
        Body { failures: 2, ..body }
    }

    fn encoded(texts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in texts {
            encode(&body(text), &mut bytes);
        }
        bytes
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        for text in ["", "[1]\n[2]", "\u{7f}\u{ff}\u{10ffff}"] {
            let bytes = encoded(&[text, "next"]);
            let Found::Body(read, size) = decode(&bytes) else { panic!("no record: {text}") };
            let sent = body(text);
            assert_eq!(
                (&read.text, read.source, read.received_at, read.failures, read.acknowledged()),
                (&sent.text, sent.source, sent.received_at, sent.failures, Some(3))
            );
            assert_eq!(bytes[size..], encoded(&["next"]));
            assert!(size as u64 <= size_bound(&sent));
        }
    }

    #[test]
    fn a_record_of_an_older_version_is_read() {
        let heading = br#"{"source":"127.0.0.1","received_at":0,"failures":0}"#;
        let read = super::body(&[heading, &b"\n[]"[..]].concat()).expect("a body");
        assert_eq!((&*read.text, read.acknowledged()), ("[]", None));
    }

    #[test]
    fn any_damaged_byte_is_found_and_the_next_record_read() {
        let sound = encoded(&["first", "second"]);
        let first = encoded(&["first"]).len();
        for place in 0..first {
            let mut bytes = sound.clone();
            bytes[place] ^= 0x55;
            assert!(!matches!(decode(&bytes), Found::Body(..)), "byte {place}");
            assert_eq!(end_of_damage(&bytes), first, "byte {place}");
        }
    }

    #[test]
    fn a_record_that_is_cut_off_is_incomplete() {
        let bytes = encoded(&["first"]);
        for length in 0..bytes.len() {
            assert!(matches!(decode(&bytes[..length]), Found::Incomplete(_)), "{length} bytes");
            assert_eq!(end_of_damage(&bytes[..length]), length);
        }
    }
}
