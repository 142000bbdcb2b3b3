//! Figures of all traces: services, calls, variables, durations.

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::{ALWAYS, Part};
use raceway_model::Timestamp;

use super::kept::Kept;
use super::window::Asked;
use super::{json, latest, performance};
use crate::error::invalid_parameter;
use crate::instant::nearest;
use crate::jsonb::Jsonb;

/// The answer to a question about figures.
pub(super) fn answer(call: FunctionCallInfo, question: &str, asked: &Asked) -> Jsonb {
    let kept = |parts: &[Part]| {
        let kept = Kept::read(call, parts, ALWAYS);
        (kept.total(), kept.names)
    };
    match question {
        "services" => {
            let (figures, names) = kept(&[Part::Services]);
            json(&figures.services(&names))
        }
        "service health" => health(call, asked),
        "edges" => {
            let (figures, names) = kept(&[Part::Calls]);
            json(&figures.edges(&names))
        }
        "service dependencies" => {
            let (figures, names) = kept(&[Part::Calls]);
            json(&figures.service_dependencies(&names, asked.detail.unwrap_or_default()))
        }
        "performance" => json(&performance::measured(call, asked)),
        "performance lines" => performance::lines(call, asked),
        "hotspots" => {
            let (figures, names) = kept(&[Part::Variables, Part::Calls]);
            json(&figures.hotspots(&names, most(asked)))
        }
        _ => invalid_parameter(&format!("no question about traces: {question}")),
    }
}

fn health(call: FunctionCallInfo, asked: &Asked) -> Jsonb {
    let latest = latest::of_services(call);
    let mut recent = Kept::read(call, &[Part::Services], asked.window().micros());
    let latest = latest.into_iter().map(|(service, time)| (recent.names.intern(&service), time));
    let latest: Vec<_> = latest.collect();
    json(&recent.total().service_health(&recent.names, latest, now()))
}

pub(super) fn most(asked: &Asked) -> usize {
    let most = asked.detail.and_then(|most| most.parse().ok());
    most.unwrap_or_else(|| invalid_parameter("most: expected 0 or more"))
}

fn now() -> Timestamp {
    nearest(pgrx::datum::now())
}
