//! What events mean: the functions of `sql/extension/analysis.sql`. Each reads traces, asks the crate
//! `raceway-analysis`, and answers with JSON, of which `sql/analysis.sql` makes columns.

mod count;
mod figures;
mod performance;
mod stored;
mod tables;
mod trace;
mod window;

use pgrx::JsonB;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_extern;
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::Options;
use raceway_model::{Found, escape_json};
use serde::Serialize;

use crate::error::{internal_error, invalid_parameter, raise};
use crate::jsonb::{self, Filling, Jsonb};

#[pg_extern(sql = false)]
fn raceway_analysis(
    question: &str,
    trace_id: Option<&str>,
    detail: Option<&str>,
    options: Option<JsonB>,
    call: FunctionCallInfo,
) -> Option<Jsonb> {
    let asked = trace::Asked { detail: detail.unwrap_or_default(), options: read(options) };
    trace::answer(call, question, trace_id?, &asked)
}

#[pg_extern(sql = false)]
#[expect(clippy::too_many_arguments, reason = "a function of SQL")]
fn raceway_analysis_between(
    question: &str,
    since: Option<TimestampWithTimeZone>,
    until: Option<TimestampWithTimeZone>,
    service: Option<&str>,
    variable: Option<&str>,
    detail: Option<&str>,
    options: Option<JsonB>,
    call: FunctionCallInfo,
) -> Jsonb {
    let options = read(options);
    let asked = window::Asked { since, until, service, variable, detail, options };
    let found = window::answer(call, question, &asked);
    found.unwrap_or_else(|| figures::answer(call, question, &asked))
}

/// What is set of an analysis, by the names of [`Options`]; the rest is the default.
fn read(options: Option<JsonB>) -> Options {
    let options = options.map(|JsonB(options)| serde_json::from_value(options)).transpose();
    options
        .unwrap_or_else(|error| invalid_parameter(&format!("options: {error}")))
        .unwrap_or_default()
}

/// An answer as `jsonb`.
fn json(answer: &impl Serialize) -> Jsonb {
    let text = serde_json::to_string(answer)
        .unwrap_or_else(|error| internal_error(&format!("an answer that is no JSON: {error}")));
    jsonb::value(Found::Text(&escape_json(&text)), &Filling::new(""))
}

/// The events can't be analysed within the bounds of time and memory that there are: SQLSTATE 54000.
fn too_complex(error: &dyn std::error::Error) -> ! {
    raise(pgrx::PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED, &error.to_string())
}
