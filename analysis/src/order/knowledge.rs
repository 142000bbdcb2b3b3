//! What each chain has seen of the others, from which place on.

use foldhash::HashMap;

use super::ChainNo;
use crate::{MAX_KNOWN, TooComplex};

/// A pair of chains costs as much as so many changes of knowledge.
const PAIR: usize = 8;
/// Up to so many chains, pairs are found without hashing.
const FEW: usize = 1024;
/// How often knowledge is handed on at most: some seconds.
const MAX_STEPS: usize = 200_000_000;

/// From a place of a chain on, how many of another chain's first events are seen.
#[derive(Clone, Copy, Debug)]
struct Change {
    place: u32,
    count: u32,
}

/// For pairs of chains, the changes of what the first has seen of the second.
#[derive(Debug)]
pub(super) struct Knowledge {
    pairs: Pairs,
    changes: Vec<Vec<Change>>,
    /// Of a chain the others of which it has seen something, and where the changes are.
    known: Vec<Vec<(ChainNo, u32)>>,
    size: usize,
    steps: usize,
}

/// Where the changes of a pair are.
#[derive(Debug)]
enum Pairs {
    Table { width: usize, slots: Vec<u32> },
    Map(HashMap<(ChainNo, ChainNo), u32>),
}

const NO_SLOT: u32 = u32::MAX;

impl Pairs {
    fn get(&self, chain: ChainNo, other: ChainNo) -> Option<u32> {
        match self {
            Pairs::Table { width, slots } => {
                Some(slots[chain as usize * width + other as usize]).filter(|&slot| slot != NO_SLOT)
            }
            Pairs::Map(map) => map.get(&(chain, other)).copied(),
        }
    }

    fn insert(&mut self, chain: ChainNo, other: ChainNo, slot: u32) {
        match self {
            Pairs::Table { width, slots } => slots[chain as usize * *width + other as usize] = slot,
            Pairs::Map(map) => drop(map.insert((chain, other), slot)),
        }
    }
}

impl Knowledge {
    /// Of at most so many chains.
    pub(super) fn of(chains: usize) -> Self {
        let pairs = if chains <= FEW {
            Pairs::Table { width: chains, slots: vec![NO_SLOT; chains * chains] }
        } else {
            Pairs::Map(HashMap::default())
        };
        let known = vec![Vec::new(); chains];
        Knowledge { pairs, changes: Vec::new(), known, size: 0, steps: 0 }
    }

    /// How many of the other chain's first events are seen at a place.
    pub(super) fn seen(&self, chain: ChainNo, place: u32, other: ChainNo) -> u32 {
        self.pairs.get(chain, other).map_or(0, |slot| self.seen_of(slot, place))
    }

    fn seen_of(&self, slot: u32, place: u32) -> u32 {
        let changes = &self.changes[slot as usize];
        let count = match changes.last() {
            Some(last) if last.place <= place => changes.len(),
            _ => changes.partition_point(|change| change.place <= place),
        };
        count.checked_sub(1).map_or(0, |last| changes[last].count)
    }

    /// The first place at which more than so many of the other chain's events are seen.
    pub(super) fn first_above(&self, chain: ChainNo, other: ChainNo, count: u32) -> Option<u32> {
        let changes = &self.changes[self.pairs.get(chain, other)? as usize];
        let change = changes.partition_point(|change| change.count <= count);
        changes.get(change).map(|change| change.place)
    }

    /// The chains of which a chain has seen something at its end.
    pub(super) fn known(&self, chain: ChainNo) -> impl Iterator<Item = ChainNo> {
        self.known[chain as usize].iter().map(|&(other, _)| other)
    }

    /// From its last place on, a chain has seen an event of another one, and what that had seen.
    pub(super) fn learn(
        &mut self,
        [chain, place]: [u32; 2],
        [other, other_place]: [u32; 2],
    ) -> Result<(), TooComplex> {
        if self.seen(chain, place, other) > other_place {
            return Ok(());
        }
        self.raise(chain, place, other, other_place + 1);
        for known in 0..self.known[other as usize].len() {
            let (third, slot) = self.known[other as usize][known];
            let count = self.seen_of(slot, other_place);
            if third != chain && count > 0 {
                self.raise(chain, place, third, count);
            }
        }
        self.steps += self.known[other as usize].len();
        if self.size > MAX_KNOWN || self.steps > MAX_STEPS { Err(TooComplex) } else { Ok(()) }
    }

    fn raise(&mut self, chain: ChainNo, place: u32, other: ChainNo, count: u32) {
        let Some(slot) = self.pairs.get(chain, other) else {
            let slot = u32::try_from(self.changes.len()).expect("fewer pairs than bytes");
            self.pairs.insert(chain, other, slot);
            self.known[chain as usize].push((other, slot));
            self.changes.push(vec![Change { place, count }]);
            self.size += PAIR;
            return;
        };
        let changes = &mut self.changes[slot as usize];
        match changes.last_mut() {
            Some(last) if last.count >= count => {}
            Some(last) if last.place == place => last.count = count,
            _ => {
                changes.push(Change { place, count });
                self.size += 1;
            }
        }
    }

    pub(super) fn shrink(&mut self) {
        self.changes.iter_mut().for_each(Vec::shrink_to_fit);
    }
}
