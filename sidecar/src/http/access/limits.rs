//! How often clients may do something, in bounded memory.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};
use parking_lot::Mutex;

use crate::http::client::Client;

/// Clients that are remembered at most: 1 MB of them.
const MAX_CLIENTS: usize = 10_000;
/// How often those that have done nothing for long are looked for, once there are so many.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How many more times something may be done now, or when it may be done again.
pub(super) type Left = Result<u32, Duration>;

/// A limit for all.
pub(super) struct Limit(
    RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>,
);

/// A limit for each client.
pub(super) struct ClientLimits {
    clients:
        RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>,
    swept: Mutex<Instant>,
}

impl Limit {
    pub(super) fn new(quota: Quota) -> Self {
        Limit(RateLimiter::direct(quota).with_middleware())
    }

    pub(super) fn count(&self) -> Left {
        left(self.0.check())
    }
}

impl ClientLimits {
    pub(super) fn new(quota: Quota) -> Self {
        let clients = RateLimiter::hashmap(quota).with_middleware();
        ClientLimits { clients, swept: Mutex::new(Instant::now()) }
    }

    /// `None` where there are too many clients already to remember another.
    pub(super) fn count(&self, client: Client) -> Option<Left> {
        self.has_room().then(|| left(self.clients.check_key(&client.network())))
    }

    fn has_room(&self) -> bool {
        if self.clients.len() >= MAX_CLIENTS {
            let mut swept = self.swept.lock();
            if swept.elapsed() >= SWEEP_INTERVAL {
                self.clients.retain_recent();
                *swept = Instant::now();
            }
        }
        self.clients.len() < MAX_CLIENTS
    }
}

fn left(outcome: Result<StateSnapshot, NotUntil<<DefaultClock as Clock>::Instant>>) -> Left {
    match outcome {
        Ok(snapshot) => Ok(snapshot.remaining_burst_capacity()),
        Err(not_until) => Err(not_until.wait_time_from(DefaultClock::default().now())),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn counted(limits: &ClientLimits, addresses: impl Iterator<Item = IpAddr>) -> usize {
        let clients = addresses.map(Client::of_tcp);
        clients.filter(|&client| matches!(limits.count(client), Some(Ok(_)))).count()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn ten_a_minute() -> ClientLimits {
        ClientLimits::new(Quota::per_minute(NonZeroU32::new(10).expect("not zero")))
    }

    #[test]
    fn a_client_has_one_limit_whatever_address_of_its_own_it_takes() {
        let limits = ten_a_minute();
        let of_one = (0..50).map(|n| address(&format!("2001:db8::{n}")));
        assert_eq!(counted(&limits, of_one), 10);
        let of_another = ["192.0.2.1", "::ffff:192.0.2.1"].map(address).into_iter().cycle();
        assert_eq!(counted(&limits, of_another.take(50)), 10);
        let left = limits.count(Client::of_tcp(address("192.0.2.1"))).expect("room");
        let wait = left.expect_err("too many");
        assert!(wait <= Duration::from_secs(6), "{wait:?}");
        assert!(matches!(limits.count(Client::of_socket()), Some(Ok(9))));
    }

    #[test]
    fn clients_are_not_remembered_without_end() {
        let limits = ten_a_minute();
        let clients = (0..20_000_u32).map(|n| IpAddr::from(n.to_be_bytes()));
        assert_eq!(counted(&limits, clients), MAX_CLIENTS);
        assert!(limits.count(Client::of_socket()).is_none());
    }
}
