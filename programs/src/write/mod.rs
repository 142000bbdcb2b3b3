//! Writes a run as events.

mod clocks;
mod flat;
mod sdk;
mod time;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::execution::{Access, Action, Execution};
use crate::program::{Origin, StrandNo};
use crate::style::Style;
use crate::told::Told;

pub use time::timestamp;

/// An event of a run.
#[derive(Clone, Debug)]
pub struct Written {
    /// The number of its step.
    pub step: usize,
    /// Its id.
    pub id: String,
    /// The id of its trace.
    pub trace_id: String,
    /// Its timestamp: microseconds since 1970.
    pub time: i64,
    /// What is posted.
    pub json: Value,
}

/// The events of a run in this style, in order of its steps. The seed gives ids, workers, and how far timestamps
/// run backwards.
#[must_use]
pub fn write(execution: &Execution, told: &Told, style: Style, seed: u64) -> Vec<Written> {
    let mut random = Rng::with_seed(seed);
    let ids = Ids::of(execution, &mut random);
    write_as(execution, told, style, &ids, &mut random)
}

/// The events of a run with ids that a person can read: `a1` is the first event of the first strand.
#[must_use]
pub fn write_readably(
    execution: &Execution,
    told: &Told,
    style: Style,
    trace_id: &str,
) -> Vec<Written> {
    let ids = Ids::readable(execution, trace_id);
    write_as(execution, told, style, &ids, &mut Rng::with_seed(0))
}

fn write_as(
    execution: &Execution,
    told: &Told,
    style: Style,
    ids: &Ids,
    random: &mut Rng,
) -> Vec<Written> {
    let times = time::times(execution, style, random);
    let events = match style {
        Style::Flat(form) => flat::events(execution, form, ids, &times),
        Style::Sdk(language) => sdk::events(execution, language, ids, &times, random),
    };
    let written = events.into_iter().enumerate().filter(|&(step, _)| told.is_recorded[step]);
    let written = written.map(|(step, json)| Written {
        step,
        id: ids.events[step].clone(),
        trace_id: ids.trace(execution, step).to_owned(),
        time: times[step],
        json,
    });
    written.collect()
}

/// The events in batches, in another order: none of it says anything.
#[must_use]
pub fn batches(events: &[Written], seed: u64) -> Vec<Vec<&Written>> {
    let mut random = Rng::with_seed(seed);
    let mut events: Vec<&Written> = events.iter().collect();
    random.shuffle(&mut events);
    let mut batches = Vec::new();
    while !events.is_empty() {
        batches.push(events.split_off(random.usize(0..events.len())));
    }
    batches
}

/// The body of `POST /events` for these events.
#[must_use]
pub fn body<'w>(events: impl IntoIterator<Item = &'w Written>) -> Value {
    let events: Vec<&Value> = events.into_iter().map(|event| &event.json).collect();
    json!({ "events": events })
}

/// What events and their traces are called.
struct Ids {
    events: Vec<String>,
    traces: Vec<String>,
}

impl Ids {
    fn of(execution: &Execution, random: &mut Rng) -> Self {
        let count = |strands: usize| strands + 1;
        let traces = execution.program.strands.iter().map(|strand| count(strand.trace)).max();
        Ids {
            events: execution.steps.iter().map(|_| id(random)).collect(),
            traces: (0..traces.unwrap_or_default()).map(|_| id(random)).collect(),
        }
    }

    /// All strands are of one trace.
    fn readable(execution: &Execution, trace_id: &str) -> Self {
        let mut counts = vec![0; execution.program.strands.len()];
        let ids = execution.steps.iter().map(|step| {
            counts[step.strand] += 1;
            let letter = ('a'..='z').nth(step.strand).unwrap_or('z');
            format!("{letter}{}", counts[step.strand])
        });
        Ids { events: ids.collect(), traces: vec![trace_id.to_owned()] }
    }

    fn trace(&self, execution: &Execution, step: usize) -> &str {
        &self.traces[execution.program.strands[execution.steps[step].strand].trace]
    }
}

/// A UUID of version 4.
fn id(random: &mut Rng) -> String {
    let bits = random.u128(..);
    let bits = bits & !(0xf << 76 | 0b11 << 62) | 4 << 76 | 0b10 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The step before this one in its strand.
fn previous(execution: &Execution, step: usize) -> Option<usize> {
    let strand = execution.steps[step].strand;
    (0..step).rev().find(|&other| execution.steps[other].strand == strand)
}

/// The strand's number among those of its process.
fn number_in_process(execution: &Execution, strand: StrandNo) -> usize {
    let strands = &execution.program.strands;
    let process = strands[strand].process;
    strands[..strand].iter().filter(|other| other.process == process).count()
}

/// The kind of a step and what it says.
fn kind(execution: &Execution, step: usize) -> (&'static str, Value) {
    let executed = &execution.steps[step];
    let work = |name: &str| {
        let place = json!({ "function_name": name, "module": "app", "args": {}, "file": "app.rs", "line": step });
        ("FunctionCall", place)
    };
    match &executed.action {
        Action::Begin if is_task(execution, step) => work("task"),
        Action::Begin => {
            ("HttpRequest", json!({ "method": "POST", "url": "/", "headers": {}, "body": null }))
        }
        Action::End if is_task(execution, step) => work("end"),
        Action::End => (
            "HttpResponse",
            json!({ "status": 200, "headers": {}, "body": null, "duration_ms": 0 }),
        ),
        Action::Access(access) => ("StateChange", state_change(execution, step, *access)),
        &Action::Acquire { lock, is_shared, .. } => {
            ("LockAcquire", lock_step(execution, step, lock, is_shared))
        }
        &Action::Release { lock, was_shared } => {
            ("LockRelease", lock_step(execution, step, lock, was_shared))
        }
        Action::Start(_) => work("start"),
        Action::Join(_) => work("join"),
        Action::Send(_) => work("send"),
        Action::Receive(_) => work("receive"),
        Action::Work => work("work"),
    }
}

fn is_task(execution: &Execution, step: usize) -> bool {
    execution.program.strands[execution.steps[step].strand].origin == Origin::Task
}

fn state_change(execution: &Execution, step: usize, access: Access) -> Value {
    json!({
        "variable": execution.program.variables[access.variable].name,
        "access_type": access.kind.as_str(),
        "old_value": access.old,
        "new_value": access.new,
        "location": format!("app.rs:{step}"),
    })
}

fn lock_step(execution: &Execution, step: usize, lock: usize, is_shared: bool) -> Value {
    let lock = &execution.program.locks[lock];
    let lock_type = match (lock.is_read_write, is_shared) {
        (false, _) => "Mutex",
        (true, true) => "RWLock-Read",
        (true, false) => "RWLock-Write",
    };
    json!({ "lock_id": lock.name, "lock_type": lock_type, "location": format!("app.rs:{step}") })
}
