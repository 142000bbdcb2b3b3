//! How many events there are when: what is shown of more events than can be told one by one.

use std::collections::BTreeMap;
use std::ops::Range;

use raceway_model::Timestamp;
use serde::Serialize;

use crate::durations::milliseconds;

/// How many buckets a window has at most.
pub const MAX_BUCKETS: i64 = 512;
/// How many services have a lane of their own at most.
pub const MAX_LANES: usize = 100;
/// The lane of all others.
pub const OTHERS: &str = "(others)";

/// How many events of each service there are in each part of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphDensity))]
pub struct Density {
    /// The window's first instant.
    pub from: Timestamp,
    /// The first instant after the window.
    pub until: Timestamp,
    /// How long a bucket is.
    pub bucket_ms: f64,
    /// By service; where there are more than 100, the others share the last one, `(others)`.
    pub lanes: Vec<DensityLane>,
}

/// The events of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphDensityLane))]
pub struct DensityLane {
    /// Its name.
    pub service: String,
    /// Of each bucket, at most 512.
    pub counts: Vec<u64>,
}

/// The parts of a window, all as long.
#[derive(Clone, Debug)]
pub struct Buckets {
    window: Range<i64>,
    width: i64,
}

impl Buckets {
    /// Of a window in microseconds since 1970, which has an instant at least.
    #[must_use]
    pub fn of(window: Range<i64>) -> Self {
        let width = ((window.end - window.start).max(1) + MAX_BUCKETS - 1) / MAX_BUCKETS;
        Buckets { window, width }
    }

    /// How many microseconds one has.
    #[must_use]
    pub fn width(&self) -> i64 {
        self.width
    }

    /// In which one an instant of the window is.
    #[must_use]
    pub fn place(&self, time: i64) -> usize {
        usize::try_from((time - self.window.start) / self.width).unwrap_or(0)
    }

    fn count(&self) -> usize {
        1 + self.place(self.window.end.max(self.window.start + 1) - 1)
    }

    /// The density of events, given as service, bucket and how many.
    #[must_use]
    pub fn density<'e>(&self, events: impl IntoIterator<Item = (&'e str, usize, u64)>) -> Density {
        let mut lanes: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let mut others = vec![0; self.count()];
        let mut is_complete = true;
        for (service, bucket, count) in events {
            let is_known = lanes.contains_key(service) || lanes.len() < MAX_LANES;
            is_complete &= is_known;
            let counts = if is_known {
                lanes.entry(service).or_insert_with(|| vec![0; self.count()])
            } else {
                &mut others
            };
            counts[bucket.min(self.count() - 1)] += count;
        }
        let lane =
            |(service, counts): (&str, _)| DensityLane { service: service.to_owned(), counts };
        let others = (!is_complete).then(|| lane((OTHERS, others)));
        Density {
            from: Timestamp::nearest(self.window.start),
            until: Timestamp::nearest(self.window.end),
            bucket_ms: milliseconds(i128::from(self.width) * 1000),
            lanes: lanes.into_iter().map(lane).chain(others).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, MAX_LANES, OTHERS};

    #[test]
    fn every_instant_of_a_window_is_in_a_bucket() {
        for span in [1, 2, 511, 512, 513, 1_000_000] {
            let buckets = Buckets::of(10..10 + span);
            let last = buckets.place(10 + span - 1);
            assert!(
                last < 512 && i64::try_from(last + 1).unwrap() * buckets.width() >= span,
                "{span}"
            );
            let density = buckets.density([("bank", 0, 2), ("bank", last, 3)]);
            assert_eq!(density.lanes[0].counts.iter().sum::<u64>(), 5, "{span}");
            assert_eq!(density.lanes[0].counts.len(), last + 1);
        }
    }

    #[test]
    fn services_beyond_a_hundred_share_a_lane() {
        let names: Vec<String> = (0..150).map(|number| format!("{number:03}")).collect();
        let density = Buckets::of(0..1).density(names.iter().map(|name| (&**name, 0, 1)));
        assert_eq!(density.lanes.len(), MAX_LANES + 1);
        let others = density.lanes.last().map(|lane| (&*lane.service, lane.counts[0]));
        assert_eq!(others, Some((OTHERS, 50)));
    }
}
