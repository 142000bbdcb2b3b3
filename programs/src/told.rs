//! What the events of a run tell, if they are written in a style: a part of what is true.

use crate::execution::{Action, Execution, Held};
use crate::program::{Origin, StrandNo};
use crate::relation::Relation;
use crate::spans::spans;
use crate::style::{Flat, Language, Strands, Style};

/// What is told of each step.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whether there is an event of it.
    pub is_recorded: Vec<bool>,
    /// The strand: the number of its first step.
    pub strand: Vec<usize>,
    /// Which locks were held. Events that stand alone can't tell that a lock is shared.
    pub held: Vec<Vec<Held>>,
    /// What happened before what.
    pub order: Relation,
    /// Pairs of the first step of the caller's request, and of the callee: the calls that are told.
    pub calls: Vec<(usize, usize)>,
}

impl Told {
    /// What the style tells; `None` if it can't tell of this run without telling wrongly of its locks: tasks in
    /// Rust begin without the locks of the strand that goes on beside them, and so does that strand.
    #[must_use]
    pub fn of(execution: &Execution, style: Style) -> Option<Self> {
        if style == Style::Sdk(Language::Rust) && execution.starts_under_locks() {
            return None;
        }
        let calls = calls(execution, style);
        let edges: Vec<(usize, usize)> = program_order(execution)
            .chain(starts(execution, style))
            .chain(meetings(execution, style))
            .chain(calls.iter().copied())
            .collect();
        Some(Told {
            is_recorded: (0..execution.steps.len())
                .map(|step| style.records_waits() || !is_waiting(execution, step))
                .collect(),
            strand: strands(execution, style),
            held: held(execution, style),
            order: Relation::closure(execution.steps.len(), &edges),
            calls,
        })
    }

    /// The locks that the strand of both steps held from the first to the last without a release.
    #[must_use]
    pub fn held_through(&self, first: usize, last: usize) -> Vec<Held> {
        let held = self.held[first].iter();
        held.filter(|held| self.held[last].contains(held)).copied().collect()
    }
}

fn held(execution: &Execution, style: Style) -> Vec<Vec<Held>> {
    let is_alone = matches!(style, Style::Flat(Flat { strands: Strands::Clocks, .. }));
    let told = |held: &Held| Held { is_shared: held.is_shared && !is_alone, ..*held };
    execution.steps.iter().map(|step| step.held.iter().map(told).collect()).collect()
}

/// Whether the step is a wait for a lock that never ended.
fn is_waiting(execution: &Execution, step: usize) -> bool {
    matches!(execution.steps[step].action, Action::Acquire { got: None, .. })
}

fn program_order(execution: &Execution) -> impl Iterator<Item = (usize, usize)> {
    (0..execution.program.strands.len()).flat_map(|strand| {
        let steps: Vec<usize> = execution.steps_of(strand).collect();
        steps.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    })
}

/// From the step that starts a strand to the strand's first.
fn starts(execution: &Execution, style: Style) -> impl Iterator<Item = (usize, usize)> {
    enabled(execution).filter(move |&(_, step)| match style {
        Style::Flat(Flat { clocks, strands, .. }) => {
            is_beginning(execution, step) && (clocks || strands == Strands::Parents)
        }
        Style::Sdk(language) => match origin(execution, step) {
            Origin::Task => is_beginning(execution, step),
            Origin::Call => is_beginning(execution, step) && is_counted(execution, language, step),
            Origin::Request => false,
        },
    })
}

/// Whether the callee knows the count of its caller's events, and nobody else in the trace counts under that
/// name: then it tells which of the caller's events were before.
fn is_counted(execution: &Execution, language: Language, entry: usize) -> bool {
    let strands = &execution.program.strands;
    let Some(start) = execution.steps[entry].enabled_by else { return false };
    let caller = execution.steps[start].strand;
    let counts = |strand: StrandNo| {
        (strands[strand].trace, strands[strand].process)
            == (strands[caller].trace, strands[caller].process)
    };
    language != Language::TypeScript
        && execution.steps.iter().all(|step| step.strand == caller || !counts(step.strand))
}

/// From the end of a strand to whoever waited for it, and from the sending of a message to its receipt: only
/// clocks know.
fn meetings(execution: &Execution, style: Style) -> impl Iterator<Item = (usize, usize)> {
    let are_told = matches!(style, Style::Flat(Flat { clocks: true, .. }));
    enabled(execution).filter(move |&(_, step)| are_told && !is_beginning(execution, step))
}

fn enabled(execution: &Execution) -> impl Iterator<Item = (usize, usize)> {
    let steps = execution.steps.iter().enumerate();
    steps.filter_map(|(number, step)| Some((step.enabled_by?, number)))
}

fn is_beginning(execution: &Execution, step: usize) -> bool {
    execution.steps[step].action == Action::Begin
}

fn origin(execution: &Execution, step: usize) -> Origin {
    execution.program.strands[execution.steps[step].strand].origin
}

/// SDKs tell of a call which span it came from, so from which request: its first event happened before.
fn calls(execution: &Execution, style: Style) -> Vec<(usize, usize)> {
    let Style::Sdk(language) = style else { return Vec::new() };
    let spans = spans(execution, language);
    let first = |strand: StrandNo| execution.steps_of(strand).next();
    let entries = (0..execution.steps.len())
        .filter(|&step| is_beginning(execution, step) && origin(execution, step) == Origin::Call);
    entries.filter_map(|entry| Some((first(spans[entry].upstream?)?, entry))).collect()
}

/// Without threads and parents each event stands alone. In Rust a strand that starts tasks goes on as a strand
/// of its own.
fn strands(execution: &Execution, style: Style) -> Vec<usize> {
    let mut strands = vec![0; execution.steps.len()];
    for strand in 0..execution.program.strands.len() {
        let mut told = None;
        for step in execution.steps_of(strand) {
            strands[step] = *told.get_or_insert(step);
            let is_last = match style {
                Style::Flat(flat) => flat.strands == Strands::Clocks,
                Style::Sdk(Language::Rust) => starts_tasks(execution, step),
                Style::Sdk(_) => false,
            };
            if is_last {
                told = None;
            }
        }
    }
    strands
}

fn starts_tasks(execution: &Execution, step: usize) -> bool {
    let Action::Start(others) = &execution.steps[step].action else { return false };
    others.iter().any(|&other| execution.program.strands[other].origin == Origin::Task)
}
