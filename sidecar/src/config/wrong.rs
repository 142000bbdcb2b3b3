//! A setting that can be read, and makes no sense.

use thiserror::Error;

/// Which setting, and what was expected of it. What it is stays unsaid: it may be a secret.
#[derive(Debug, Error)]
#[error("{key}: expected {expected}")]
pub(crate) struct WrongSetting {
    pub(crate) key: &'static str,
    pub(crate) expected: String,
}
