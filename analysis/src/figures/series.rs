//! Sums by key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What can be added up in any order and taken back: an abelian group, whose zero is the default.
pub trait Sums: Clone + Default + PartialEq {
    /// Adds another so many times: -1 takes it back.
    fn add_all(&mut self, other: &Self, times: i64);
}

/// A count.
impl Sums for i64 {
    fn add_all(&mut self, other: &Self, times: i64) {
        *self = self.wrapping_add(other.wrapping_mul(times));
    }
}

/// Of each key its sums, none of which is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series<K, S>(BTreeMap<K, S>);

impl<K, S> Default for Series<K, S> {
    fn default() -> Self {
        Series(BTreeMap::new())
    }
}

impl<K: Ord + Copy, S: Sums> Series<K, S> {
    /// Adds to the sums of a key.
    pub fn add(&mut self, key: K, sums: &S) {
        self.add_times(key, sums, 1);
    }

    /// Adds another so many times.
    pub(super) fn add_all(&mut self, other: &Self, times: i64) {
        for (key, sums) in other.iter() {
            self.add_times(key, sums, times);
        }
    }

    fn add_times(&mut self, key: K, sums: &S, times: i64) {
        match self.0.entry(key) {
            Entry::Vacant(entry) => {
                let mut new = S::default();
                new.add_all(sums, times);
                if new != S::default() {
                    entry.insert(new);
                }
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().add_all(sums, times);
                if *entry.get() == S::default() {
                    entry.remove();
                }
            }
        }
    }

    /// The keys in order, each with its sums.
    pub fn iter(&self) -> impl Iterator<Item = (K, &S)> {
        self.0.iter().map(|(&key, sums)| (key, sums))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.0.keys().copied()
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all sums are zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sums of a key.
    #[must_use]
    pub fn get(&self, key: K) -> S {
        self.0.get(&key).cloned().unwrap_or_default()
    }

    /// The same sums by other keys; what comes to be of one key is added up.
    pub(super) fn by<T: Ord + Copy>(&self, other: impl Fn(K) -> T) -> Series<T, S> {
        let mut series = Series::default();
        for (key, sums) in self.iter() {
            series.add(other(key), sums);
        }
        series
    }
}
