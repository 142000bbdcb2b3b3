//! `raceway-sidecar doctor`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{CommandError, stdout};
use crate::config::{Loaded, Problems};
use crate::doctor::{Finding, Status, examine};

/// `raceway-sidecar doctor`
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    status: Status,
    checks: Vec<Finding>,
}

/// Prints what was found. A configuration that can't be read is a finding too.
pub(super) async fn run(
    file: Option<&Path>,
    loaded: Result<Loaded, Problems>,
    args: &DoctorArgs,
) -> Result<ExitCode, CommandError> {
    let checks = examine(file, loaded).await;
    let status = checks.iter().map(|finding| finding.verdict.status).max().unwrap_or_default();
    if args.json {
        let report = serde_json::to_string(&Report { status, checks });
        stdout::unless_gone(stdout::print(report.expect("strings are JSON")))?;
    } else {
        stdout::unless_gone(print(&checks))?;
    }
    Ok(ExitCode::from(status as u8))
}

/// A line each, with what mends it below.
fn print(checks: &[Finding]) -> stdout::Result {
    let width = checks.iter().map(|finding| finding.name.len()).max().unwrap_or_default();
    for Finding { name, verdict } in checks {
        let message = one_line(&verdict.message);
        stdout::print(format_args!("{:7}  {name:width$}  {message}", verdict.status))?;
        if let Some(remedy) = &verdict.remedy {
            stdout::print(format_args!("{:7}  {:width$}  {}", "", "", one_line(remedy)))?;
        }
    }
    Ok(())
}

/// Errors of servers may have several.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
