//! Objects and arrays of `jsonb`: a header, an entry for each thing within it, then what these are of.

use std::borrow::Cow;

/// Of an entry: what it is of.
const STRING: u32 = 0;
const NUMERIC: u32 = 0x1000_0000;
const FALSE: u32 = 0x2000_0000;
const TRUE: u32 = 0x3000_0000;
const NULL: u32 = 0x4000_0000;
const CONTAINER: u32 = 0x5000_0000;
/// Of an entry: its number is the end of what it is of, not the length.
const HAS_END: u32 = 0x8000_0000;
/// Every so many entries have it.
const STRIDE: usize = 32;
const LENGTH: u32 = 0x0fff_ffff;

/// Of a container: how many things are within it, and what it is.
const SCALAR: u32 = 0x1000_0000;
const OBJECT: u32 = 0x2000_0000;
const ARRAY: u32 = 0x4000_0000;

/// Of a value: what it is, and its bytes.
pub(super) type Entry = u32;

/// What has been written.
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// With room for the header of a value of SQL.
    pub(super) fn new() -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend([0; 4]);
        Buffer(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Numbers and containers start at a multiple of four bytes.
    fn align(&mut self) {
        let end = self.0.len().next_multiple_of(4);
        self.0.resize(end, 0);
    }

    fn push(&mut self, number: u32) {
        self.0.extend(number.to_ne_bytes());
    }

    /// What has been written since `start`.
    fn entry(&self, kind: u32, start: usize) -> Entry {
        kind | u32::try_from(self.0.len() - start).unwrap_or(LENGTH) & LENGTH
    }

    pub(super) fn string(&mut self, text: &str) -> Entry {
        let start = self.0.len();
        self.0.extend(text.as_bytes());
        self.entry(STRING, start)
    }

    /// Of a `numeric` without the header of its length.
    pub(super) fn numeric(&mut self, numeric: &[u8]) -> Entry {
        let start = self.0.len();
        self.align();
        // The header of a value of SQL: its length, four times.
        self.push(u32::try_from(numeric.len() + 4).unwrap_or(LENGTH) << 2);
        self.0.extend(numeric);
        self.entry(NUMERIC, start)
    }

    pub(super) fn word(json: &str) -> Entry {
        match json {
            "true" => TRUE,
            "false" => FALSE,
            _ => NULL,
        }
    }

    /// A value that is no container, by itself.
    pub(super) fn alone(&mut self, mut write: impl FnMut(&mut Self) -> Entry) -> Entry {
        self.list(ARRAY | SCALAR, std::iter::once(()), 1, |buffer, ()| write(buffer))
    }

    pub(super) fn array<T>(
        &mut self,
        elements: impl ExactSizeIterator<Item = T>,
        write: impl FnMut(&mut Self, T) -> Entry,
    ) -> Entry {
        let count = elements.len();
        self.list(ARRAY, elements, count, write)
    }

    /// Keys are in the order of their lengths, then of their bytes; of equal ones the last counts.
    pub(super) fn object<T>(
        &mut self,
        mut fields: Vec<(Cow<str>, T)>,
        mut write: impl FnMut(&mut Self, T) -> Entry,
    ) -> Entry {
        fields.sort_by(|(a, _), (b, _)| (a.len(), a.as_bytes()).cmp(&(b.len(), b.as_bytes())));
        fields.reverse();
        fields.dedup_by(|(a, _), (b, _)| a == b);
        let (keys, values): (Vec<_>, Vec<_>) = fields.into_iter().rev().unzip();
        let count = keys.len();
        let things = keys.into_iter().map(Ok).chain(values.into_iter().map(Err));
        self.list(OBJECT, things, count, |buffer, thing| match thing {
            Ok(key) => buffer.string(&key),
            Err(value) => write(buffer, value),
        })
    }

    fn list<T>(
        &mut self,
        kind: u32,
        things: impl Iterator<Item = T>,
        count: usize,
        mut write: impl FnMut(&mut Self, T) -> Entry,
    ) -> Entry {
        let start = self.0.len();
        self.align();
        self.push(kind | u32::try_from(count).unwrap_or(LENGTH));
        let entries = self.0.len();
        let things_in_all = if kind == OBJECT { 2 * count } else { count };
        self.0.resize(entries + 4 * things_in_all, 0);
        let mut end = 0;
        for (index, thing) in things.enumerate() {
            let entry = write(self, thing);
            end += entry & LENGTH;
            let entry = if index % STRIDE == 0 { entry & !LENGTH | HAS_END | end } else { entry };
            self.0[entries + 4 * index..][..4].copy_from_slice(&entry.to_ne_bytes());
        }
        self.entry(CONTAINER, start)
    }
}
