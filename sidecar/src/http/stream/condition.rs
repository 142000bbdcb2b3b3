//! How the sidecar is, as listeners are told.

use serde::Serialize;

use crate::store::{Readiness, State};

/// What `/status` and `/readyz` say.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    storage: &'static str,
    durable: bool,
    ready: bool,
    degraded: bool,
    reason: Option<String>,
}

impl From<State> for Condition {
    fn from(state: State) -> Self {
        let (ready, obstacle) = match state.readiness {
            Readiness::Ready => (true, None),
            Readiness::Starting(reason) | Readiness::Refusing(reason) => (false, Some(reason)),
        };
        Condition {
            storage: state.stored_in.name(),
            durable: state.stored_in.is_durable(),
            ready,
            degraded: state.degraded.is_some(),
            reason: state.degraded.or(obstacle),
        }
    }
}

impl Condition {
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }
}
