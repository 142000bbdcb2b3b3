//! `[development]`

use serde::{Deserialize, Serialize};

/// What is for the machines of developers.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Development {
    /// Whether pages of all origins may ask, whatever `[server]` says.
    pub(crate) cors_allow_all: bool,
}
