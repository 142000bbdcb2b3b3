//! Findings of one kind at the same places.

use std::collections::{BTreeMap, BTreeSet};

use raceway_model::Timestamp;
use serde::Serialize;

use super::Buckets;
use crate::severity::Severity;
use crate::space_time::findings::Kind;
use crate::trace::UNKNOWN;

/// How many places are named.
const MAX_PLACES: usize = 3;
/// How many traces are named.
pub(super) const MAX_TRACES: usize = 10;

/// Findings of one kind at the same places.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FindingGroup {
    /// What they are.
    pub kind: Kind,
    /// How bad they are.
    pub severity: Severity,
    /// The variable, if it is one.
    #[cfg_attr(feature = "schema", schema(required))]
    pub variable: Option<String>,
    /// The service of the first access.
    pub service: String,
    /// Where in the source they are, at most three places in order; none where events name none.
    pub places: Vec<String>,
    /// How many there are.
    pub count: u64,
    /// In how many traces.
    pub trace_count: u64,
    /// The newest of these, at most 10.
    pub trace_ids: Vec<String>,
    /// When the first one was complete.
    pub first_timestamp: Timestamp,
    /// When the last one was complete.
    pub last_timestamp: Timestamp,
    /// What happened, of the last one.
    pub description: String,
    /// How many there are in each part of the time.
    pub counts: Vec<u64>,
}

/// A finding, as far as it is grouped.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) variable: Option<String>,
    pub(super) service: String,
    /// In any order.
    pub(super) places: Vec<String>,
    pub(super) trace_ids: Vec<String>,
    /// When its last access happened.
    pub(super) timestamp: Timestamp,
    pub(super) description: String,
}

/// What findings of a group have in common, the worst first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    severity: Severity,
    kind: Kind,
    variable: Option<String>,
    service: String,
    places: Vec<String>,
}

impl Found {
    pub(super) fn key(&self) -> Key {
        let places = self.places.iter().filter(|&place| place != UNKNOWN);
        let places: BTreeSet<String> = places.cloned().collect();
        Key {
            severity: self.severity,
            kind: self.kind,
            variable: self.variable.clone(),
            service: self.service.clone(),
            places: places.into_iter().take(MAX_PLACES).collect(),
        }
    }
}

/// Those of one key.
#[derive(Debug, Default)]
pub(super) struct Members {
    count: u64,
    /// By trace the last one.
    traces: BTreeMap<String, Timestamp>,
    first: Option<Timestamp>,
    last: Option<(Timestamp, String)>,
    counts: Vec<u64>,
}

impl Members {
    pub(super) fn add(&mut self, found: Found, buckets: &Buckets) {
        let time = found.timestamp;
        self.count += 1;
        self.counts.resize(buckets.count(), 0);
        if let Some(count) = self.counts.get_mut(buckets.place(time.micros())) {
            *count += 1;
        }
        for trace_id in found.trace_ids {
            let last = self.traces.entry(trace_id).or_insert(time);
            *last = time.max(*last);
        }
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.take().max(Some((time, found.description)));
    }

    pub(super) fn group(self, key: Key) -> Option<FindingGroup> {
        let (last_timestamp, description) = self.last?;
        let trace_count = self.traces.len() as u64;
        Some(FindingGroup {
            kind: key.kind,
            severity: key.severity,
            variable: key.variable,
            service: key.service,
            places: key.places,
            count: self.count,
            trace_count,
            trace_ids: newest(self.traces),
            first_timestamp: self.first?,
            last_timestamp,
            description,
            counts: self.counts,
        })
    }
}

/// Traces by when something was last found in them: the newest first, at most 10.
pub(super) fn newest(traces: BTreeMap<String, Timestamp>) -> Vec<String> {
    let mut traces: Vec<(Timestamp, String)> =
        traces.into_iter().map(|(id, time)| (time, id)).collect();
    traces.sort_by(|(time, id), (other_time, other)| other_time.cmp(time).then(id.cmp(other)));
    traces.into_iter().take(MAX_TRACES).map(|(_, id)| id).collect()
}
