//! What is asked of many traces together, and the answers.

use std::sync::Arc;

use raceway_analysis::Options;
use raceway_analysis::anomalies::Anomaly;
use raceway_analysis::figures::{
    Hotspots, Performance, Service, ServiceDependencies, ServiceEdge, ServiceHealth,
};
use raceway_analysis::global::{GlobalAnalysis, GlobalRace, Searched};
use raceway_model::Timestamp;

/// A question about all that is stored, or a time of it.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    Services,
    /// Counts are of so many minutes before now.
    Health {
        minutes: u32,
    },
    Edges,
    /// Whom a service calls, and who calls it.
    Dependencies {
        service: String,
    },
    /// So many of each sort.
    Hotspots {
        most: u32,
    },
    /// Of so many minutes before the newest event, and so many of the slowest traces.
    Performance {
        minutes: u32,
        most: u32,
    },
    GlobalAnalysis(Period, Arc<Options>),
    GlobalRaces(Period, Arc<Options>),
    /// What took much longer in a trace than before it.
    Anomalies {
        trace_id: String,
    },
}

/// A time: from the first instant on, and before the second one. Without a first, it is the 24 hours before
/// the second; without either, those up to the newest event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

/// What is answered to the [`Question`] of this name.
#[derive(Debug)]
pub(crate) enum Answer {
    Services(Vec<Service>),
    Health(Vec<ServiceHealth>),
    Edges(Vec<ServiceEdge>),
    Dependencies(ServiceDependencies),
    Hotspots(Hotspots),
    Performance(Performance),
    GlobalAnalysis(Searched<GlobalAnalysis>),
    GlobalRaces(Searched<Vec<GlobalRace>>),
    Anomalies(Vec<Anomaly>),
}
