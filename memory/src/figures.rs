//! Figures of all traces of a store, kept while they change.

mod latest;
mod outline;

use std::ops::Range;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use raceway_analysis::Trace;
use raceway_analysis::anomalies::{Anomaly, EarlierDurations, anomalies, time_before};
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{
    ALWAYS, Cover, Figures, Hotspots, KeptFigures, Names, Part, Performance, SECOND, Service,
    ServiceDependencies, ServiceEdge, ServiceHealth, SlowTrace, Window, second_of, slowest,
};
use raceway_model::Timestamp;

use crate::changes::ENTRY_BYTES;
use crate::id::Id;
use crate::store::MemoryStore;
use crate::store::times::have_events_in;
use outline::outline;

/// The figures of a store. There is one for a store, as it takes changed traces off its list.
///
/// Each answer counts first what has changed, so that it is true of the store as it was when it was asked. So
/// that this is little, somebody has to [count](Self::count) from time to time; one thread does so at a time.
///
/// Of a million events in traces of 20, in one run on a machine that others used too (reading JSON took 4 to 6 µs
/// an event):
///
/// | | within 10 s | over a day | over two days, each with a duration |
/// |---|---|---|---|
/// | counting an event, µs | 6 | 12 | 13 |
/// | memory for an event, bytes | 9 | 12 | 21 |
/// | services, edges, hotspots, ms | 0.01 | 0.01 | 0.01 |
/// | performance of a day, ms | 9 | 15 | 12 |
/// | health, ms | 46 to 98 | 17 | 12 |
/// | baselines of a trace, ms | 44 | 1.5 | 1.7 |
///
/// What takes long within 10 s is the part of a second at an end of the time, with up to 100,000 events. A long
/// trace is read whole each time that it has changed.
pub struct StoreFigures {
    store: Arc<MemoryStore>,
    kept: Mutex<KeptFigures<Id>>,
}

impl StoreFigures {
    /// Of a store, with all that is in it: which is still to be counted.
    #[must_use]
    pub fn new(store: Arc<MemoryStore>) -> Self {
        store.list_changes();
        StoreFigures { store, kept: Mutex::default() }
    }

    /// Counts traces that have changed, so many at most; returns how many. Answers wait for it meanwhile.
    pub fn count(&self, most: usize) -> usize {
        count(&self.store, &mut self.kept.lock(), most)
    }

    /// What it takes of memory, in bytes, which the store counts as its own, and what changes take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.lock().bytes() + self.store.changed() * ENTRY_BYTES
    }

    /// All services, by name.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        self.read(&[Part::Services], ALWAYS, Figures::services)
    }

    /// The health of all services by name, with what happened in a window.
    #[must_use]
    pub fn health(&self, window: &Window, now: Timestamp) -> Vec<ServiceHealth> {
        let mut kept = self.counted();
        let seconds = kept.newest_seconds();
        let latest = latest::newest_events(&self.store, kept.names(), &seconds);
        let recent = self.within(&mut kept, &[Part::Services], window.micros());
        recent.service_health(kept.names(), latest, now)
    }

    /// Calls between services, most calls first.
    #[must_use]
    pub fn edges(&self) -> Vec<ServiceEdge> {
        self.read(&[Part::Calls], ALWAYS, Figures::edges)
    }

    /// Which services a service calls, and which call it.
    #[must_use]
    pub fn service_dependencies(&self, service: &str) -> ServiceDependencies {
        self.read(&[Part::Calls], ALWAYS, |all, names| all.service_dependencies(names, service))
    }

    /// The variables and calls of which there are most, so many of each.
    #[must_use]
    pub fn hotspots(&self, most: usize) -> Hotspots {
        let parts = [Part::Variables, Part::Calls];
        self.read(&parts, ALWAYS, |all, names| all.hotspots(names, most))
    }

    /// How long traces and events in a window took, with so many of the slowest traces.
    #[must_use]
    pub fn performance(&self, window: &Window, most: usize) -> Performance {
        let times = window.micros();
        let mut kept = self.counted();
        let range = self.store.event_range(&times);
        let slowest = slowest_traces(&self.store, &times, most);
        let parts = [Part::Services, Part::Operations, Part::Traces];
        let figures = self.within(&mut kept, &parts, times);
        figures.performance(kept.names(), range, slowest)
    }

    /// What in a trace took much longer than it did before.
    #[must_use]
    pub fn anomalies(&self, trace: &Trace) -> Vec<Anomaly> {
        if !trace.has_durations() {
            return Vec::new();
        }
        self.read(&[Part::Operations], time_before(trace), |figures, names| {
            anomalies(trace, &EarlierDurations { figures, names })
        })
    }

    /// An answer from these parts of the figures of a time in microseconds since 1970; of other parts nothing is
    /// true.
    pub fn read<T>(
        &self,
        parts: &[Part],
        times: Range<i64>,
        answer: impl FnOnce(&Figures, &Names) -> T,
    ) -> T {
        let mut kept = self.counted();
        let figures = self.within(&mut kept, parts, times);
        answer(&figures, kept.names())
    }

    /// The figures with what has changed until now.
    fn counted(&self) -> MutexGuard<'_, KeptFigures<Id>> {
        let mut kept = self.kept.lock();
        count(&self.store, &mut kept, self.store.changed());
        kept
    }

    fn within(&self, kept: &mut KeptFigures<Id>, parts: &[Part], times: Range<i64>) -> Figures {
        let cover = Cover::of(times);
        let mut figures = kept.within(parts, &cover);
        for border in &cover.borders {
            add_border(&self.store, kept, parts, border, &mut figures);
        }
        figures
    }
}

fn count(store: &MemoryStore, kept: &mut KeptFigures<Id>, most: usize) -> usize {
    let mut counted = 0;
    let bytes = kept.bytes();
    while counted < most
        && let Some(changed) = store.take_changed()
    {
        let trace = changed.chunks.map(|chunks| outline(&changed.id, chunks));
        kept.update(changed.id, trace.as_ref());
        counted += 1;
    }
    if counted > 0 {
        store.account_beside(bytes, kept.bytes());
    }
    counted
}

/// Adds what happened in a part of a second. Of a trace that has no events in the rest of it, that is what is
/// counted in the whole second; so only traces that reach across its end are read again.
fn add_border(
    store: &MemoryStore,
    kept: &mut KeptFigures<Id>,
    parts: &[Part],
    border: &Range<i64>,
    figures: &mut Figures,
) {
    let start = second_of(border.start);
    let end = start + SECOND;
    for (id, chunks) in store.with_events_in(border) {
        let rest = [start..border.start, border.end..end];
        if rest.iter().any(|rest| have_events_in(&chunks, rest)) {
            let trace = outline(&id, chunks);
            let calls = calls(&trace);
            figures.merge(&Figures::within(&trace, &calls, border.clone(), kept.names_mut()));
        } else {
            kept.add_counted(&id, parts, start, figures);
        }
    }
}

fn slowest_traces(store: &MemoryStore, times: &Range<i64>, most: usize) -> Vec<SlowTrace> {
    let ended = store.ended_in(times).into_iter().map(|trace| (trace.micros, trace.id, ()));
    let slow = slowest(ended, most).into_iter();
    slow.filter_map(|(micros, id, ())| {
        let trace = store.listed(&id)?;
        Some(SlowTrace::lasting(trace.trace_id, micros, trace.services))
    })
    .collect()
}
