//! What one trace contributes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::timeline::{Buckets, Excerpt};
use super::{
    DurationSums, Figures, LinkType, NameId, Names, Operation, Pair, Quantiles, ServiceSums, Sums,
    Timeline, TraceSums, Variable,
};
use crate::calls::Call;
use crate::dependencies::service_calls;
use crate::names::Name;
use crate::trace::{Event, Trace};

impl Timeline {
    /// The figures of one trace: events, calls and accesses at their own time; the trace itself when its last
    /// event happens, and as one of a service's (a variable's, a pair's) traces when its last event of it does.
    ///
    /// It takes some 0.2 µs an event.
    #[must_use]
    pub fn of(trace: &Trace, calls: &[Call], names: &mut Names) -> Self {
        let mut timeline = Timeline::default();
        collect(trace, calls, names, &mut timeline);
        timeline
    }
}

impl Figures {
    /// What of a trace happened in this time (microseconds since 1970): what [`Timeline::of`] has there, for
    /// the borders of a time within a second.
    #[must_use]
    pub fn within(trace: &Trace, calls: &[Call], times: Range<i64>, names: &mut Names) -> Self {
        let mut figures = Figures::default();
        collect(trace, calls, names, &mut Excerpt { figures: &mut figures, times });
        figures
    }
}

fn collect(trace: &Trace, calls: &[Call], names: &mut Names, buckets: &mut impl Buckets) {
    let mut collector = Collector { trace, numbers: Numbers::new(trace, names), buckets };
    collector.services();
    collector.durations();
    collector.whole();
    collector.variables();
    collector.calls(calls);
}

/// Counts things of a trace in order of time: of equal ones the last is also the latest.
struct Collector<'c, B> {
    trace: &'c Trace,
    numbers: Numbers<'c>,
    buckets: &'c mut B,
}

impl<B: Buckets> Collector<'_, B> {
    fn services(&mut self) {
        let mut latest = BTreeMap::new();
        for event in self.trace.events() {
            latest.insert(event.service, event.time);
            let Some(figures) = self.buckets.at(event.time) else { continue };
            let service = self.numbers.of(event.service);
            figures.services.add(service, &ServiceSums { events: 1, traces: 0 });
        }
        for (service, time) in latest {
            let Some(figures) = self.buckets.at(time) else { continue };
            let service = self.numbers.of(service);
            figures.services.add(service, &ServiceSums { events: 0, traces: 1 });
        }
    }

    fn durations(&mut self) {
        for event in self.trace.events() {
            let Some(nanoseconds) = event.duration_ns() else { continue };
            let Some(figures) = self.buckets.at(event.time) else { continue };
            let operation = Operation {
                service: self.numbers.of(event.service),
                kind: self.numbers.of(event.kind),
                subject: event.subject.map(|subject| self.numbers.of(subject)),
            };
            figures.operations.add(operation, &DurationSums::of(nanoseconds));
        }
    }

    fn whole(&mut self) {
        let events = self.trace.events();
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let Some(figures) = self.buckets.at(last.time) else { return };
        let micros = last.time - first.time;
        let mut durations = Quantiles::default();
        durations.add(micros);
        figures.traces.add_all(&TraceSums { durations, total: micros.into() }, 1);
    }

    fn variables(&mut self) {
        let mut latest = BTreeMap::new();
        for event in self.trace.events() {
            let Some(access) = event.access else { continue };
            latest.insert(access.variable, event.time);
            let Some(figures) = self.buckets.at(event.time) else { continue };
            let name = self.numbers.of(access.variable);
            let service = self.numbers.of(event.service);
            figures.accesses.add(Variable { name, service }, &1);
        }
        for (variable, time) in latest {
            let Some(figures) = self.buckets.at(time) else { continue };
            figures.accessing_traces.add(self.numbers.of(variable), &1);
        }
    }

    fn calls(&mut self, calls: &[Call]) {
        let mut latest = BTreeMap::new();
        for call in service_calls(self.trace, calls) {
            let entry = self.trace.event(call.entry);
            latest.insert((call.from, call.to), entry.time);
            let Some(figures) = self.buckets.at(entry.time) else { continue };
            let link_type = LinkType::of(entry, self.trace.text(entry.kind));
            figures.calls.add((self.numbers.pair(call.from, call.to), link_type), &1);
        }
        for ((from, to), time) in latest {
            let Some(figures) = self.buckets.at(time) else { continue };
            figures.calling_traces.add(self.numbers.pair(from, to), &1);
        }
    }
}

impl LinkType {
    /// Of a call with this entry.
    fn of(entry: &Event, kind: &str) -> Self {
        match kind {
            "HttpRequest" if entry.is_grpc => LinkType::GrpcCall,
            "HttpRequest" => LinkType::HttpCall,
            "DatabaseQuery" => LinkType::DatabaseQuery,
            _ => LinkType::Custom,
        }
    }
}

/// The numbers of a trace's names, each looked up once.
struct Numbers<'n> {
    trace: &'n Trace,
    names: &'n mut Names,
    known: Vec<Option<NameId>>,
}

impl<'n> Numbers<'n> {
    fn new(trace: &'n Trace, names: &'n mut Names) -> Self {
        Numbers { trace, names, known: vec![None; trace.names().count()] }
    }

    fn of(&mut self, name: Name) -> NameId {
        *self.known[name.index()].get_or_insert_with(|| self.names.intern(self.trace.text(name)))
    }

    fn pair(&mut self, from: Name, to: Name) -> Pair {
        Pair { from: self.of(from), to: self.of(to) }
    }
}

#[cfg(test)]
mod tests {
    use crate::figures::timeline::SECOND;
    use crate::figures::{DurationSums, Names, ServiceSums, Timeline};
    use crate::testing::{event, trace};

    #[test]
    fn a_trace_counts_once_where_its_last_event_of_a_service_is() {
        let trace = trace([event("a").at(0.0), event("b").at(70_000.0)]);
        let mut names = Names::default();
        let timeline = Timeline::of(&trace, &[], &mut names);
        let start = trace.event(0).time;
        let counts: Vec<_> = timeline
            .iter()
            .map(|(second, figures)| (second - start, figures.services.get(names.intern("bank"))))
            .collect();
        let expected = [
            (0, ServiceSums { events: 1, traces: 0 }),
            (70 * SECOND, ServiceSums { events: 1, traces: 1 }),
        ];
        assert_eq!(counts, expected);
    }

    #[test]
    fn only_durations_that_are_known_are_summed() {
        let pay = |id| event(id).kind("FunctionCall").field("function_name", "pay");
        let trace = trace([pay("a").lasting(1.5), pay("b"), pay("c").lasting(-1.0)]);
        let mut names = Names::default();
        let figures = Timeline::of(&trace, &[], &mut names).total();
        let [(operation, sums)] = figures.operations.iter().collect::<Vec<_>>()[..] else {
            panic!("one operation")
        };
        assert_eq!(names.text(operation.subject.unwrap()), "pay");
        assert_eq!(*sums, DurationSums::of(1_500_000));
    }
}
