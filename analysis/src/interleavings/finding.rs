//! What is reported of an interleaving.

use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use crate::severity::Severity;

/// One unserializable interleaving.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interleaving {
    /// Which of the four it is.
    pub pattern: Pattern,
    /// How bad that is.
    pub severity: Severity,
    /// The service of the strand that was interrupted.
    pub service: String,
    /// The variable.
    pub variable: String,
    /// What shows it.
    pub evidence: Evidence,
    /// a₁: the access after which another strand came.
    pub first: AccessRecord,
    /// b: the access that came between.
    pub between: AccessRecord,
    /// a₂: the next access of the strand of `first`.
    pub second: AccessRecord,
    /// Of a lost update, what the strand of `between` had read last before it wrote, if it had.
    pub own_read: Option<AccessRecord>,
    /// What happened, in a sentence.
    pub reason: String,
}

/// What shows that an interleaving did harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The order of the three accesses.
    Order,
    /// Also their values, which show that the second write was made from what the first access read.
    Values,
}

impl Evidence {
    /// `order`, `values`
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Order => "order",
            Evidence::Values => "values",
        }
    }
}

/// An access of a variable, as reports show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccessRecord {
    /// Its trace.
    pub trace_id: String,
    /// Its event.
    pub event_id: String,
    /// The first event of its strand.
    pub strand_id: String,
    /// The thread that its event names.
    pub thread: Option<String>,
    /// The service that recorded it.
    pub service: String,
    /// Where in the source it happened.
    pub location: Option<String>,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite`, `AtomicRMW`.
    pub access_type: &'static str,
    /// JSON of the value before.
    #[serde(serialize_with = "crate::values::as_json")]
    pub old_value: Option<String>,
    /// JSON of the value after; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    pub new_value: Option<String>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// Ids of the locks held, in order.
    pub locks: Vec<String>,
}

/// The interleavings of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interleavings {
    /// How many there are.
    pub found: u64,
    /// How many of them are between two traces.
    pub found_across_traces: u64,
    /// Whether the counts are exact: else there are at least so many, see [`Window`](super::Window).
    pub is_exact: bool,
    /// The newest of them: in order of a₂'s time, then of b's, the newest first.
    pub shown: Vec<Interleaving>,
    /// Each variable that was accessed, in order of service and name.
    pub variables: Vec<VariableSummary>,
}

/// A variable within a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariableSummary {
    /// Its service; `None` where services share it.
    pub service: Option<String>,
    /// Its name.
    pub variable: String,
    /// How many interleavings there are.
    pub found: u64,
    /// How many of each pattern, in order of [`Pattern::ALL`].
    pub found_by_pattern: [u64; 4],
    /// How bad the worst of them is; `None` where there are none.
    pub severity: Option<Severity>,
    /// How many traces access it.
    pub trace_count: u64,
    /// How many strands access it.
    pub strand_count: u64,
    /// How many accesses there are.
    pub access_count: u64,
    /// Which kinds of access there are, in order of their names.
    pub access_types: Vec<&'static str>,
}
