//! How often a secret may be tried.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

use super::limits::{ClientLimits, Limit};
use crate::http::client::Client;

/// When a client may have all its attempts again.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);

/// Counts attempts within a minute.
pub(super) struct Attempts {
    of_client: ClientLimits,
    of_all: Limit,
}

impl Attempts {
    /// So many by one client, and by all of them.
    pub(super) fn new(of_client: NonZeroU32, of_all: NonZeroU32) -> Self {
        Attempts {
            of_client: ClientLimits::new(Quota::per_minute(of_client)),
            of_all: Limit::new(Quota::per_minute(of_all)),
        }
    }

    /// Counts an attempt; the error is when there may be another. The client's own limit comes first:
    /// who has reached it takes nothing from others.
    pub(super) fn count(&self, client: Client) -> Result<(), Duration> {
        self.of_client.count(client).unwrap_or(Err(FORGOTTEN_AFTER))?;
        self.of_all.count().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn all_clients_together_have_more_attempts_than_one() {
        let number = |number| NonZeroU32::new(number).expect("not zero");
        let attempts = Attempts::new(number(10), number(100));
        let made = |addresses: &mut dyn Iterator<Item = u32>| {
            let clients = addresses.map(|n| Client::of_tcp(IpAddr::from(n.to_be_bytes())));
            clients.filter(|&client| attempts.count(client).is_ok()).count()
        };
        assert_eq!(made(&mut std::iter::repeat_n(1, 50)), 10);
        assert_eq!(made(&mut (2..20_000)), 90);
    }
}
