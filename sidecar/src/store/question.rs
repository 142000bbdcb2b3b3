//! What is asked of many traces together, the answers, and how each is found where nothing is kept for it.

use std::ops::Range;
use std::sync::Arc;

use raceway_analysis::across::groups::{FindingGroups, GroupSearch, Wanted};
use raceway_analysis::across::variable::{VariableHistory, VariableSearch};
use raceway_analysis::anomalies::Anomaly;
use raceway_analysis::figures::{
    Hotspots, Performance, Service, ServiceDependencies, ServiceEdge, ServiceHealth,
};
use raceway_analysis::global::{GlobalAnalysis, GlobalRace, Search, Searched};
use raceway_analysis::{Options, Trace};
use raceway_model::{ListedTrace, Timestamp};

use super::StoreError;
use super::export::ExportFilter;
use super::live::examined::{Limits, examine};
use super::live::{
    self, Source, anomalies, figures, health, look, performance, period, search, window,
};
use super::window::Within;
use crate::delivery::now;

/// All that is wrong in a trace is looked for: a second or so.
const OF_FINDINGS: Limits = Limits { traces: 500, events: 50_000 };
/// Of those that access the variable, everything is held: some 50 MB.
const OF_VARIABLES: Limits = Limits { traces: 2000, events: 100_000 };

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
    /// What is wrong in the newest traces.
    Findings {
        period: Period,
        wanted: Wanted,
        options: Arc<Options>,
    },
    /// The history of a variable, of any service if none is given, in the newest traces: so many accesses.
    Variable {
        period: Period,
        name: String,
        service: Option<String>,
        most: u32,
        options: Arc<Options>,
    },
    /// What took much longer in a trace than before it.
    Anomalies {
        trace: Arc<Trace>,
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
    /// Whether kept figures tell the answer, without a look at events.
    pub(super) fn is_of_figures(&self) -> bool {
        match self {
            Question::Services
            | Question::Health { .. }
            | Question::Edges
            | Question::Dependencies { .. }
            | Question::Hotspots { .. }
            | Question::Performance { .. }
            | Question::Anomalies { .. } => true,
            Question::GlobalAnalysis(..)
            | Question::GlobalRaces(..)
            | Question::Findings { .. }
            | Question::Variable { .. }
            | Question::Window { .. }
            | Question::Watched { .. } => false,
        }
    }

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
            Question::Findings { period, wanted, options } => {
                examine(source, period, OF_FINDINGS, move |traces, examined| {
                    let (times, ends) = (examined.window.micros(), examined.ends());
                    let options = Options::clone(&options);
                    let mut search = GroupSearch::new(options, wanted, times, examined.omitted);
                    traces.each(|trace| search.add(trace))?;
                    Ok(Answer::Findings { ends, found: search.finish() })
                })
                .await
            }
            Question::Variable { period, name, service, most, options } => {
                examine(source, period, OF_VARIABLES, move |traces, examined| {
                    let (times, ends) = (examined.window.micros(), examined.ends());
                    let options = Options::clone(&options);
                    let omitted = examined.omitted;
                    let most = most as usize;
                    let mut search =
                        VariableSearch::new(options, name, service, times, most, omitted);
                    traces.each(|trace| search.add(trace))?;
                    Ok(Answer::Variable { ends, found: search.finish() })
                })
                .await
            }
            Question::Anomalies { trace } => {
                anomalies::anomalies(source, trace).await.map(Answer::Anomalies)
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
    Findings {
        /// The first instant, and the first one after the last.
        ends: [Timestamp; 2],
        found: FindingGroups,
    },
    Variable {
        /// The same.
        ends: [Timestamp; 2],
        found: VariableHistory,
    },
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
