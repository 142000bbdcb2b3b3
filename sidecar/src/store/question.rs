//! What is asked of many traces together, the answers, and how each is found where nothing is kept for it.

use std::ops::Range;
use std::sync::Arc;

use raceway_analysis::Options;
use raceway_analysis::anomalies::Anomaly;
use raceway_analysis::figures::{
    Hotspots, Performance, Service, ServiceDependencies, ServiceEdge, ServiceHealth,
};
use raceway_analysis::global::{GlobalAnalysis, GlobalRace, Search, Searched};
use raceway_model::{ListedTrace, Timestamp};

use super::StoreError;
use super::export::ExportFilter;
use super::live::{
    self, Source, anomalies, figures, health, look, performance, period, search, window,
};
use super::window::Within;
use crate::delivery::now;

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
    /// The events of a trace in a time, which is in microseconds since 1970: so many at most.
    Window {
        trace_id: String,
        times: Range<i64>,
        most: usize,
    },
    /// What a list says of these traces, and of so many that came last, whoever has written them.
    Watched {
        trace_ids: Arc<[String]>,
        newest: u32,
    },
}

impl Question {
    /// The answer as of now, by a look at the events.
    pub(super) async fn look(self, source: &impl Source) -> Result<Answer, StoreError> {
        let is_quick = matches!(self, Question::Watched { .. });
        let _turn = if is_quick { None } else { Some(live::turn().await) };
        match self {
            Question::Services => {
                look(source, ExportFilter::default(), |traces| {
                    figures::services(traces).map(Answer::Services)
                })
                .await
            }
            Question::Health { minutes } => {
                let write =
                    move |traces| health::health(traces, minutes, now()).map(Answer::Health);
                look(source, ExportFilter::default(), write).await
            }
            Question::Edges => {
                look(source, ExportFilter::default(), |traces| {
                    figures::edges(traces).map(Answer::Edges)
                })
                .await
            }
            Question::Dependencies { service } => {
                let filter = figures::traces_of(&service);
                let write =
                    move |traces| figures::dependencies(traces, &service).map(Answer::Dependencies);
                look(source, filter, write).await
            }
            Question::Hotspots { most } => {
                let write = move |traces| figures::hotspots(traces, most).map(Answer::Hotspots);
                look(source, ExportFilter::default(), write).await
            }
            Question::Performance { minutes, most } => {
                let window = period::ending(source.newest().await?, minutes);
                let write = move |traces| {
                    performance::performance(traces, &window, most).map(Answer::Performance)
                };
                look(source, period::filter(&window), write).await
            }
            Question::GlobalAnalysis(period, options) => {
                let write = |search: Search| Answer::GlobalAnalysis(search.analysis());
                search(source, period, options, Search::add, write).await
            }
            Question::GlobalRaces(period, options) => {
                let write = |search: Search| Answer::GlobalRaces(search.races());
                search(source, period, options, Search::add_with_races, write).await
            }
            Question::Anomalies { trace_id } => {
                anomalies::anomalies(source, trace_id).await.map(Answer::Anomalies)
            }
            Question::Window { trace_id, times, most } => {
                window::window(source, trace_id, times, most).await.map(Answer::Window)
            }
            Question::Watched { trace_ids, newest } => {
                source.watched(&trace_ids, newest).await.map(Answer::Watched)
            }
        }
    }
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
    Window(Within),
    Watched(Watched),
}

/// Traces as a list shows them, in any order; those that are not there are missing.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) named: Vec<ListedTrace>,
    /// `None` of a store that nobody else writes.
    pub(crate) newest: Option<Vec<ListedTrace>>,
}
