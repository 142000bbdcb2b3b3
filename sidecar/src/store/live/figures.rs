//! Services, calls between them, and variables, of all traces.

use std::ops::Range;

use raceway_analysis::Trace;
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{
    ALWAYS, Figures, Hotspots, Names, Service, ServiceDependencies, ServiceEdge,
};
use raceway_analysis::trace::UNKNOWN;

use super::traces::Traces;
use crate::store::StoreError;
use crate::store::export::ExportFilter;

pub(in crate::store) fn services(traces: Traces) -> Result<Vec<Service>, StoreError> {
    total(traces).map(|Sums { figures, names }| figures.services(&names))
}

pub(in crate::store) fn edges(traces: Traces) -> Result<Vec<ServiceEdge>, StoreError> {
    total(traces).map(|Sums { figures, names }| figures.edges(&names))
}

/// The traces that a service has events in.
pub(in crate::store) fn traces_of(service: &str) -> ExportFilter {
    // Events that name no service are of this one.
    let service = Some(service.to_owned()).filter(|service| service != UNKNOWN);
    ExportFilter { service, ..ExportFilter::default() }
}

pub(in crate::store) fn dependencies(
    traces: Traces,
    service: &str,
) -> Result<ServiceDependencies, StoreError> {
    total(traces).map(|Sums { figures, names }| figures.service_dependencies(&names, service))
}

pub(in crate::store) fn hotspots(traces: Traces, most: u32) -> Result<Hotspots, StoreError> {
    total(traces).map(|Sums { figures, names }| figures.hotspots(&names, most as usize))
}

fn total(traces: Traces) -> Result<Sums, StoreError> {
    let mut sums = Sums::default();
    traces.each(|trace| sums.add(&trace, ALWAYS))?;
    Ok(sums)
}

/// Figures of traces.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) figures: Figures,
    pub(super) names: Names,
}

impl Sums {
    /// Adds what of a trace happened in a time, in microseconds since 1970.
    pub(super) fn add(&mut self, trace: &Trace, times: Range<i64>) {
        self.figures.merge(&Figures::within(trace, &calls(trace), times, &mut self.names));
    }
}
