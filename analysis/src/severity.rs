//! How bad a finding is.

use serde::{Deserialize, Serialize};

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RaceSeverity))]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// A write is lost, or may be.
    Critical,
    /// Something was read that nobody should see, or that changed.
    Warning,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 2] = [Severity::Critical, Severity::Warning];

    /// As answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "CRITICAL",
            Severity::Warning => "WARNING",
        }
    }
}
