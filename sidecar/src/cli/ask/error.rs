//! Why a sidecar has not answered as it was asked.

use thiserror::Error;

use super::text::clean;

/// Each names the sidecar.
#[derive(Debug, Error)]
pub(crate) enum AskError {
    #[error("no sidecar answers at {sidecar}: {error}")]
    Nobody { sidecar: String, error: Box<ureq::Error> },
    #[error(
        "{0} asks for a key: expected one in RACEWAY_KEY, in the file after --key-file or in the \
         configuration"
    )]
    NoKey(String),
    #[error("{sidecar} refuses the key: {reason}")]
    Key { sidecar: String, reason: String },
    #[error("{sidecar} has no trace {}", clean(trace_id))]
    NoTrace { sidecar: String, trace_id: String },
    #[error("{sidecar}: {reason}")]
    Failed { sidecar: String, status: u16, reason: String },
    #[error("{sidecar}: expected an answer as docs/openapi.json describes it: {error}")]
    Foreign { sidecar: String, error: String },
}
