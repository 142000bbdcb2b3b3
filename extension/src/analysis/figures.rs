//! Figures of all traces: services, calls, variables, durations.

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::Trace;
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{Figures, Window};
use raceway_model::Timestamp;

use super::window::Asked;
use super::{json, performance, stored};
use crate::error::invalid_parameter;
use crate::instant::{nearest, timestamptz};
use crate::jsonb::Jsonb;

/// The answer to a question about figures.
pub(super) fn answer(call: FunctionCallInfo, question: &str, asked: &Asked) -> Jsonb {
    match question {
        "services" => json(&all(call).services()),
        "service health" => {
            let window = asked.window();
            let (figures, borders) = of_window(call, &everything(), window, |_| ());
            json(&figures.service_health(&figures.window(window, borders), now()))
        }
        "edges" => json(&all(call).edges()),
        "performance" => performance::answer(call, asked),
        "hotspots" => json(&all(call).hotspots(most(asked))),
        _ => invalid_parameter(&format!("no question about traces: {question}")),
    }
}

/// The figures of what happened before a time: microseconds since 1970.
pub(super) fn before(call: FunctionCallInfo, time: i64) -> Figures {
    let traces = stored::between(None, Some(timestamptz(Timestamp::nearest(time))), None, None);
    let mut figures = Figures::default();
    stored::each_outline(call, &traces, |trace| {
        figures.merge(&Figures::within(&trace, &calls(&trace), i64::MIN..time));
    });
    figures
}

fn everything() -> Vec<stored::Listed> {
    stored::between(None, None, None, None)
}

fn all(call: FunctionCallInfo) -> Figures {
    let mut figures = Figures::default();
    stored::each_outline(call, &everything(), |trace| {
        figures.merge(&Figures::of(&trace, &calls(&trace)));
    });
    figures
}

/// The figures of these traces, and of what of them happened at the borders of a window. Each trace is read
/// once, and seen.
pub(super) fn of_window(
    call: FunctionCallInfo,
    traces: &[stored::Listed],
    window: Window,
    mut see: impl FnMut(&Trace),
) -> (Figures, Figures) {
    let (mut figures, mut borders) = (Figures::default(), Figures::default());
    stored::each_outline(call, traces, |trace| {
        let calls = calls(&trace);
        figures.merge(&Figures::of(&trace, &calls));
        for times in window.borders() {
            borders.merge(&Figures::within(&trace, &calls, times));
        }
        see(&trace);
    });
    (figures, borders)
}

pub(super) fn most(asked: &Asked) -> usize {
    let most = asked.detail.and_then(|most| most.parse().ok());
    most.unwrap_or_else(|| invalid_parameter("most: expected 0 or more"))
}

fn now() -> Timestamp {
    nearest(pgrx::datum::now())
}
