//! Interleavings of random traces, against all triples of their accesses.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use raceway_analysis::interleavings::{Interleaving, Interleavings, Pattern, Scope, Window};
use raceway_analysis::locks::{Held, Lock};
use raceway_analysis::{Causality, EventNo, Options, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::{Value, json};

/// What a strand does next.
#[derive(Clone, Debug)]
struct Step {
    /// Which strand of the trace.
    strand: usize,
    action: Action,
    /// Microseconds since the step before, in this or that direction.
    pause: i64,
    /// The strand from which it gets a message.
    hears: Option<usize>,
}

#[derive(Clone, Debug)]
enum Action {
    Access { variable: usize, kind: &'static str, old_value: Option<u8>, value: u8 },
    Lock { lock: usize, is_shared: bool, is_acquired: bool },
}

/// A trace: where its strands run, when it begins, and what they do.
#[derive(Clone, Debug)]
struct Draft {
    processes: Vec<Option<u8>>,
    services: Vec<usize>,
    start: i64,
    steps: Vec<Step>,
}

const VARIABLES: [&str; 3] = ["shared", "x", "y"];

/// Of the first so many variables.
fn action(variables: usize) -> impl Strategy<Value = Action> {
    let kinds = vec!["Read", "Write", "Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW"];
    let access = (0..variables, prop::sample::select(kinds), prop::option::of(0..4_u8), 0..4_u8);
    let access = access.prop_map(|(variable, kind, old_value, value)| Action::Access {
        variable,
        kind,
        old_value,
        value,
    });
    let lock = (0..2_usize, prop::bool::weighted(0.3), any::<bool>())
        .prop_map(|(lock, is_shared, is_acquired)| Action::Lock { lock, is_shared, is_acquired });
    prop_oneof![3 => access, 1 => lock]
}

/// How much happens in a trace.
#[derive(Clone, Copy)]
struct Size {
    strands: usize,
    variables: usize,
    steps: usize,
    /// How often a strand hears from another.
    hears: f64,
    /// Within so many microseconds it starts.
    start: i64,
}

fn step(size: Size) -> impl Strategy<Value = Step> {
    let hears = prop::option::weighted(size.hears, 0..size.strands);
    (0..size.strands, action(size.variables), -2..6_i64, hears)
        .prop_map(|(strand, action, pause, hears)| Step { strand, action, pause, hears })
}

fn draft(size: Size) -> impl Strategy<Value = Draft> {
    let processes = vec(prop::option::weighted(0.8, 0..2_u8), size.strands);
    let services = vec(0..2_usize, size.strands);
    (processes, services, 0..size.start, vec(step(size), 0..size.steps))
        .prop_map(|(processes, services, start, steps)| Draft { processes, services, start, steps })
}

impl Draft {
    /// Runs the steps with true vector clocks.
    fn causality(&self, trace: usize) -> Causality {
        let mut builder = TraceBuilder::new(&format!("t{trace}"));
        let mut clocks = vec![BTreeMap::<usize, u64>::new(); self.processes.len()];
        let mut last: Vec<Option<String>> = vec![None; self.processes.len()];
        let mut time = 1_767_225_600_000_000 + self.start;
        for (number, step) in self.steps.iter().enumerate() {
            time += step.pause;
            for (other, clock) in step.hears.map(|other| clocks[other].clone()).unwrap_or_default()
            {
                let known = clocks[step.strand].entry(other).or_default();
                *known = clock.max(*known);
            }
            *clocks[step.strand].entry(step.strand).or_default() += 1;
            let id = format!("e{number}");
            let clock: BTreeMap<String, u64> =
                clocks[step.strand].iter().map(|(other, &at)| (format!("s{other}"), at)).collect();
            let mut event = json!({
                "event_id": id, "trace_id": format!("t{trace}"), "parent_id": last[step.strand],
                "timestamp": Timestamp::from_micros(time).expect("a timestamp").to_string(),
                "kind": step.action.kind(), "vector_clock": clock,
                "metadata": {
                    "service_name": format!("service{}", self.services[step.strand]),
                    "process_id": self.processes[step.strand], "instance_id": "i",
                    "thread_id": format!("thread{}", step.strand),
                },
            });
            step.action.describe(&mut event["metadata"]);
            builder.add(&EventView::parse(&event.to_string()).expect("an event"));
            last[step.strand] = Some(id);
        }
        Causality::of(builder.finish()).expect("a small trace")
    }
}

impl Action {
    fn kind(&self) -> &'static str {
        match self {
            Action::Access { .. } => "StateChange",
            Action::Lock { is_acquired: true, .. } => "LockAcquire",
            Action::Lock { is_acquired: false, .. } => "LockRelease",
        }
    }

    fn describe(&self, metadata: &mut Value) {
        match self {
            Action::Access { variable, kind, old_value, value } => {
                metadata["variable"] = json!(VARIABLES[*variable]);
                metadata["access_type"] = json!(kind);
                metadata["old_value"] = json!(old_value);
                metadata["new_value"] = json!(value);
            }
            Action::Lock { lock, is_shared, .. } => {
                metadata["lock_id"] = json!(format!("l{lock}"));
                metadata["lock_type"] = json!(if *is_shared { "RwLock-Read" } else { "Mutex" });
            }
        }
    }
}

/// An access: its trace, and its event.
#[derive(Clone, Copy)]
struct Access<'c> {
    causality: &'c Causality,
    trace: usize,
    event: EventNo,
}

impl<'c> Access<'c> {
    fn event(&self) -> &'c raceway_analysis::trace::Event {
        self.causality.trace.event(self.event)
    }

    fn text(&self, name: raceway_analysis::names::Name) -> &'c str {
        self.causality.trace.text(name)
    }

    fn kind(&self) -> raceway_analysis::trace::AccessKind {
        self.event().access.expect("an access").kind
    }

    fn variable(&self, options: &Options) -> Option<(&'c str, &'c str)> {
        let variable = self.text(self.event().access?.variable);
        let is_shared = options.shared_variables.contains(variable);
        let service = if is_shared { "" } else { self.text(self.event().service) };
        Some((service, variable))
    }

    /// JSON of the value before and after; `null` tells nothing.
    fn values(&self) -> [Option<&'c str>; 2] {
        let access = self.event().access.expect("an access");
        [access.old_value, access.new_value]
            .map(|value| value.map(|value| self.text(value)).filter(|&value| value != "null"))
    }

    fn strand(&self) -> (usize, u32) {
        (self.trace, self.causality.strands.of_event(self.event))
    }

    fn process(&self) -> Option<(&'c str, Option<&'c str>, i64)> {
        let event = self.event();
        let instance = event.instance.map(|instance| self.text(instance));
        Some((self.text(event.service), instance, event.process?))
    }

    fn is_before(&self, other: &Self, skew: i64) -> Option<bool> {
        if self.trace == other.trace {
            let order = &self.causality.order;
            if order.happens_before(self.event, other.event) {
                return Some(true);
            }
            if order.happens_before(other.event, self.event) {
                return None;
            }
        }
        let is_one_process = self.process().is_some() && self.process() == other.process();
        let distance = other.event().time - self.event().time;
        Some(distance > if is_one_process { 0 } else { skew })
    }

    fn locks(&self, held: &[Held]) -> Vec<(&'c str, &'c str, bool)> {
        let lock = |&Held { lock: Lock { service, id }, is_shared }: &Held| {
            (self.text(service), self.text(id), is_shared)
        };
        held.iter().map(lock).collect()
    }

    fn held(&self) -> Vec<(&'c str, &'c str, bool)> {
        let locks = &self.causality.locks;
        self.locks(locks.set(locks.set_of(self.event)))
    }
}

/// a₁, b and a₂ as trace and event.
type Triple = (Pattern, [(String, String); 3]);

/// All interleavings, by definition.
fn expected(causalities: &[Causality], options: &Options) -> Vec<Triple> {
    let mut accesses = Vec::new();
    for (trace, causality) in causalities.iter().enumerate() {
        for strand in causality.strands.all() {
            let strand = strand.events.iter();
            accesses.extend(strand.map(|&event| Access { causality, trace, event }));
        }
    }
    accesses.retain(|access| access.event().access.is_some());
    let mut found = Vec::new();
    for (place, first) in accesses.iter().enumerate() {
        let mut rest = accesses[place + 1..].iter();
        let is_next = |other: &&Access| {
            other.strand() == first.strand() && other.variable(options) == first.variable(options)
        };
        let Some(second) = rest.find(is_next) else { continue };
        for between in &accesses {
            found.extend(interleaving(first, between, second, options));
        }
    }
    found
}

fn interleaving(
    first: &Access,
    between: &Access,
    second: &Access,
    options: &Options,
) -> Option<Triple> {
    if between.strand() == first.strand()
        || between.variable(options) != first.variable(options)
        || (second.event().time - first.event().time).abs() > options.atomic_within
    {
        return None;
    }
    let is_between = first.is_before(between, options.clock_skew)?
        && between.is_before(second, options.clock_skew)?;
    let held = first.causality.locks.held_through(first.event, second.event);
    let held = first.locks(&held);
    let is_kept_out = between.held().iter().any(|&(service, id, is_shared)| {
        held.iter().any(|&(other, lock, other_is_shared)| {
            (service, id) == (other, lock) && !(is_shared && other_is_shared)
        })
    });
    let pattern = Pattern::of(first.kind(), between.kind(), second.kind())?;
    let id = |access: &Access| {
        let trace = &access.causality.trace;
        (trace.id.clone(), trace.event_id(access.event).to_owned())
    };
    let is_explained = pattern == Pattern::LostUpdate && is_explained(first, between, second);
    (is_between && !is_kept_out && !is_explained)
        .then(|| (pattern, [id(first), id(between), id(second)]))
}

/// Whether a₁ read what b left, or b was made from what a₂ left.
fn is_explained(first: &Access, between: &Access, second: &Access) -> bool {
    let ([_, read], [old, new], [_, left]) = (first.values(), between.values(), second.values());
    let is_seen = !first.kind().is_write() && read.is_some() && read == new;
    is_seen || (left.is_some() && left == old)
}

fn triple(found: &Interleaving) -> Triple {
    let ids = [&found.first, &found.between, &found.second]
        .map(|access| (access.trace_id.clone(), access.event_id.clone()));
    (found.pattern, ids)
}

fn options() -> Options {
    Options { shared_variables: ["shared".to_owned()].into(), clock_skew: 4, atomic_within: 60 }
}

fn found<'c>(causalities: impl IntoIterator<Item = &'c Causality>, scope: Scope) -> Interleavings {
    let mut window = Window::new(&options(), scope);
    for causality in causalities {
        window.add(causality);
    }
    window.find()
}

fn check(drafts: &[Draft]) -> Result<(), TestCaseError> {
    let causalities: Vec<Causality> =
        drafts.iter().enumerate().map(|(trace, draft)| draft.causality(trace)).collect();
    let mut expected = expected(&causalities, &options());
    let all = Scope { shown: usize::MAX, shown_per_pair: usize::MAX, ..Scope::default() };
    let all = found(&causalities, all);
    let mut triples: Vec<Triple> = all.shown.iter().map(triple).collect();
    triples.sort();
    expected.sort();
    prop_assert_eq!(&triples, &expected);
    prop_assert!(all.is_exact);
    prop_assert_eq!(all.found, expected.len() as u64);
    prop_assert_eq!(all.variables.iter().map(|variable| variable.found).sum::<u64>(), all.found);
    let is_across = |(_, [first, between, _]): &&Triple| first.0 != between.0;
    let across = expected.iter().filter(is_across).count() as u64;
    prop_assert_eq!(all.found_across_traces, across);
    check_choice(&causalities, &all)
}

/// What is shown are the first of all, of a pair of traces at most so many.
fn check_choice(causalities: &[Causality], all: &Interleavings) -> Result<(), TestCaseError> {
    let few = Scope { shown: 9, shown_per_pair: 2, ..Scope::default() };
    let shown = found(causalities.iter().rev(), few);
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    let chosen = all.shown.iter().filter(|one| {
        let mut traces = [&one.first.trace_id, &one.between.trace_id];
        traces.sort_unstable();
        let service = (one.variable != "shared").then_some(&one.service);
        let count = counts.entry((service, &one.variable, traces)).or_default();
        *count += 1;
        *count <= 2
    });
    let chosen: Vec<Interleaving> = chosen.take(9).cloned().collect();
    prop_assert_eq!(shown.shown, chosen);
    prop_assert_eq!(shown.found, all.found);
    prop_assert_eq!(&shown.variables, &all.variables);
    Ok(())
}

const FEW: Size = Size { strands: 3, variables: 3, steps: 30, hears: 0.15, start: 40 };

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn few_traces_have_the_interleavings_of_the_definition(drafts in vec(draft(FEW), 1..5)) {
        check(&drafts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn many_traces_that_share_a_variable_have_the_interleavings_of_the_definition(
        drafts in vec(draft(Size { variables: 1, steps: 25, start: 60, ..FEW }), 30..60),
    ) {
        check(&drafts)?;
    }

    #[test]
    fn many_strands_that_share_a_variable_have_the_interleavings_of_the_definition(
        draft in draft(Size { strands: 60, variables: 1, steps: 600, hears: 0.02, ..FEW }),
    ) {
        check(&[draft])?;
    }
}
