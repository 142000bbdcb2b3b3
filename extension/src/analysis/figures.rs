//! Figures of all traces: services, calls, variables, durations.

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::tables;
use raceway_model::Timestamp;

use super::tables::{Server, told};
use super::window::Asked;
use super::{json, performance};
use crate::error::invalid_parameter;
use crate::instant::nearest;
use crate::jsonb::Jsonb;

/// The answer to a question about figures.
pub(super) fn answer(call: FunctionCallInfo, question: &str, asked: &Asked) -> Jsonb {
    let mut server = Server::of(call);
    match question {
        "services" => json(&told(tables::services(&mut server))),
        "service health" => {
            json(&told(tables::service_health(&mut server, &asked.window(), now())))
        }
        "edges" => json(&told(tables::edges(&mut server))),
        "service dependencies" => {
            let service = asked.detail.unwrap_or_default();
            json(&told(tables::service_dependencies(&mut server, service)))
        }
        "performance" => {
            json(&told(tables::performance(&mut server, &asked.window(), most(asked))).0)
        }
        "performance lines" => {
            let (performance, traces) =
                told(tables::performance(&mut server, &asked.window(), most(asked)));
            json(&performance::lines(performance, traces))
        }
        "hotspots" => json(&told(tables::hotspots(&mut server, most(asked)))),
        _ => invalid_parameter(&format!("no question about traces: {question}")),
    }
}

fn most(asked: &Asked) -> usize {
    let most = asked.detail.and_then(|most| most.parse().ok());
    most.unwrap_or_else(|| invalid_parameter("most: expected 0 or more"))
}

fn now() -> Timestamp {
    nearest(pgrx::datum::now())
}
