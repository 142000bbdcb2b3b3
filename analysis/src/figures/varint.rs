//! Whole numbers in as few bytes as they need: LEB128.

/// Writes a number; one of few digits takes few bytes, whatever its sign (zigzag).
pub(super) fn write(bytes: &mut Vec<u8>, number: i128) {
    write_unsigned(bytes, number.cast_unsigned() << 1 ^ (number >> 127).cast_unsigned());
}

/// Reads what [`write()`] wrote; `None` for what is cut off or too great.
pub(super) fn read(bytes: &mut &[u8]) -> Option<i128> {
    let zigzag = read_unsigned(bytes)?;
    Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
}

/// Writes a number that has no sign.
pub(super) fn write_unsigned(bytes: &mut Vec<u8>, number: u128) {
    let mut rest = number;
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
}

/// Reads what [`write_unsigned`] wrote; `None` for what is cut off or too great.
pub(super) fn read_unsigned(bytes: &mut &[u8]) -> Option<u128> {
    let (&byte, rest) = bytes.split_first()?;
    // Most are of one byte.
    if byte < 0x80 {
        *bytes = rest;
        return Some(byte.into());
    }
    read_long(bytes)
}

fn read_long(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0_u128;
    for shift in (0..u128::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let digit = u128::from(byte & 0x7f);
        if digit << shift >> shift != digit {
            return None;
        }
        number |= digit << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Passes over what [`read_unsigned`] reads; `None` for what is cut off.
pub(super) fn skip(bytes: &mut &[u8]) -> Option<()> {
    let last = bytes.iter().position(|&byte| byte < 0x80)?;
    *bytes = &bytes[last + 1..];
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{read, skip, write};

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        for number in [0, 1, -1, 63, -64, 64, i128::from(i64::MIN), i128::MAX, i128::MIN] {
            bytes.clear();
            write(&mut bytes, number);
            assert_eq!(read(&mut &*bytes), Some(number));
            assert_eq!(read(&mut &bytes[..bytes.len() - 1]), None);
            let mut rest = &*bytes;
            assert_eq!((skip(&mut rest), rest), (Some(()), &[][..]));
            assert_eq!(skip(&mut &bytes[..bytes.len() - 1]), None);
            assert_eq!(bytes.len() == 1, (-64..64).contains(&number));
        }
        assert_eq!(read(&mut &[0xff; 30][..]), None);
        bytes = [0xff; 18].to_vec();
        assert_eq!(read(&mut &[&*bytes, &[0x03]].concat()[..]), Some(i128::MIN));
        assert_eq!(read(&mut &[&*bytes, &[0x04]].concat()[..]), None);
    }
}
