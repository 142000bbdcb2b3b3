//! Sums by key and by time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

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

/// Of each key, sums by the start of their bucket of time (microseconds since 1970). None of them is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<K, S>(BTreeMap<K, BTreeMap<i64, S>>);

impl<K, S> Default for Series<K, S> {
    fn default() -> Self {
        Series(BTreeMap::new())
    }
}

impl<K: Ord + Clone, S: Sums> Series<K, S> {
    /// Adds sums, which are not zero, to those of a key in a bucket.
    pub fn add(&mut self, key: K, bucket: i64, sums: &S) {
        match self.0.entry(key) {
            Entry::Vacant(entry) => add_to(entry.insert(BTreeMap::new()), bucket, sums, 1),
            Entry::Occupied(mut entry) => {
                add_to(entry.get_mut(), bucket, sums, 1);
                if entry.get().is_empty() {
                    entry.remove();
                }
            }
        }
    }

    /// Adds another so many times.
    pub(super) fn add_all(&mut self, other: &Self, times: i64) {
        for (key, buckets) in &other.0 {
            if !self.0.contains_key(key) {
                self.0.insert(key.clone(), BTreeMap::new());
            }
            let Some(known) = self.0.get_mut(key) else { continue };
            for (&bucket, sums) in buckets {
                add_to(known, bucket, sums, times);
            }
            if known.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Key, bucket and sums, in order of keys and of buckets.
    pub fn rows(&self) -> impl Iterator<Item = (&K, i64, &S)> {
        let rows = |(key, buckets)| std::iter::repeat(key).zip(buckets);
        self.0.iter().flat_map(rows).map(|(key, (&bucket, sums))| (key, bucket, sums))
    }

    /// The keys in order, each with its buckets.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&K, &BTreeMap<i64, S>)> {
        self.0.iter()
    }

    /// The sums of each key over all buckets.
    pub fn totals(&self) -> impl Iterator<Item = (&K, S)> {
        self.0.iter().map(|(key, buckets)| (key, total(buckets.values())))
    }

    /// The sums of a key in buckets that begin in this time.
    #[must_use]
    pub fn total(&self, key: &K, buckets: Range<i64>) -> S {
        self.0
            .get(key)
            .map(|known| total(known.range(buckets).map(|(_, sums)| sums)))
            .unwrap_or_default()
    }

    /// Keys and sums of buckets that begin in this time.
    pub(super) fn between(&self, buckets: Range<i64>) -> impl Iterator<Item = (&K, &S)> {
        self.0.iter().flat_map(move |(key, known)| {
            std::iter::repeat(key).zip(known.range(buckets.clone()).map(|(_, sums)| sums))
        })
    }
}

fn add_to<S: Sums>(buckets: &mut BTreeMap<i64, S>, bucket: i64, sums: &S, times: i64) {
    let known = buckets.entry(bucket).or_default();
    known.add_all(sums, times);
    if *known == S::default() {
        buckets.remove(&bucket);
    }
}

fn total<'a, S: Sums + 'a>(sums: impl Iterator<Item = &'a S>) -> S {
    sums.fold(S::default(), |mut total, sums| {
        total.add_all(sums, 1);
        total
    })
}
