//! What waits.

use std::net::IpAddr;
use std::sync::OnceLock;

use raceway_model::{Timestamp, parse_batch};

/// A request's body, and where it came from.
#[derive(Clone, Debug)]
pub struct Body {
    /// As it was sent, decompressed.
    pub text: String,
    /// The client that sent it.
    pub source: IpAddr,
    /// When it arrived.
    pub received_at: Timestamp,
    /// How often Postgres has failed over it while it took others.
    pub failures: u32,
    /// How many of its events the client is told are stored, before they are in Postgres; see
    /// [`Body::acknowledge`].
    pub acknowledged: OnceLock<u32>,
}

impl Body {
    /// One over which nothing has failed yet, and of which nothing is acknowledged.
    #[must_use]
    pub fn new(text: String, source: IpAddr, received_at: Timestamp) -> Self {
        Body { text, source, received_at, failures: 0, acknowledged: OnceLock::new() }
    }

    /// So many of its events are acknowledged with it, once it is kept.
    pub fn acknowledge(&self, events: usize) {
        let _ = self.acknowledged.set(u32::try_from(events).unwrap_or(u32::MAX));
    }

    /// How many of its events were acknowledged; `None` where none was, or an older version has kept
    /// it, which did not say.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u32> {
        self.acknowledged.get().copied()
    }

    /// How many of its events wait for Postgres: those that were acknowledged, or else those that are valid,
    /// which an older version has acknowledged.
    #[must_use]
    pub fn waiting_events(&self) -> u32 {
        self.acknowledged().unwrap_or_else(|| valid_events(&self.text))
    }
}

fn valid_events(body: &str) -> u32 {
    let events = parse_batch(body).map_or(0, |batch| batch.events.len());
    u32::try_from(events).unwrap_or(u32::MAX)
}
