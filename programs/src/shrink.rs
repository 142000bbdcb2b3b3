//! Makes a program that fails smaller, while it still fails.

use crate::program::{Origin, Program, Step};

/// The smallest program that was found by dropping strands and steps one by one, and that still fails.
#[must_use]
pub fn shrink(program: &Program, fails: impl Fn(&Program) -> bool) -> Program {
    let mut smallest = program.clone();
    loop {
        let Some(smaller) = candidates(&smallest).into_iter().find(|smaller| fails(smaller)) else {
            return smallest;
        };
        smallest = smaller;
    }
}

/// Programs with one thing less. A request that is gone is a task that nobody starts.
fn candidates(program: &Program) -> Vec<Program> {
    let strands = 0..program.strands.len();
    let requests =
        strands.clone().filter(|&strand| program.strands[strand].origin == Origin::Request);
    let gone = requests.map(|strand| {
        let mut smaller = program.clone();
        smaller.strands[strand].origin = Origin::Task;
        smaller
    });
    let emptied = strands.clone().filter(|&strand| !program.strands[strand].steps.is_empty());
    let emptied = emptied.map(|strand| {
        let mut smaller = program.clone();
        smaller.strands[strand].steps.clear();
        smaller
    });
    let shortened = strands.flat_map(|strand| {
        (0..program.strands[strand].steps.len()).map(move |step| (strand, step))
    });
    let shortened = shortened.map(|(strand, step)| {
        let mut smaller = program.clone();
        smaller.strands[strand].steps.remove(step);
        smaller
    });
    gone.chain(emptied).chain(shortened).filter(is_sound).collect()
}

/// Whether all that a program says can be run and told: who starts others goes on, and nobody joins what has
/// never been started.
fn is_sound(program: &Program) -> bool {
    program.strands.iter().all(|strand| {
        strand
            .steps
            .windows(2)
            .all(|pair| !matches!(pair, [Step::Start(_), step] if *step != Step::Work))
    })
}
