//! Figures are a group, and their answers are those that all events give.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are small"
)]

mod random;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use raceway_analysis::Trace;
use raceway_analysis::calls::calls;
use raceway_analysis::dependencies::trace_dependencies;
use raceway_analysis::figures::{Figures, Performance, Quantiles, Window};
use raceway_analysis::trace::Event;
use raceway_model::Timestamp;

fn figures(trace: &Trace) -> Figures {
    Figures::of(trace, &calls(trace))
}

fn merged(traces: &[Trace]) -> Figures {
    let mut all = Figures::default();
    for trace in traces {
        all.merge(&figures(trace));
    }
    all
}

fn window(from: i64, until: i64) -> Window {
    Window { from: Timestamp::nearest(from), until: Timestamp::nearest(until) }
}

/// What a store adds to the whole minutes of a window.
fn borders(traces: &[Trace], window: Window) -> Figures {
    let [before, after] = window.borders();
    let mut borders = within(traces, before.start, before.end);
    borders.merge(&within(traces, after.start, after.end));
    borders
}

fn within(traces: &[Trace], from: i64, until: i64) -> Figures {
    let mut all = Figures::default();
    for trace in traces {
        all.merge(&Figures::within(trace, &calls(trace), from..until));
    }
    all
}

/// Events as pairs with the number of their trace.
fn events(traces: &[Trace]) -> impl Iterator<Item = (usize, &Trace, &Event)> {
    traces
        .iter()
        .enumerate()
        .flat_map(|(number, trace)| trace.events().iter().map(move |event| (number, trace, event)))
}

/// Events and traces by a name of their events.
fn counts<'t>(
    traces: &'t [Trace],
    name: impl Fn(&'t Trace, &Event) -> Option<&'t str>,
) -> BTreeMap<&'t str, (u64, BTreeSet<usize>)> {
    let mut counts: BTreeMap<_, (u64, BTreeSet<usize>)> = BTreeMap::new();
    for (number, trace, event) in events(traces) {
        let Some(name) = name(trace, event) else { continue };
        let (count, traces) = counts.entry(name).or_default();
        *count += 1;
        traces.insert(number);
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_merging_gives_the_same(traces in random::traces()) {
        let mut backwards = Figures::default();
        for trace in traces.iter().rev() {
            backwards.merge(&figures(trace));
        }
        let (one, other) = traces.split_at(traces.len() / 2);
        let mut halves = merged(other);
        halves.merge(&merged(one));
        prop_assert_eq!(&merged(&traces), &backwards);
        prop_assert_eq!(&backwards, &halves);
    }

    #[test]
    fn what_is_taken_back_leaves_nothing(traces in random::traces()) {
        let (kept, removed) = traces.split_at(traces.len() / 2);
        let mut rest = merged(&traces);
        rest.subtract(&merged(removed));
        prop_assert_eq!(&rest, &merged(kept));
        rest.subtract(&merged(kept));
        prop_assert_eq!(rest, Figures::default());
    }

    #[test]
    fn services_are_those_of_all_events(traces in random::traces()) {
        let expected: Vec<_> = counts(&traces, |trace, event| Some(trace.text(event.service)))
            .into_iter()
            .map(|(name, (events, traces))| (name.to_owned(), events, traces.len() as u64))
            .collect();
        let found = merged(&traces).services().into_iter();
        let found = found.map(|service| (service.name, service.event_count, service.trace_count));
        prop_assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn health_counts_what_is_in_the_window(traces in random::traces(), back in 0..300_000_000_i64) {
        let from = random::START + back;
        let all = merged(&traces);
        let window = window(from, i64::MAX);
        let window = all.window(window, borders(&traces, window));
        let health = all.service_health(&window, Timestamp::nearest(random::START));
        for service in health {
            let of_service = events(&traces).filter(|(_, trace, event)| {
                trace.text(event.service) == service.name
            });
            let all: Vec<_> = of_service.map(|(number, _, event)| (event.time, number)).collect();
            let recent: Vec<_> = all.iter().filter(|&&(time, _)| time >= from).collect();
            let active: BTreeSet<_> = recent.iter().map(|&&(_, number)| number).collect();
            let latest = all.iter().map(|&(time, _)| time).max();
            prop_assert_eq!(Some(service.last_activity.micros()), latest);
            prop_assert_eq!(service.trace_count, active.len() as u64);
            let events = service.avg_events_per_trace * active.len() as f64;
            prop_assert!((events - recent.len() as f64).abs() < 1e-6);
        }
    }

    #[test]
    fn edges_dependencies_and_hotspots_count_the_same_calls(traces in random::traces()) {
        let all = merged(&traces);
        let mut expected: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        for trace in &traces {
            for dependency in trace_dependencies(trace, &calls(trace)).dependencies {
                let known = expected.entry((dependency.from, dependency.to)).or_default();
                *known = (known.0 + dependency.call_count, known.1 + 1);
            }
        }
        let mut edges: BTreeMap<_, u64> = BTreeMap::new();
        for edge in all.edges() {
            *edges.entry((edge.from_service, edge.to_service)).or_default() += edge.call_count;
        }
        let hot = all.hotspots(usize::MAX).top_service_calls.into_iter();
        let hot: BTreeMap<_, _> =
            hot.map(|hot| ((hot.from_service, hot.to_service), hot.call_count)).collect();
        let calls: BTreeMap<_, _> =
            expected.iter().map(|(pair, &(calls, _))| (pair.clone(), calls)).collect();
        prop_assert_eq!(&edges, &calls);
        prop_assert_eq!(&hot, &calls);
        prop_assert_eq!(neighbours(&all), expected);
    }

    #[test]
    fn hotspots_are_the_most_accessed(traces in random::traces()) {
        let mut expected: Vec<_> = counts(&traces, |trace, event| {
            Some(trace.text(event.access?.variable))
        })
        .into_iter()
        .map(|(name, (events, traces))| (name.to_owned(), events, traces.len() as u64))
        .collect();
        expected.sort_by_key(|&(_, count, _)| std::cmp::Reverse(count));
        expected.truncate(2);
        let hotspots = merged(&traces).hotspots(2).top_variables.into_iter();
        let found = hotspots.map(|hot| (hot.variable, hot.access_count, hot.trace_count));
        prop_assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn performance_is_that_of_the_window(traces in random::traces(), ends in (0..300_000_000_i64, 1..300_000_000_i64)) {
        let (from, until) = (random::START + ends.0, random::START + ends.0 + ends.1);
        let times: Vec<_> =
            events(&traces).map(|event| event.2.time).filter(|time| (from..until).contains(time)).collect();
        let range = times.iter().min().zip(times.iter().max());
        let range = range.map(|(&oldest, &newest)| (Timestamp::nearest(oldest), Timestamp::nearest(newest)));
        let window = window(from, until - 1);
        let all = merged(&traces);
        let window = all.window(window, borders(&traces, window));
        let performance = window.performance(range, Vec::new());
        check_durations(&traces, from, until, &performance)?;
        check_latency(&traces, from, until, &performance)?;
        let seconds = range.map_or(0.0, |(oldest, newest)| {
            ((newest.micros() - oldest.micros()) as f64 / 1e6).max(1.0)
        });
        prop_assert!((performance.throughput.time_range_seconds - seconds).abs() < 1e-9);
        let events = performance.throughput.events_per_second * seconds;
        prop_assert!((events - times.len() as f64).abs() < 1e-6);
    }
}

/// Calls and traces by caller and callee, of which both tell the same.
fn neighbours(all: &Figures) -> BTreeMap<(String, String), (u64, u64)> {
    let mut pairs = BTreeMap::new();
    let mut reverse = BTreeMap::new();
    for service in random::SERVICES {
        let dependencies = all.service_dependencies(service);
        for to in dependencies.calls_to {
            pairs.insert((service.to_owned(), to.to), (to.total_calls, to.trace_count));
        }
        for by in dependencies.called_by {
            reverse.insert((by.to, service.to_owned()), (by.total_calls, by.trace_count));
        }
    }
    assert_eq!(pairs, reverse);
    pairs
}

fn check_durations(
    traces: &[Trace],
    from: i64,
    until: i64,
    found: &Performance,
) -> Result<(), TestCaseError> {
    let mut sums: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for (_, trace, event) in events(traces).filter(|event| (from..until).contains(&event.2.time)) {
        if let Some(duration) = event.duration_ns() {
            let (count, sum) = sums.entry(trace.text(event.service)).or_default();
            (*count, *sum) = (*count + 1, *sum + duration as f64 / 1e6);
        }
    }
    prop_assert_eq!(found.service_latency.len(), sums.len());
    for service in &found.service_latency {
        let (count, sum) = sums[&*service.service];
        prop_assert_eq!(service.event_count, count);
        let average = sum / count as f64;
        prop_assert!((service.avg_duration_ms - average).abs() <= 1e-9 * average);
    }
    Ok(())
}

fn check_latency(
    traces: &[Trace],
    from: i64,
    until: i64,
    found: &Performance,
) -> Result<(), TestCaseError> {
    let ends = traces
        .iter()
        .filter_map(|trace| Some((trace.events().first()?.time, trace.events().last()?.time)));
    let inside = ends.filter(|(_, last)| (from..until).contains(last));
    let mut durations: Vec<_> = inside.map(|(first, last)| (last - first) as f64 / 1e3).collect();
    durations.sort_by(f64::total_cmp);
    let latency = &found.trace_latency;
    for (share, found) in [(0.5, latency.p50_ms), (0.95, latency.p95_ms), (0.99, latency.p99_ms)] {
        let exact = percentile_cont(&durations, share);
        prop_assert!((found - exact).abs() <= exact * (Quantiles::RELATIVE_ERROR + 1e-9));
    }
    let average = durations.iter().sum::<f64>() / durations.len().max(1) as f64;
    prop_assert!((latency.avg_ms - average).abs() <= 1e-9 * average);
    Ok(())
}

fn percentile_cont(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(0.0);
    at(place.floor()) + (at(place.ceil()) - at(place.floor())) * place.fract()
}
