//! How often each number occurred: what can be added up in any order, and taken back.

use std::collections::BTreeMap;

/// Numbers, and how often each occurred. A count below 0 is one that is still to be taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<i64, i64>,
    total: i64,
}

impl Tally {
    /// Counts a number so many times; below 0, so many times less.
    pub fn add(&mut self, number: i64, times: i64) {
        self.total = self.total.wrapping_add(times);
        let count = self.counts.entry(number).or_default();
        *count = count.wrapping_add(times);
        if *count == 0 {
            self.counts.remove(&number);
        }
    }

    /// Counts what another has counted, so many times.
    pub fn add_all(&mut self, other: &Self, times: i64) {
        for (number, count) in other.iter() {
            self.add(number, count.wrapping_mul(times));
        }
    }

    /// The numbers in order, each with its count, which is not 0.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, i64)> {
        self.counts.iter().map(|(&number, &count)| (number, count))
    }

    /// How many numbers were counted.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.total
    }

    /// The greatest number.
    #[must_use]
    pub fn greatest(&self) -> Option<i64> {
        self.iter().rev().find(|&(_, count)| count > 0).map(|(number, _)| number)
    }

    /// Pairs of the distance to the number before and of the count, each as a varint (LEB128 of zigzag): some
    /// three bytes for a number near its neighbour.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut before = 0_i64;
        for (number, count) in self.iter() {
            write_varint(&mut bytes, number.wrapping_sub(before));
            write_varint(&mut bytes, count);
            before = number;
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut tally = Tally::default();
        let mut number = 0_i64;
        while !bytes.is_empty() {
            number = number.wrapping_add(read_varint(&mut bytes)?);
            tally.add(number, read_varint(&mut bytes)?);
        }
        Some(tally)
    }
}

fn write_varint(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = number.cast_unsigned() << 1 ^ (number >> 63).cast_unsigned();
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
}

fn read_varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut zigzag = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        zigzag |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_tally_is_read_as_it_was_written() {
        let mut tally = Tally::default();
        for (number, times) in [(i64::MIN, 1), (-5, -3), (0, 300), (7, 1), (i64::MAX, i64::MAX)] {
            tally.add(number, times);
        }
        assert_eq!(Tally::from_bytes(&tally.to_bytes()), Some(tally));
        assert_eq!(Tally::from_bytes(&[0x80]), None);
        assert_eq!(Tally::from_bytes(&[0xff; 20]), None);
    }
}
