//! What became of the events that were sent.

use std::fmt;

use raceway_model::Rejection;
use serde::Deserialize;

use crate::cli::CommandError;
use crate::store::{Ingested, Outcome};

/// So many rejections are said why of; a sidecar keeps all of them in its quarantine.
const REASONS: usize = 10;

/// Counts of events.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Report")]
pub(in crate::cli) struct Tally {
    pub(super) new: usize,
    pub(super) there: usize,
    pub(in crate::cli) rejected: usize,
    pub(in crate::cli) evicted: u64,
}

/// What a sidecar answers.
#[derive(Deserialize)]
struct Report {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<Rejection>,
    rejected_total: usize,
    #[serde(default)]
    evicted: u64,
}

impl From<Report> for Tally {
    fn from(report: Report) -> Self {
        let Report { accepted, duplicates, rejected, rejected_total, evicted } = report;
        tell(&rejected);
        Tally { new: accepted, there: duplicates, rejected: rejected_total, evicted }
    }
}

impl Tally {
    /// Of a batch of so many events.
    pub(super) fn of(outcome: Outcome, events: usize) -> Self {
        match outcome {
            Ok(Ingested { accepted, duplicates, rejected, rejections, evicted, .. }) => {
                tell(&rejections);
                Tally { new: accepted, there: duplicates, rejected, evicted }
            }
            Err(refusal) => Tally::refused(events, &refusal),
        }
    }

    /// Of a batch that was refused as a whole.
    pub(super) fn refused(events: usize, reason: &str) -> Self {
        tracing::warn!(events, reason, "rejected");
        Tally { rejected: events, ..Tally::default() }
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.new += other.new;
        self.there += other.there;
        self.rejected += other.rejected;
        self.evicted += other.evicted;
    }

    /// Unless everything that was sent has been taken, and nothing had to go for it.
    pub(super) fn into_result(self) -> Result<(), CommandError> {
        match self {
            Tally { rejected: 0, evicted: 0, .. } => Ok(()),
            Tally { rejected: 0, evicted, .. } => Err(CommandError::Evicted(evicted)),
            Tally { rejected, .. } => Err(CommandError::Rejected(rejected)),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} new, {} there already, {} rejected", self.new, self.there, self.rejected)?;
        if self.evicted > 0 { write!(f, ", {} evicted", self.evicted) } else { Ok(()) }
    }
}

fn tell(rejections: &[Rejection]) {
    for Rejection { id, reason, .. } in rejections.iter().take(REASONS) {
        tracing::warn!(id = id.as_deref().unwrap_or("-"), reason, "rejected");
    }
}
