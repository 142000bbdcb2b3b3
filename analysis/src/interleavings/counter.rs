//! How many accesses of a class lie between two instants.

/// Times of accesses by their classes, in order.
pub(super) struct Counter<K>(Vec<(K, i64)>);

impl<K: Copy + Ord> Counter<K> {
    pub(super) fn new(times: impl Iterator<Item = (K, i64)>) -> Self {
        let mut times: Vec<(K, i64)> = times.collect();
        times.sort_unstable();
        Counter(times)
    }

    /// How many accesses of the class come after one instant and before the other.
    pub(super) fn between(&self, class: K, after: i64, before: i64) -> u64 {
        let first = self.0.partition_point(|&time| time <= (class, after));
        let end = self.0.partition_point(|&time| time < (class, before));
        end.saturating_sub(first) as u64
    }
}
