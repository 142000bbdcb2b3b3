//! Which spans the events of an SDK name.

use crate::execution::{Action, Execution};
use crate::program::{Origin, StrandNo};
use crate::style::Language;

/// The spans of an event. A span is named after the request that was made under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spans {
    /// The span that the event belongs to.
    pub(crate) own: StrandNo,
    /// The span of the caller.
    pub(crate) upstream: Option<StrandNo>,
}

/// The spans of each step. A task goes on under the spans of its request; a strand that calls with the SDK of
/// Rust goes on under the span that it gave to the callee.
pub(crate) fn spans(execution: &Execution, language: Language) -> Vec<Spans> {
    let strands = &execution.program.strands;
    let alone = |strand| Spans { own: strand, upstream: None };
    let mut now: Vec<Spans> = (0..strands.len()).map(alone).collect();
    let mut spans = Vec::with_capacity(execution.steps.len());
    for step in &execution.steps {
        let here = now[step.strand];
        spans.push(here);
        let Action::Start(others) = &step.action else { continue };
        for &other in others {
            if strands[other].origin == Origin::Task {
                now[other] = here;
                continue;
            }
            let upstream = Some(now[step.strand].own);
            now[other] = Spans { own: other, upstream };
            if language == Language::Rust {
                now[step.strand] = now[other];
            }
        }
    }
    spans
}
