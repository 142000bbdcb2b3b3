//! One trace as a file for other programs.

use clap::ValueEnum;
use raceway_formats::Format;
use raceway_model::Timestamp;
use tokio::task::spawn_blocking;

use super::ExportArgs;
use crate::cli::CommandError;
use crate::store::StoreError;
use crate::store::chunks::Chunks;
use crate::store::export;
use crate::store::trace::Trace;
use crate::takeout::{self, FileFormat, NotTaken};

/// What is written of a trace.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) format: FileFormat,
    /// The same, as it is none of events as they were sent.
    of_analysis: Format,
    pub(super) trace_id: String,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Taken {
    /// `None` where events are written as they were sent.
    pub(super) fn of(args: &ExportArgs) -> Result<Option<Self>, CommandError> {
        let ExportArgs { format, from, until, .. } = *args;
        let Some(of_analysis) = format.of_analysis() else { return Ok(None) };
        let trace_id = args.trace_id.clone().filter(|_| args.service.is_none());
        let name = format.to_possible_value().map(|name| name.get_name().to_owned());
        let trace_id = trace_id.ok_or_else(|| CommandError::Format(name.unwrap_or_default()))?;
        Ok(Some(Taken { format, of_analysis, trace_id, from, until }))
    }
}

/// The file of a trace, which must be there.
pub(super) async fn write(taken: &Taken, trace: Option<Trace>) -> Result<Chunks, NotTaken> {
    let Taken { of_analysis, trace_id, from, until, .. } = taken.clone();
    let missing = || StoreError::Refused(format!("no trace {trace_id:?}"));
    let times = takeout::times(from, until);
    let events = takeout::few(trace.ok_or_else(missing)?, &times).await?;
    let writing = spawn_blocking(move || takeout::write(of_analysis, &trace_id, &events, &times));
    let file = writing.await.map_err(|panic| StoreError::Internal(panic.to_string()))??;
    let (mut lines, chunks) = export::channel();
    // One chunk waits for its reader.
    if lines.forward(file).await.is_ok() {
        lines.end(Ok(())).await;
    }
    Ok(chunks)
}
