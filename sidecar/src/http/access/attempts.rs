//! How often a password may be tried.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

/// By one client, within a minute.
const OF_CLIENT: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// By all of them.
const OF_ALL: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// When a client may have all its attempts again.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);
/// Clients that are remembered at most.
const MAX_CLIENTS: usize = 10_000;

/// Counts them.
pub(super) struct Attempts {
    clients: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    all: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Attempts {
            clients: RateLimiter::hashmap(Quota::per_minute(OF_CLIENT)),
            all: RateLimiter::direct(Quota::per_minute(OF_ALL)),
        }
    }

    /// Counts an attempt; the error is when there may be another. The client's own limit comes first:
    /// who has reached it takes nothing from others.
    pub(super) fn count(&self, client: IpAddr) -> Result<(), Duration> {
        if self.clients.len() >= MAX_CLIENTS {
            self.clients.retain_recent();
            if self.clients.len() >= MAX_CLIENTS {
                return Err(FORGOTTEN_AFTER);
            }
        }
        let wait = |not: NotUntil<_>| not.wait_time_from(DefaultClock::default().now());
        self.clients.check_key(&network(client)).map_err(wait)?;
        self.all.check().map_err(wait)
    }
}

/// Whom an address belongs to: of IPv6, a client has 2^64.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(prefix).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(attempts: &Attempts, clients: impl Iterator<Item = IpAddr>) -> usize {
        clients.filter(|&client| attempts.count(client).is_ok()).count()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_client_has_a_few_attempts_whatever_address_of_its_own_it_takes() {
        let attempts = Attempts::new();
        let of_one = (0..50).map(|n| address(&format!("2001:db8::{n}")));
        assert_eq!(made(&attempts, of_one), 10);
        let of_another = ["192.0.2.1", "::ffff:192.0.2.1"].map(address).into_iter().cycle();
        assert_eq!(made(&attempts, of_another.take(50)), 10);
        let wait = attempts.count(address("192.0.2.1")).expect_err("too many");
        assert!(wait <= Duration::from_secs(6), "{wait:?}");
    }

    #[test]
    fn all_clients_together_have_more_and_are_not_remembered_for_ever() {
        let attempts = Attempts::new();
        let clients = (0..20_000_u32).map(|n| IpAddr::from(n.to_be_bytes()));
        assert_eq!(made(&attempts, clients), 100);
        assert!(attempts.clients.len() <= MAX_CLIENTS);
    }
}
