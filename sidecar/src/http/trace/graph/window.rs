//! Which events of a trace are told one by one.

use std::ops::Range;

use raceway_analysis::space_time::density::{Buckets, Density};
use raceway_model::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::parameters::{Instant, Whole};
use crate::store::trace::WHOLE_EVENTS;

const DEFAULT_LIMIT: u32 = 2000;
/// A greater limit is cut to this.
const MAX_LIMIT: u32 = 4000;
const _: () = assert!(MAX_LIMIT as usize <= WHOLE_EVENTS, "a window is analysed as a trace is");

/// `?from=&until=&limit=`
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WindowParameters {
    /// Events since then; from the first one on if not given.
    #[param(inline)]
    pub(super) from: Option<Instant>,
    /// Events before then; all up to the last one if not given.
    #[param(inline)]
    pub(super) until: Option<Instant>,
    /// Of more events only the density is told: 2000 if not given, 4000 at most.
    #[param(inline)]
    pub(super) limit: Option<Whole<1>>,
}

/// From when to when a trace is, and the window of it, in microseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) window: Range<i64>,
}

/// How many events are in a window, and what is told of them.
pub(super) enum Shown {
    /// Each by itself.
    Events(u64),
    /// How many there are when, as they are many.
    Density(u64, Density),
}

impl WindowParameters {
    pub(super) fn limit(&self) -> usize {
        Whole::or(self.limit, DEFAULT_LIMIT, MAX_LIMIT) as usize
    }

    /// The window of a trace with events between these instants. One that ends before it begins is empty.
    pub(super) fn bounds(&self, first: Timestamp, last: Timestamp) -> Bounds {
        let micros = |instant: Instant| instant.0.micros();
        let start = self.from.map_or(first.micros(), micros);
        let end = self.until.map_or(last.micros() + 1, micros);
        Bounds { first, last, window: start..end.max(start) }
    }

    /// What is told of these events, given as service and time, some of which are in the window.
    pub(super) fn shown<'e>(
        &self,
        bounds: &Bounds,
        events: impl Iterator<Item = (&'e str, i64)> + Clone,
    ) -> Shown {
        let within = events.clone().filter(|(_, time)| bounds.window.contains(time)).count();
        if within <= self.limit() {
            Shown::Events(within as u64)
        } else {
            Shown::density(bounds, events)
        }
    }
}

impl Shown {
    /// The density of a window, given as service, bucket and how many.
    pub(super) fn counted(bounds: &Bounds, counts: &[(String, usize, u64)]) -> Self {
        let matched = counts.iter().map(|(_, _, count)| count).sum();
        let counts = counts.iter().map(|(service, place, count)| (&**service, *place, *count));
        Shown::Density(matched, Buckets::of(bounds.window.clone()).density(counts))
    }

    /// The density of these events, some of which are in the window.
    pub(super) fn density<'e>(
        bounds: &Bounds,
        events: impl Iterator<Item = (&'e str, i64)>,
    ) -> Self {
        let buckets = Buckets::of(bounds.window.clone());
        let within = events.filter(|(_, time)| bounds.window.contains(time));
        let mut matched = 0;
        let density = buckets.density(within.map(|(service, time)| {
            matched += 1;
            (service, buckets.place(time), 1)
        }));
        Shown::Density(matched, density)
    }
}
