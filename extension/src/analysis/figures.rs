//! Figures of all traces: services, calls, variables, durations.

use std::ops::Range;

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::calls::calls;
use raceway_analysis::figures::Figures;
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
            let borders = within(call, &asked.traces(), &window.borders());
            let figures = all(call);
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
    let before = i64::MIN..time;
    let traces = stored::between(None, Some(timestamptz(Timestamp::nearest(time))), None, None);
    within(call, &traces, &[before])
}

fn all(call: FunctionCallInfo) -> Figures {
    let always = i64::MIN..i64::MAX;
    within(call, &stored::between(None, None, None, None), &[always])
}

/// What of these traces happened in these times.
fn within(call: FunctionCallInfo, traces: &[stored::Listed], times: &[Range<i64>]) -> Figures {
    let mut figures = Figures::default();
    stored::each(call, traces, |trace| {
        let calls = calls(&trace);
        for times in times {
            figures.merge(&Figures::within(&trace, &calls, times.clone()));
        }
    });
    figures
}

pub(super) fn most(asked: &Asked) -> usize {
    let most = asked.most.and_then(|most| usize::try_from(most).ok());
    most.unwrap_or_else(|| invalid_parameter("most: expected 0 or more"))
}

fn now() -> Timestamp {
    nearest(pgrx::datum::now())
}
