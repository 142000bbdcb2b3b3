//! The races of each variable, counted.

use super::TooManySteps;
use super::accesses::{Accesses, Slot};
use super::count::{Counter, Counts};
use super::places::{Columns, PlacePairs, Places, RacingPlaces};
use crate::severity::Severity;

/// What was found in a trace.
#[derive(Debug)]
pub(super) struct Searched {
    /// The variables that have races.
    pub(super) found: Vec<Found>,
    /// Of each event, whether it is in a race.
    pub(super) is_race: Vec<bool>,
}

/// What was found of a variable that has races.
#[derive(Debug)]
pub(super) struct Found {
    /// Its number.
    pub(super) variable: usize,
    /// Pairs, by severity.
    pub(super) pairs: [u64; 2],
    /// The pairs by place; `None` where there are too many places.
    pub(super) places: Option<Vec<RacingPlaces>>,
}

impl Found {
    /// The severity of the worst race.
    pub(super) fn severity(&self) -> Severity {
        if self.pairs[Severity::Critical as usize] > 0 {
            Severity::Critical
        } else {
            Severity::Warning
        }
    }
}

impl Searched {
    /// Counts the races of each variable.
    pub(super) fn of(counter: &mut Counter, accesses: &Accesses) -> Result<Self, TooManySteps> {
        let is_race = vec![false; counter.causality.trace.events().len()];
        let mut searched = Searched { found: Vec::new(), is_race };
        for variable in 0..accesses.variables() {
            let slots = accesses.slots(variable);
            if can_race(slots) {
                searched.search(counter, variable, slots)?;
            }
        }
        Ok(searched)
    }

    /// The accesses of the variable that race, in order of chains and places.
    pub(super) fn racing(&self, accesses: &Accesses, found: &Found) -> Vec<Slot> {
        racing(accesses.slots(found.variable), &self.is_race)
    }

    fn search(
        &mut self,
        counter: &mut Counter,
        variable: usize,
        slots: &[Slot],
    ) -> Result<(), TooManySteps> {
        let places = Places::of(&counter.causality.trace, slots).filter(Places::fit_at_once);
        let columns = places.as_ref().map_or_else(|| Columns::by_kind(slots), |p| p.columns(0));
        let counts = counter.unordered(slots, &columns.of)?;
        let pairs = self.mark(slots, &columns, &counts);
        if pairs != [0; 2] {
            let places = match places {
                Some(places) => Some(PlacePairs::new(places).with(0, &counts)),
                None => by_place(counter, &racing(slots, &self.is_race))?,
            };
            let places = places.map(|pairs| pairs.racing());
            self.found.push(Found { variable, pairs, places });
        }
        Ok(())
    }

    /// Marks the accesses that race, and counts their pairs by severity.
    fn mark(&mut self, slots: &[Slot], columns: &Columns, counts: &[Counts]) -> [u64; 2] {
        let mut ends = [0; 2];
        for (slot, &counts) in slots.iter().zip(counts) {
            let races = columns.by_severity(slot.kind, counts);
            self.is_race[slot.event as usize] = races != [0; 2];
            ends = [ends[0] + u64::from(races[0]), ends[1] + u64::from(races[1])];
        }
        ends.map(|ends| ends / 2)
    }
}

/// Whether there is a write, and more than one chain.
fn can_race(slots: &[Slot]) -> bool {
    let chains = slots.first().zip(slots.last()).map(|(first, last)| (first.chain, last.chain));
    chains.is_some_and(|(first, last)| first != last)
        && slots.iter().any(|slot| slot.kind.is_write())
}

/// The accesses that race.
fn racing(slots: &[Slot], is_race: &[bool]) -> Vec<Slot> {
    slots.iter().copied().filter(|slot| is_race[slot.event as usize]).collect()
}

/// Counts again, by place, what races.
fn by_place(counter: &mut Counter, racing: &[Slot]) -> Result<Option<PlacePairs>, TooManySteps> {
    let Some(places) = Places::of(&counter.causality.trace, racing) else { return Ok(None) };
    let mut pairs = PlacePairs::new(places);
    for block in 0..pairs.places().blocks() {
        let columns = pairs.places().columns(block);
        let counts = counter.unordered(racing, &columns.of)?;
        pairs = pairs.with(block, &counts);
    }
    Ok(Some(pairs))
}
