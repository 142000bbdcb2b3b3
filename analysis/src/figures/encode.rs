//! Series as bytes. A key is written as what differs from the key before it, so that one among its neighbours
//! takes a byte or two.

use super::keys::{LinkType, Operation, Pair, Variable};
use super::quantiles::Bucket;
use super::series::{Series, Sums};
use super::sums::{DurationSums, ServiceSums, TraceSums};
use super::{NameId, varint};

/// A key as a few numbers, in whose order the keys are.
pub(super) trait Key: Ord + Copy {
    type Fields: AsRef<[u64]> + AsMut<[u64]> + Default;

    fn fields(self) -> Self::Fields;

    /// The key with these fields, if there is one.
    fn of(fields: &Self::Fields) -> Option<Self>;
}

/// What is written beside a key.
pub(super) trait Encoded: Sized {
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads what `write` wrote; `None` for anything else.
    fn read(bytes: &mut &[u8]) -> Option<Self>;

    /// Passes over what `read` reads.
    fn skip(bytes: &mut &[u8]) -> Option<()>;
}

/// Writes how many keys there are, and each with its sums.
pub(super) fn write<K: Key, S: Sums + Encoded>(series: &Series<K, S>, bytes: &mut Vec<u8>) {
    varint::write_unsigned(bytes, series.len() as u128);
    let mut before = K::Fields::default();
    for (key, sums) in series.iter() {
        let fields = key.fields();
        write_fields(before.as_ref(), fields.as_ref(), bytes);
        sums.write(bytes);
        before = fields;
    }
}

/// Adds what [`write()`] wrote to a series; `None` for anything else. Whatever length the bytes claim, each key
/// takes two of them at least.
pub(super) fn add<K: Key, S: Sums + Encoded>(
    series: &mut Series<K, S>,
    bytes: &mut &[u8],
) -> Option<()> {
    let mut fields = K::Fields::default();
    for _ in 0..varint::read_unsigned(bytes)? {
        read_fields(fields.as_mut(), bytes)?;
        series.add(K::of(&fields)?, &S::read(bytes)?);
    }
    Some(())
}

/// Passes over what [`add`] reads.
pub(super) fn skip<K: Key, S: Encoded>(bytes: &mut &[u8]) -> Option<()> {
    let length = K::Fields::default().as_ref().len() as u64;
    for _ in 0..varint::read_unsigned(bytes)? {
        let first = read_field(bytes)? % length;
        for _ in first + 1..length {
            varint::skip(bytes)?;
        }
        S::skip(bytes)?;
    }
    Some(())
}

/// Which field is the first that differs and by how much, in one number; then the fields after it.
fn write_fields(before: &[u64], fields: &[u64], bytes: &mut Vec<u8>) {
    let first = before.iter().zip(fields).position(|(before, field)| before != field).unwrap_or(0);
    let distance = fields[first] - before[first];
    varint::write_unsigned(bytes, u128::from(distance) * fields.len() as u128 + first as u128);
    for &field in &fields[first + 1..] {
        varint::write_unsigned(bytes, field.into());
    }
}

/// Makes of the fields before what [`write_fields`] wrote.
fn read_fields(fields: &mut [u64], bytes: &mut &[u8]) -> Option<()> {
    let length = fields.len() as u64;
    let head = read_field(bytes)?;
    let (first, after) =
        fields.get_mut(usize::try_from(head % length).ok()?..)?.split_first_mut()?;
    *first = first.checked_add(head / length)?;
    for field in after {
        *field = read_field(bytes)?;
    }
    Some(())
}

fn read_field(bytes: &mut &[u8]) -> Option<u64> {
    varint::read_unsigned(bytes)?.try_into().ok()
}

fn name(field: u64) -> Option<NameId> {
    field.try_into().ok()
}

impl Key for NameId {
    type Fields = [u64; 1];

    fn fields(self) -> [u64; 1] {
        [self.into()]
    }

    fn of(&[field]: &[u64; 1]) -> Option<Self> {
        name(field)
    }
}

impl Key for Bucket {
    type Fields = [u64; 1];

    fn fields(self) -> [u64; 1] {
        [self.into()]
    }

    fn of(&[field]: &[u64; 1]) -> Option<Self> {
        field.try_into().ok()
    }
}

impl Key for Operation {
    type Fields = [u64; 3];

    fn fields(self) -> [u64; 3] {
        let subject = self.subject.map_or(0, |subject| u64::from(subject) + 1);
        [self.service.into(), self.kind.into(), subject]
    }

    fn of(&[service, kind, subject]: &[u64; 3]) -> Option<Self> {
        let subject = match subject.checked_sub(1) {
            None => None,
            Some(subject) => Some(name(subject)?),
        };
        Some(Operation { service: name(service)?, kind: name(kind)?, subject })
    }
}

impl Key for Variable {
    type Fields = [u64; 2];

    fn fields(self) -> [u64; 2] {
        [self.name.into(), self.service.into()]
    }

    fn of(&[variable, service]: &[u64; 2]) -> Option<Self> {
        Some(Variable { name: name(variable)?, service: name(service)? })
    }
}

impl Key for Pair {
    type Fields = [u64; 2];

    fn fields(self) -> [u64; 2] {
        [self.from.into(), self.to.into()]
    }

    fn of(&[from, to]: &[u64; 2]) -> Option<Self> {
        Some(Pair { from: name(from)?, to: name(to)? })
    }
}

impl Key for (Pair, LinkType) {
    type Fields = [u64; 3];

    fn fields(self) -> [u64; 3] {
        let (pair, link_type) = self;
        [pair.from.into(), pair.to.into(), link_type as u64]
    }

    fn of(&[from, to, link_type]: &[u64; 3]) -> Option<Self> {
        let link_type = LinkType::ALL.get(usize::try_from(link_type).ok()?)?;
        Some((Pair::of(&[from, to])?, *link_type))
    }
}

impl Encoded for i64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        varint::write(bytes, (*self).into());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        varint::read(bytes)?.try_into().ok()
    }

    fn skip(bytes: &mut &[u8]) -> Option<()> {
        varint::skip(bytes)
    }
}

impl Encoded for ServiceSums {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.events.write(bytes);
        self.traces.write(bytes);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(ServiceSums { events: i64::read(bytes)?, traces: i64::read(bytes)? })
    }

    fn skip(bytes: &mut &[u8]) -> Option<()> {
        i64::skip(bytes)?;
        i64::skip(bytes)
    }
}

/// Of a single duration the square follows from it, so it is left out: the lowest bit of the count says so.
impl Encoded for DurationSums {
    fn write(&self, bytes: &mut Vec<u8>) {
        let has_squares = self.squares != self.squares_of_one();
        varint::write(bytes, i128::from(self.count) << 1 | i128::from(has_squares));
        varint::write(bytes, self.total);
        if has_squares {
            varint::write(bytes, self.squares);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let head = varint::read(bytes)?;
        let count = i64::try_from(head >> 1).ok()?;
        let mut sums = DurationSums { count, total: varint::read(bytes)?, squares: 0 };
        sums.squares = if head & 1 == 1 { varint::read(bytes)? } else { sums.squares_of_one() };
        Some(sums)
    }

    fn skip(bytes: &mut &[u8]) -> Option<()> {
        let has_squares = varint::read(bytes)? & 1 == 1;
        varint::skip(bytes)?;
        if has_squares { varint::skip(bytes) } else { Some(()) }
    }
}

impl DurationSums {
    /// The sum of squares if there is one duration, or one that is to be taken back.
    fn squares_of_one(&self) -> i128 {
        self.total.wrapping_mul(self.total).wrapping_mul(self.count.into())
    }
}

impl Encoded for TraceSums {
    fn write(&self, bytes: &mut Vec<u8>) {
        write(self.durations.buckets(), bytes);
        varint::write(bytes, self.total);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut sums = TraceSums::default();
        add(sums.durations.buckets_mut(), bytes)?;
        sums.total = varint::read(bytes)?;
        Some(sums)
    }

    fn skip(bytes: &mut &[u8]) -> Option<()> {
        skip::<Bucket, i64>(bytes)?;
        varint::skip(bytes)
    }
}
