//! A program with its run, its events, and what they tell.

use std::collections::{BTreeMap, HashMap};
use std::env;

use raceway_analysis::{Causality, EventNo, Options, TraceBuilder};
use raceway_model::EventView;
use raceway_programs::{
    Execution, Program, Style, Told, Written, batches, body, generate, run, shrink, write,
};

/// Of the short form.
const PROGRAMS: u64 = 2_000;

/// Of the short form, which is the same each time: what is new is looked for by the long one.
const SEED: u64 = 1;

use crate::CHECKS;

/// A program that was run and written.
pub(crate) struct Case {
    pub(crate) execution: Execution,
    pub(crate) told: Told,
    /// By step.
    pub(crate) times: Vec<i64>,
    pub(crate) written: Vec<Written>,
    /// The traces.
    pub(crate) traces: Vec<Causality>,
    /// By id, the step of an event.
    pub(crate) steps: HashMap<String, usize>,
    /// By step, the id of its event.
    pub(crate) ids: HashMap<usize, String>,
}

impl Case {
    /// `None` if this style can't tell of the run.
    fn of(program: &Program, style: Style, seed: u64) -> Option<Self> {
        let execution = run(program, seed);
        let told = Told::of(&execution, style)?;
        let written = write(&execution, &told, style, seed);
        let mut times = vec![0; execution.steps.len()];
        for event in &written {
            times[event.step] = event.time;
        }
        let steps = written.iter().map(|event| (event.id.clone(), event.step)).collect();
        let ids = written.iter().map(|event| (event.step, event.id.clone())).collect();
        let traces = traces(&written, seed);
        Some(Case { execution, told, times, written, traces, steps, ids })
    }

    /// Settings for it.
    pub(crate) fn options(&self) -> Options {
        let shared = self.execution.program.shared_variables().map(str::to_owned);
        Options { shared_variables: shared.collect(), ..Options::default() }
    }

    /// The step of an event.
    pub(crate) fn step(&self, trace: &Causality, event: EventNo) -> usize {
        self.steps[trace.trace.event_id(event)]
    }

    /// A step as a person can find it in the events.
    pub(crate) fn name(&self, step: usize) -> String {
        let event = self.written.iter().find(|event| event.step == step);
        let id = event.map_or("not recorded", |event| event.id.as_str());
        let executed = &self.execution.steps[step];
        format!("{id} (step {step}, strand {}, {:?})", executed.strand, executed.action)
    }
}

/// The traces of events that come in any order.
fn traces(written: &[Written], seed: u64) -> Vec<Causality> {
    let mut builders: BTreeMap<&str, TraceBuilder> = BTreeMap::new();
    for event in batches(written, seed).into_iter().flatten() {
        let builder =
            builders.entry(&event.trace_id).or_insert_with(|| TraceBuilder::new(&event.trace_id));
        builder.add(&EventView::parse(&event.json.to_string()).expect("an event"));
    }
    let traces = builders.into_values();
    traces.map(|builder| Causality::of(builder.finish()).expect("a small trace")).collect()
}

/// What is wrong with the analysis of a case.
pub(crate) type Check = fn(&Case) -> Result<(), String>;

/// Checks programs whose events are written in this style.
pub(crate) fn in_style(style: Style) {
    let first = number("RACEWAY_SEED").unwrap_or(SEED);
    let count = number("RACEWAY_PROGRAMS").unwrap_or(PROGRAMS);
    println!("RACEWAY_PROGRAMS={count} RACEWAY_SEED={first}");
    for seed in first..first + count {
        let program = generate(seed);
        let Some(case) = Case::of(&program, style, seed) else { continue };
        for (name, check) in CHECKS {
            let is_right = check(&case).is_ok();
            assert!(is_right, "{name}: {}", story(&program, style, seed, check));
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|value| value.parse().expect("a number"))
}

fn wrong(program: &Program, style: Style, seed: u64, check: Check) -> Option<String> {
    check(&Case::of(program, style, seed)?).err()
}

/// What is wrong with the smallest program like this one.
fn story(program: &Program, style: Style, seed: u64, check: Check) -> String {
    let program = shrink(program, |smaller| wrong(smaller, style, seed, check).is_some());
    let wrong = wrong(&program, style, seed, check).unwrap_or_default();
    let case = Case::of(&program, style, seed).expect("it failed");
    let mut written: Vec<&Written> = case.written.iter().collect();
    written.sort_by_key(|event| event.time);
    format!("RACEWAY_SEED={seed}, {style:?}: {wrong}\n{}", body(written))
}
