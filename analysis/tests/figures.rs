//! Figures are a group, and their answers are those that all events give.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are small"
)]

mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proptest::prelude::*;
use raceway_analysis::Trace;
use raceway_analysis::calls::calls;
use raceway_analysis::dependencies::trace_dependencies;
use raceway_analysis::figures::{
    Cover, Figures, KeptFigures, NameId, Names, PageSums, Part, Performance, Quantiles, SECOND,
    Timeline, second_of,
};
use raceway_analysis::trace::Event;
use raceway_model::Timestamp;

fn timeline(trace: &Trace, names: &mut Names) -> Timeline {
    Timeline::of(trace, &calls(trace), names)
}

fn merged(traces: &[Trace], names: &mut Names) -> Timeline {
    let mut all = Timeline::default();
    for trace in traces {
        all.merge(&timeline(trace, names));
    }
    all
}

fn total(traces: &[Trace]) -> (Figures, Names) {
    let mut names = Names::default();
    (merged(traces, &mut names).total(), names)
}

/// What of the traces happened in a time, from the events.
fn within(traces: &[Trace], times: &Range<i64>, names: &mut Names) -> Figures {
    let mut all = Figures::default();
    for trace in traces {
        all.merge(&Figures::within(trace, &calls(trace), times.clone(), names));
    }
    all
}

/// Figures as a store has them.
#[derive(Default)]
struct Store {
    pages: PageSums,
    names: Names,
}

impl Store {
    fn of(traces: &[Trace]) -> Self {
        let mut store = Store::default();
        for trace in traces {
            store.pages.add(&timeline(trace, &mut store.names));
        }
        store
    }

    /// The figures of a time.
    fn within(&mut self, traces: &[Trace], times: Range<i64>) -> Figures {
        let cover = Cover::of(times);
        let mut figures = self.pages.within(&Part::ALL, &cover);
        for border in cover.borders {
            figures.merge(&within(traces, &border, &mut self.names));
        }
        figures
    }
}

/// The start and the end of a time.
fn times() -> impl Strategy<Value = Range<i64>> {
    let length = prop_oneof![1..3_000_000_i64, 1..300_000_000_i64, 1..200_000_000_000_i64];
    let bounded = (-SECOND..200_000_000_000_i64, length)
        .prop_map(|(from, length)| random::START + from..random::START + from + length);
    let early = (0..300_000_000_i64, 1..300_000_000_i64)
        .prop_map(|(from, length)| random::START + from..random::START + from + length);
    prop_oneof![
        2 => early.clone(),
        2 => bounded.clone(),
        1 => early.prop_map(|times| times.start..i64::MAX),
        1 => bounded.prop_map(|times| i64::MIN..times.end),
    ]
}

/// Any of them.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    prop::sample::subsequence(Part::ALL.to_vec(), 0..=Part::ALL.len())
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
        let mut names = Names::default();
        let mut backwards = Timeline::default();
        for trace in traces.iter().rev() {
            backwards.merge(&timeline(trace, &mut names));
        }
        let (one, other) = traces.split_at(traces.len() / 2);
        let mut halves = merged(other, &mut names);
        halves.merge(&merged(one, &mut names));
        prop_assert_eq!(&merged(&traces, &mut names), &backwards);
        prop_assert_eq!(&backwards, &halves);
        let mut total = merged(one, &mut names).total();
        total.merge(&merged(other, &mut names).total());
        prop_assert_eq!(total, halves.total());
    }

    #[test]
    fn what_is_taken_back_leaves_nothing(traces in random::traces()) {
        let mut names = Names::default();
        let (kept, removed) = traces.split_at(traces.len() / 2);
        let (kept, removed) = (merged(kept, &mut names), merged(removed, &mut names));
        let mut rest = merged(&traces, &mut names);
        rest.subtract(&removed);
        prop_assert_eq!(&rest, &kept);
        let mut total = rest.total();
        total.subtract(&kept.total());
        prop_assert!(total.is_zero());
        rest.subtract(&kept);
        prop_assert!(rest.is_zero());
    }

    #[test]
    fn pages_and_borders_are_what_happened_in_a_time(traces in random::traces(), times in times()) {
        let mut store = Store::of(&traces);
        let found = store.within(&traces, times.clone());
        prop_assert_eq!(found, within(&traces, &times, &mut store.names));
        let second = |time: i64| second_of(Timestamp::nearest(time).micros());
        let whole = second(times.start)..second(times.end);
        let between = merged(&traces, &mut store.names).between(whole.clone());
        prop_assert_eq!(between, within(&traces, &whole, &mut store.names));
    }

    #[test]
    fn pages_of_which_all_is_taken_back_are_empty(traces in random::traces()) {
        let mut store = Store::of(&traces);
        let mut nothing = Timeline::default();
        nothing.subtract(&merged(&traces, &mut store.names));
        store.pages.add(&nothing);
        prop_assert!(store.pages.is_empty());
        prop_assert_eq!(store.pages.bytes(), 0);
    }

    #[test]
    fn kept_figures_are_those_of_the_traces_that_are_left(
        traces in random::traces(),
        updates in prop::collection::vec((0..4_u8, prop::option::of(any::<prop::sample::Index>())), 0..20),
        times in times(),
    ) {
        let mut kept = KeptFigures::default();
        let mut left = BTreeMap::new();
        for (key, trace) in updates {
            let trace = trace.map(|trace| trace.get(&traces));
            kept.update(key, trace);
            left.remove(&key);
            left.extend(trace.map(|trace| (key, trace)));
        }
        prop_assert_eq!(kept.traces(), left.len());
        let Cover { seconds, .. } = Cover::of(times.clone());
        let second = second_of(Timestamp::nearest(times.start).micros());
        let (mut expected, mut newest) = (Figures::default(), BTreeMap::new());
        for (key, trace) in &left {
            let of_trace = timeline(trace, kept.names_mut());
            let mut counted = Figures::default();
            kept.add_counted(key, &Part::ALL, second, &mut counted);
            prop_assert_eq!(counted, of_trace.between(second..second + SECOND));
            expected.merge(&of_trace.between(seconds.clone()));
            for event in trace.events() {
                let service = kept.names_mut().intern(trace.text(event.service));
                let second = second_of(event.time);
                let known = newest.entry(service).or_insert(second);
                *known = second.max(*known);
            }
        }
        prop_assert_eq!(kept.within(&Part::ALL, &Cover::of(times)), expected);
        prop_assert_eq!(kept.newest_seconds(), newest);
        for key in left.keys() {
            kept.update(*key, None);
        }
        prop_assert!(kept.newest_seconds().is_empty());
        prop_assert_eq!(kept.traces(), 0);
    }

    #[test]
    fn figures_are_read_as_they_were_written(traces in random::traces(), cut in any::<prop::sample::Index>()) {
        let mut names = Names::default();
        let mut figures = merged(&traces, &mut names);
        let bytes = figures.to_bytes();
        prop_assert_eq!(Timeline::from_bytes(&bytes), Some(figures.clone()));
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert_ne!(Timeline::from_bytes(cut), Some(figures.clone()));
        let mut negative = Timeline::default();
        negative.subtract(&figures);
        for part in Part::ALL {
            figures.add_part(part, &negative.part_to_bytes(part)).expect("what was written");
        }
        prop_assert!(figures.is_zero());
    }

    #[test]
    fn parts_of_a_second_are_read_by_themselves(traces in random::traces(), parts in parts()) {
        let mut names = Names::default();
        let timeline = merged(&traces, &mut names);
        let bytes = timeline.to_bytes();
        let seconds = timeline.iter().map(|(second, _)| second);
        for second in seconds.flat_map(|second| [second - SECOND, second]) {
            let mut all = timeline.between(second..second + SECOND);
            let mut found = Figures::default();
            for part in &parts {
                let of_part = timeline.part_to_bytes(*part);
                found.add_part(*part, &of_part, second..second + SECOND).expect("what was written");
            }
            let mut read = Figures::default();
            read.add_second(&parts, second, &bytes).expect("what was written");
            prop_assert_eq!(&read, &found);
            all.subtract(&read);
            prop_assert!(parts.len() < Part::ALL.len() || all.is_zero());
        }
    }

    #[test]
    fn other_bytes_are_refused_or_read(bytes in prop::collection::vec(prop_oneof![0..4_u8, any::<u8>()], 0..60)) {
        if let Some(figures) = Timeline::from_bytes(&bytes) {
            prop_assert_eq!(Timeline::from_bytes(&figures.to_bytes()), Some(figures.clone()));
            prop_assert_eq!(figures.pages().is_empty(), figures.is_zero());
        }
        let second = bytes.first().map_or(0, |&seconds| i64::from(seconds / 2) * SECOND);
        let _ = Figures::default().add_second(&[Part::Operations], second, &bytes);
        for part in Part::ALL {
            let mut figures = Timeline::default();
            if figures.add_part(part, &bytes).is_some() {
                let written = figures.part_to_bytes(part);
                let mut read = Figures::default();
                read.add_part(part, &written, i64::MIN..i64::MAX).expect("what was written");
                prop_assert_eq!(read, figures.total());
            }
        }
    }

    #[test]
    fn figures_have_the_same_answers_by_other_numbers(traces in random::traces()) {
        let mut names = Names::default();
        let figures = merged(&traces, &mut names);
        let number = |name: NameId| NameId::MAX - 3 * name;
        let mut others = Names::default();
        for name in figures.names() {
            others.insert(number(name), names.text(name));
        }
        let renumbered = figures.renumbered(number);
        prop_assert_eq!(&renumbered, &merged(&traces, &mut others));
        let (one, other) = (figures.total(), renumbered.total());
        prop_assert_eq!(one.services(&names), other.services(&others));
        prop_assert_eq!(one.edges(&names), other.edges(&others));
        prop_assert_eq!(one.hotspots(&names, 2), other.hotspots(&others, 2));
        let performance = one.performance(&names, None, Vec::new());
        prop_assert_eq!(performance, other.performance(&others, None, Vec::new()));
    }

    #[test]
    fn services_are_those_of_all_events(traces in random::traces()) {
        let expected: Vec<_> = counts(&traces, |trace, event| Some(trace.text(event.service)))
            .into_iter()
            .map(|(name, (events, traces))| (name.to_owned(), events, traces.len() as u64))
            .collect();
        let (all, names) = total(&traces);
        let found = all.services(&names).into_iter();
        let found = found.map(|service| (service.name, service.event_count, service.trace_count));
        prop_assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn health_counts_what_is_in_the_window(traces in random::traces(), back in 0..300_000_000_i64) {
        let from = random::START + back;
        let mut store = Store::of(&traces);
        let recent = store.within(&traces, from..i64::MAX);
        let mut latest = BTreeMap::new();
        for (_, trace, event) in events(&traces) {
            let newest = latest.entry(store.names.intern(trace.text(event.service))).or_insert(event.time);
            *newest = event.time.max(*newest);
        }
        let latest = latest.into_iter().map(|(service, time)| (service, Timestamp::nearest(time)));
        let health = recent.service_health(&store.names, latest, Timestamp::nearest(random::START));
        prop_assert!(health.is_sorted_by_key(|service| service.name.clone()));
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
        let (all, names) = total(&traces);
        let mut expected: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        for trace in &traces {
            for dependency in trace_dependencies(trace, &calls(trace)).dependencies {
                let known = expected.entry((dependency.from, dependency.to)).or_default();
                *known = (known.0 + dependency.call_count, known.1 + 1);
            }
        }
        let mut edges: BTreeMap<_, u64> = BTreeMap::new();
        for edge in all.edges(&names) {
            *edges.entry((edge.from_service, edge.to_service)).or_default() += edge.call_count;
        }
        let hot = all.hotspots(&names, usize::MAX).top_service_calls.into_iter();
        let hot: BTreeMap<_, _> =
            hot.map(|hot| ((hot.from_service, hot.to_service), hot.call_count)).collect();
        let calls: BTreeMap<_, _> =
            expected.iter().map(|(pair, &(calls, _))| (pair.clone(), calls)).collect();
        prop_assert_eq!(&edges, &calls);
        prop_assert_eq!(&hot, &calls);
        prop_assert_eq!(neighbours(&all, &names), expected);
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
        let (all, names) = total(&traces);
        let hotspots = all.hotspots(&names, 2).top_variables.into_iter();
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
        let mut store = Store::of(&traces);
        let inside = store.within(&traces, from..until);
        let performance = inside.performance(&store.names, range, Vec::new());
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
fn neighbours(all: &Figures, names: &Names) -> BTreeMap<(String, String), (u64, u64)> {
    let mut pairs = BTreeMap::new();
    let mut reverse = BTreeMap::new();
    for service in random::SERVICES {
        let dependencies = all.service_dependencies(names, service);
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
