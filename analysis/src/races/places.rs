//! Where in the source, and how, a variable is accessed.

use foldhash::{HashMap, HashMapExt};

use super::accesses::Slot;
use super::conflict;
use super::count::{COLUMNS, Counts};
use crate::names::Name;
use crate::severity::Severity;
use crate::trace::{AccessKind, Trace};

/// A place in the source, and how it accesses the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) location: Option<Name>,
    pub(super) kind: AccessKind,
}

/// What accesses are counted by: of each slot its column, and of each column how it accesses.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) of: Vec<u8>,
    pub(super) kinds: Vec<AccessKind>,
}

/// The column of what isn't counted.
const NO_COLUMN: u8 = u8::MAX;

impl Columns {
    /// Columns for how a slot accesses alone: whether it writes, and whether it is atomic.
    pub(super) fn by_kind(slots: &[Slot]) -> Self {
        use AccessKind::{AtomicRead, AtomicWrite, Read, Write};
        let column =
            |slot: &Slot| u8::from(slot.kind.is_write()) + 2 * u8::from(slot.kind.is_atomic());
        let of = slots.iter().map(column).collect();
        Columns { of, kinds: vec![Read, Write, AtomicRead, AtomicWrite] }
    }

    /// Of the races of an access, how many are of each severity.
    pub(super) fn by_severity(&self, kind: AccessKind, counts: Counts) -> [u32; 2] {
        let mut races = [0; 2];
        for (&other, count) in self.kinds.iter().zip(counts) {
            if let Some(severity) = conflict::severity(kind, other) {
                races[severity as usize] += count;
            }
        }
        races
    }
}

/// The places of a variable's accesses.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    of: Vec<u8>,
}

impl Places {
    /// How many places of a variable are told apart.
    const MAX: usize = 32;

    /// `None` for too many of them.
    pub(super) fn of(trace: &Trace, slots: &[Slot]) -> Option<Self> {
        let mut numbers: HashMap<Place, u8> = HashMap::new();
        let mut places = Places { places: Vec::new(), of: Vec::with_capacity(slots.len()) };
        for slot in slots {
            let place = Place { location: trace.event(slot.event).location, kind: slot.kind };
            let number = match numbers.get(&place) {
                Some(&number) => number,
                None if places.places.len() == Self::MAX => return None,
                None => {
                    let number = u8::try_from(places.places.len()).ok()?;
                    places.places.push(place);
                    numbers.insert(place, number);
                    number
                }
            };
            places.of.push(number);
        }
        Some(places)
    }

    pub(super) fn fit_at_once(&self) -> bool {
        self.places.len() <= COLUMNS
    }

    /// How many times accesses must be counted for all places to be.
    pub(super) fn blocks(&self) -> usize {
        self.places.len().div_ceil(COLUMNS)
    }

    /// The columns for some of the places.
    pub(super) fn columns(&self, block: usize) -> Columns {
        let first = block * COLUMNS;
        let column = |&place: &u8| match usize::from(place).checked_sub(first) {
            Some(column) if column < COLUMNS => u8::try_from(column).unwrap_or(NO_COLUMN),
            _ => NO_COLUMN,
        };
        let kinds = self.places.iter().skip(first).take(COLUMNS).map(|place| place.kind);
        Columns { of: self.of.iter().map(column).collect(), kinds: kinds.collect() }
    }
}

/// How many pairs of accesses race at two places.
#[derive(Debug)]
pub(super) struct PlacePairs {
    places: Places,
    /// By the place of one access and then of the other, each pair from either side.
    counts: Vec<u64>,
}

impl PlacePairs {
    pub(super) fn new(places: Places) -> Self {
        let counts = vec![0; places.places.len() * places.places.len()];
        PlacePairs { places, counts }
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// Adds what was counted for the columns of a block.
    pub(super) fn with(mut self, block: usize, counts: &[Counts]) -> Self {
        let places = self.places.places.len();
        for (&place, counts) in self.places.of.iter().zip(counts) {
            let row = &mut self.counts[usize::from(place) * places..][..places];
            for (sum, &count) in row[block * COLUMNS..].iter_mut().zip(counts) {
                *sum += u64::from(count);
            }
        }
        self
    }

    /// The pairs of places at which accesses race.
    pub(super) fn racing(&self) -> Vec<RacingPlaces> {
        let places = 0..self.places.places.len();
        let pairs = places.clone().flat_map(|one| places.clone().map(move |other| (one, other)));
        pairs.filter_map(|(one, other)| self.between(one, other)).collect()
    }

    fn between(&self, one: usize, other: usize) -> Option<RacingPlaces> {
        let places = &self.places.places;
        let (first, second) = (places[one], places[other]);
        let severity = conflict::severity(first.kind, second.kind)?;
        let count = self.counts[one * places.len() + other];
        let pairs = if one == other { count / 2 } else { count };
        (one <= other && pairs > 0).then_some(RacingPlaces { first, second, severity, pairs })
    }
}

/// Two places at which accesses race.
#[derive(Clone, Copy, Debug)]
pub(super) struct RacingPlaces {
    pub(super) first: Place,
    pub(super) second: Place,
    pub(super) severity: Severity,
    /// How many pairs do.
    pub(super) pairs: u64,
}
