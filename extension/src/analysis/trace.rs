//! What is found in one trace.

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::audit::audit_trail;
use raceway_analysis::calls::calls;
use raceway_analysis::contention::contention;
use raceway_analysis::critical_path::critical_path;
use raceway_analysis::dependencies::trace_dependencies;
use raceway_analysis::figures::tables::anomalies_of;
use raceway_analysis::races::{Races, races};
use raceway_analysis::serializability::serializability;
use raceway_analysis::value_flow::value_flow;
use raceway_analysis::{Causality, Options};

use super::tables::{Server, told};
use super::{json, stored, too_complex};
use crate::error::invalid_parameter;
use crate::jsonb::Jsonb;

/// What else is asked.
pub(super) struct Asked<'a> {
    /// A variable or an event.
    pub(super) detail: &'a str,
    pub(super) options: Options,
}

/// The answer to a question about a trace; `None` if there is no such trace, or nothing to answer.
pub(super) fn answer(
    call: FunctionCallInfo,
    question: &str,
    trace_id: &str,
    Asked { detail, options }: &Asked,
) -> Option<Jsonb> {
    let trace = stored::named(call, trace_id)?;
    match question {
        "anomalies" => return Some(json(&told(anomalies_of(&mut Server::of(call), &trace)))),
        "dependencies" => return Some(json(&trace_dependencies(&trace, &calls(&trace)))),
        _ => (),
    }
    let causality = Causality::of(trace).unwrap_or_else(|error| too_complex(&error));
    let Causality { trace, strands, calls, order, .. } = &causality;
    Some(match question {
        "races" => json(&found_races(&causality, options)),
        "audit trail" => json(&audit_trail(&causality, &found_races(&causality, options), detail)),
        "value flow" => json(&value_flow(&causality, detail)?),
        "contention" => json(&contention(&causality)),
        "serializability" => json(&serializability(&causality, options)),
        "critical path" => json(&critical_path(trace, strands, calls, Some(order))?),
        _ => invalid_parameter(&format!("no question about a trace: {question}")),
    })
}

fn found_races(causality: &Causality, options: &Options) -> Races {
    races(causality, options).unwrap_or_else(|error| too_complex(&error))
}
