//! Locks that requests of several traces have waited for.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use super::group::newest;
use crate::Causality;
use crate::contention::contention;

/// How many locks are named.
const MAX_LOCKS: usize = 20;

/// A lock that was waited for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ContendedLock {
    /// Its id in its service.
    pub lock: String,
    /// Its service.
    pub service: String,
    /// How often it was taken.
    pub acquisitions: u64,
    /// How many of those who took it waited.
    pub waits: u64,
    /// How long they waited together.
    pub total_wait_ms: f64,
    /// How long it was held, summed over its holders.
    pub total_hold_ms: f64,
    /// The longest wait.
    pub longest_wait_ms: f64,
    /// The newest traces in which it was waited for, at most 10.
    pub trace_ids: Vec<String>,
}

/// Locks by service and id.
#[derive(Debug, Default)]
pub(super) struct Locks(BTreeMap<(String, String), (ContendedLock, BTreeMap<String, Timestamp>)>);

impl Locks {
    pub(super) fn add(&mut self, causality: &Causality) {
        let Some(last) = causality.trace.events().last() else { return };
        for lock in contention(causality) {
            let key = (lock.service.clone(), lock.lock.clone());
            let (sum, traces) = self.0.entry(key).or_insert_with(|| (none(&lock), BTreeMap::new()));
            sum.acquisitions += lock.acquisitions;
            sum.waits += lock.waits;
            sum.total_wait_ms += lock.total_wait_ms;
            sum.total_hold_ms += lock.total_hold_ms;
            let longest = lock.longest_waits.first().map_or(0.0, |wait| wait.wait_ms);
            sum.longest_wait_ms = sum.longest_wait_ms.max(longest);
            if lock.waits > 0 {
                traces.insert(causality.trace.id.clone(), Timestamp::nearest(last.time));
            }
        }
    }

    /// Those that were waited for, of a service if one is asked for: most waited for first.
    pub(super) fn contended(self, service: Option<&str>) -> Vec<ContendedLock> {
        let locks = self.0.into_values();
        let named = locks.map(|(lock, traces)| ContendedLock { trace_ids: newest(traces), ..lock });
        let is_wanted = |lock: &ContendedLock| {
            lock.waits > 0 && service.is_none_or(|service| service == lock.service)
        };
        let mut locks: Vec<ContendedLock> = named.filter(is_wanted).collect();
        locks.sort_by(|one, other| other.total_wait_ms.total_cmp(&one.total_wait_ms));
        locks.truncate(MAX_LOCKS);
        locks
    }
}

fn none(lock: &crate::contention::Contention) -> ContendedLock {
    ContendedLock {
        lock: lock.lock.clone(),
        service: lock.service.clone(),
        acquisitions: 0,
        waits: 0,
        total_wait_ms: 0.0,
        total_hold_ms: 0.0,
        longest_wait_ms: 0.0,
        trace_ids: Vec::new(),
    }
}
