//! What one trace contributes.

use std::hash::Hash;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::{
    DAY, DurationSums, Figures, Kind, LinkType, MINUTE, Operation, Pair, Quantiles, Series,
    ServiceSums, Sums, TraceSums, Variable, bucket,
};
use crate::calls::Call;
use crate::dependencies::service_calls;
use crate::names::Name;
use crate::trace::{Event, EventNo, Trace};

/// All time there is.
const ALWAYS: Range<i64> = i64::MIN..i64::MAX;

impl Figures {
    /// The figures of one trace.
    #[must_use]
    pub fn of(trace: &Trace, calls: &[Call]) -> Self {
        Figures::within(trace, calls, ALWAYS)
    }

    /// What of a trace happened in this time (microseconds since 1970): events, calls and accesses at their
    /// own time; the trace itself when its last event happens, and as one of a service's (a variable's, a
    /// pair's) traces when its last event of it does.
    #[must_use]
    pub fn within(trace: &Trace, calls: &[Call], times: Range<i64>) -> Self {
        let mut figures = Figures::default();
        let collector = Collector { trace, times };
        collector.services(&mut figures);
        collector.durations(&mut figures);
        collector.whole(&mut figures);
        collector.variables(&mut figures);
        collector.calls(calls, &mut figures);
        figures
    }
}

struct Collector<'t> {
    trace: &'t Trace,
    times: Range<i64>,
}

impl Collector<'_> {
    fn services(&self, figures: &mut Figures) {
        let mut events: Counts<_, ServiceSums> = Counts::new(MINUTE);
        let mut latest = Latest::default();
        for event in self.trace.events() {
            latest.see(event.service, event.time);
            if self.times.contains(&event.time) {
                events.of(event.service, event.time).events += 1;
            }
        }
        for (service, time) in latest.within(&self.times) {
            events.of(service, time).latest.add(time, 1);
        }
        events.add_to(&mut figures.services, |&service| self.text(service));
    }

    fn durations(&self, figures: &mut Figures) {
        let mut operations: Counts<_, DurationSums> = Counts::new(MINUTE);
        let mut kinds: Counts<_, DurationSums> = Counts::new(MINUTE);
        let mut examples: HashMap<_, EventNo> = HashMap::new();
        for (number, event) in (0..).zip(self.trace.events()) {
            let Some(nanoseconds) = event.duration_ns() else { continue };
            if self.times.contains(&event.time) {
                let operation = (event.service, event.kind, event.subject);
                let sums = DurationSums::of(nanoseconds);
                examples.insert(operation, number);
                operations.of(operation, event.time).add_all(&sums, 1);
                kinds.of((event.service, event.kind), event.time).add_all(&sums, 1);
            }
        }
        operations.add_to(&mut figures.operations, |operation| {
            Operation::of(self.trace, examples[operation])
        });
        kinds.add_to(&mut figures.kinds, |&(service, kind)| Kind {
            service: self.text(service),
            kind: self.text(kind),
        });
    }

    fn whole(&self, figures: &mut Figures) {
        let (Some(first), Some(last)) = (self.trace.events().first(), self.trace.events().last())
        else {
            return;
        };
        if self.times.contains(&last.time) {
            let micros = last.time - first.time;
            let mut durations = Quantiles::default();
            durations.add(micros);
            let sums = TraceSums { durations, total: i128::from(micros) };
            figures.traces.add((), bucket(last.time, MINUTE), &sums);
        }
    }

    fn variables(&self, figures: &mut Figures) {
        let mut accesses: Counts<_, i64> = Counts::new(DAY);
        let mut traces = Counts::new(DAY);
        let mut latest = Latest::default();
        for event in self.trace.events() {
            let Some(access) = event.access else { continue };
            latest.see(access.variable, event.time);
            if self.times.contains(&event.time) {
                *accesses.of((access.variable, event.service), event.time) += 1;
            }
        }
        for (variable, time) in latest.within(&self.times) {
            *traces.of(variable, time) += 1;
        }
        accesses.add_to(&mut figures.accesses, |&(variable, service)| Variable {
            name: self.text(variable),
            service: self.text(service),
        });
        traces.add_to(&mut figures.accessing_traces, |&variable| self.text(variable));
    }

    fn calls(&self, calls: &[Call], figures: &mut Figures) {
        let mut counts: Counts<_, i64> = Counts::new(DAY);
        let mut traces = Counts::new(DAY);
        let mut latest = Latest::default();
        for call in service_calls(self.trace, calls) {
            let entry = self.trace.event(call.entry);
            latest.see((call.from, call.to), entry.time);
            if self.times.contains(&entry.time) {
                let link_type = LinkType::of(entry, self.trace.text(entry.kind));
                *counts.of((call.from, call.to, link_type), entry.time) += 1;
            }
        }
        for (pair, time) in latest.within(&self.times) {
            *traces.of(pair, time) += 1;
        }
        let pair = |from: &str, to: &str| Pair { from: from.to_owned(), to: to.to_owned() };
        counts.add_to(&mut figures.calls, |&(from, to, link)| (pair(from, to), link));
        traces.add_to(&mut figures.calling_traces, |&(from, to)| pair(from, to));
    }

    fn text(&self, name: Name) -> String {
        self.trace.text(name).to_owned()
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

/// Sums by key and bucket while they are made: by numbers of names, which are cheap to find again.
struct Counts<K, S> {
    width: i64,
    sums: HashMap<(K, i64), S>,
}

impl<K: Hash + Eq, S: Sums> Counts<K, S> {
    fn new(width: i64) -> Self {
        Counts { width, sums: HashMap::new() }
    }

    fn of(&mut self, key: K, time: i64) -> &mut S {
        self.sums.entry((key, bucket(time, self.width))).or_default()
    }

    fn add_to<T: Ord + Clone>(self, series: &mut Series<T, S>, name: impl Fn(&K) -> T) {
        for ((key, bucket), sums) in self.sums {
            series.add(name(&key), bucket, &sums);
        }
    }
}

/// When each key was last seen.
struct Latest<K>(HashMap<K, i64>);

impl<K> Default for Latest<K> {
    fn default() -> Self {
        Latest(HashMap::new())
    }
}

impl<K: Hash + Eq> Latest<K> {
    fn see(&mut self, key: K, time: i64) {
        let latest = self.0.entry(key).or_insert(time);
        *latest = time.max(*latest);
    }

    fn within(self, times: &Range<i64>) -> impl Iterator<Item = (K, i64)> {
        self.0.into_iter().filter(|(_, time)| times.contains(time))
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, MINUTE};
    use crate::figures::DurationSums;
    use crate::testing::{event, trace};

    #[test]
    fn a_trace_counts_once_where_its_last_event_of_a_service_is() {
        let trace = trace([event("a").at(0.0), event("b").at(70_000.0)]);
        let figures = Figures::of(&trace, &[]);
        let counts = |(_, bucket, sums): (&String, i64, &super::ServiceSums)| {
            (bucket, sums.events, sums.traces())
        };
        let start = trace.event(0).time;
        assert_eq!(
            figures.services.rows().map(counts).collect::<Vec<_>>(),
            [(start, 1, 0), (start + MINUTE, 1, 1)]
        );
    }

    #[test]
    fn only_durations_that_are_known_are_summed() {
        let trace = trace([
            event("a").kind("FunctionCall").field("function_name", "pay").lasting(1.5),
            event("b").kind("FunctionCall").field("function_name", "pay"),
            event("c").kind("FunctionCall").field("function_name", "pay").lasting(-1.0),
        ]);
        let figures = Figures::of(&trace, &[]);
        let names = figures.operations.rows().map(|(key, _, &sums)| (&*key.name, sums));
        assert_eq!(names.collect::<Vec<_>>(), [("FunctionCall(pay)", DurationSums::of(1_500_000))]);
    }
}
