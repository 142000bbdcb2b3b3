//! Ids as 16-byte keys: what events are stored, found and told apart by.

use sha2::{Digest, Sha256};

/// 16 bytes that stand for an id.
pub type IdKey = [u8; 16];

/// The key of an id, and whether the id is the UUID that the key spells. Other ids have the first
/// 16 bytes of their SHA-256.
///
/// Only UUIDs as Postgres prints them, with lower-case digits and four hyphens, are taken for
/// UUIDs: so the key gives the id back as it came.
#[must_use]
pub fn id_key(id: &str) -> (IdKey, bool) {
    if let Some(key) = parse_uuid(id) {
        return (key, true);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&Sha256::digest(id)[..16]);
    (key, false)
}

/// What a trace is told by that belongs to one of many databases: the first 16 bits of the SHA-256 of its id, of which
/// the last say which. `_raceway_hash()` in SQL is the same, for ever.
#[must_use]
pub fn trace_hash(trace_id: &str) -> u16 {
    let digest = Sha256::digest(trace_id);
    u16::from_be_bytes([digest[0], digest[1]])
}

/// Where each byte's two digits are in the text.
const DIGITS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const HEX: [u8; 16] = *b"0123456789abcdef";

/// The bytes of a UUID as Postgres prints it; `None` for every other spelling.
#[must_use]
pub fn parse_uuid(id: &str) -> Option<IdKey> {
    let id: &[u8; 36] = id.as_bytes().try_into().ok()?;
    if HYPHENS.iter().any(|&place| id[place] != b'-') {
        return None;
    }
    let mut key = [0; 16];
    let mut seen = 0;
    for (byte, place) in key.iter_mut().zip(DIGITS) {
        let [high, low] = [id[place], id[place + 1]].map(|byte| DIGIT[usize::from(byte)]);
        seen |= high | low;
        *byte = high << 4 | low & 0xf;
    }
    (seen < 16).then_some(key)
}

/// The UUID of these bytes as Postgres prints it: what [`parse_uuid`] reads.
#[must_use]
pub fn uuid_text(key: &IdKey) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in key.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 0xf)]));
    }
    text
}

/// The value of each lower-case hexadecimal digit, 255 for every other byte. A table, as four ids of
/// an event are read: 18 ns each instead of 32.
const DIGIT: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[HEX[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::{id_key, uuid_text};

    #[test]
    fn a_uuid_is_its_own_key() {
        let key = 0x08b4_fda8_c892_450e_8db3_0a54_66fb_5a75_u128.to_be_bytes();
        assert_eq!(id_key("08b4fda8-c892-450e-8db3-0a5466fb5a75"), (key, true));
        assert_eq!(uuid_text(&key), "08b4fda8-c892-450e-8db3-0a5466fb5a75");
    }

    #[test]
    fn other_ids_are_hashed() {
        let key = 0x9eb1_9f71_6068_79ab_a20e_2b7b_e4cf_6fd9_u128.to_be_bytes();
        assert_eq!(id_key("evt-001"), (key, false));
        for id in ["", "08B4FDA8-C892-450E-8DB3-0A5466FB5A75", "08b4fda8c892450e8db30a5466fb5a75"] {
            assert!(!id_key(id).1, "{id}");
        }
    }
}
