//! How many accesses come between a pair by their times, without looking at each.

use super::access::{Access, NO_PROCESS};
use super::pair::Pair;

/// Times of accesses by what they have in common, in order.
struct Counter<K>(Vec<(K, i64)>);

impl<K: Copy + Ord> Counter<K> {
    fn new(times: impl Iterator<Item = (K, i64)>) -> Self {
        let mut times: Vec<(K, i64)> = times.collect();
        times.sort_unstable();
        Counter(times)
    }

    /// How many accesses of one kind come after one instant and before another.
    fn between(&self, key: K, (after, before): (i64, i64)) -> u64 {
        let first = self.0.partition_point(|&time| time <= (key, after));
        let end = self.0.partition_point(|&time| time < (key, before));
        end.saturating_sub(first) as u64
    }
}

/// Times of accesses of several groups `G`, by group, process and class.
pub(super) struct Tally<G> {
    times: Counter<G>,
    of_processes: Counter<(G, u32)>,
    of_classes: Counter<(G, u32)>,
    of_both: Counter<(G, u32, u32)>,
}

impl<G: Copy + Ord> Tally<G> {
    /// Of accesses with their groups and classes.
    pub(super) fn new<'a>(accesses: &(impl Iterator<Item = (G, u32, &'a Access)> + Clone)) -> Self {
        let all = || accesses.clone();
        Tally {
            times: Counter::new(all().map(|(group, _, access)| (group, access.time))),
            of_processes: Counter::new(
                all().map(|(group, _, access)| ((group, access.process), access.time)),
            ),
            of_classes: Counter::new(
                all().map(|(group, class, access)| ((group, class), access.time)),
            ),
            of_both: Counter::new(
                all().map(|(group, class, access)| ((group, class, access.process), access.time)),
            ),
        }
    }

    /// How many accesses of a group came between, but for those of some classes: those that are further
    /// than the skew from both, and of the pair's own processes those that are nearer.
    pub(super) fn count(&self, group: G, pair: &Pair, left_out: &[u32]) -> u64 {
        let far = pair.time(NO_PROCESS);
        let mut count = self.times.between(group, far);
        for &class in left_out {
            count -= self.of_classes.between((group, class), far);
        }
        for process in pair.processes() {
            let near = pair.time(process);
            let nearer = |counter: &dyn Fn((i64, i64)) -> u64| counter(near) - counter(far);
            count += nearer(&|time| self.of_processes.between((group, process), time));
            for &class in left_out {
                count -= nearer(&|time| self.of_both.between((group, class, process), time));
            }
        }
        count
    }
}
