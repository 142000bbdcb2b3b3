//! How many requests a minute a key may make, or a client without one.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use governor::Quota;

use super::keys::Key;
use super::limits::{ClientLimits, Left, Limit};
use crate::config::{self, WrongSetting};
use crate::http::client::Client;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Counts requests.
pub(super) struct RateLimit {
    /// Of each.
    per_minute: NonZeroU32,
    /// By their numbers.
    of_keys: Vec<Limit>,
    of_clients: ClientLimits,
    /// For all clients that are too many to have limits of their own.
    of_others: Limit,
}

impl RateLimit {
    /// `None` if there is to be none.
    pub(super) fn of(server: &config::Server, keys: usize) -> Result<Option<Self>, WrongSetting> {
        if !server.rate_limit_enabled {
            return Ok(None);
        }
        let per_minute = NonZeroU32::new(server.rate_limit_rpm).ok_or_else(|| WrongSetting {
            key: "server.rate_limit_rpm",
            expected: "at least 1, as rate_limit_enabled is true".into(),
        })?;
        let quota = Quota::per_minute(per_minute);
        Ok(Some(RateLimit {
            per_minute,
            of_keys: (0..keys).map(|_| Limit::new(quota)).collect(),
            of_clients: ClientLimits::new(quota),
            of_others: Limit::new(quota),
        }))
    }

    /// Counts a request.
    pub(super) fn count(&self, key: Option<&Key>, client: Client) -> Rate {
        let left = match key {
            Some(key) => self.of_keys[key.number].count(),
            None => self.of_clients.count(client).unwrap_or_else(|| self.of_others.count()),
        };
        Rate { per_minute: self.per_minute.get(), left }
    }
}

/// How much of its limit a client has left.
pub(super) struct Rate {
    per_minute: u32,
    pub(super) left: Left,
}

impl Rate {
    /// Says so in an answer.
    pub(super) fn mark(&self, answer: &mut Response) {
        let remaining = self.left.unwrap_or(0);
        let headers = answer.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(self.per_minute));
        headers.insert(REMAINING, HeaderValue::from(remaining));
        headers.insert(RESET, HeaderValue::from(self.seconds_to_all(remaining)));
    }

    /// When it has all of its limit again.
    fn seconds_to_all(&self, remaining: u32) -> u64 {
        let used = u64::from(self.per_minute.saturating_sub(remaining));
        (used * Duration::from_mins(1).as_secs()).div_ceil(self.per_minute.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_whole_again_after_a_minute_at_most() {
        for (remaining, seconds) in [(120, 0), (119, 1), (60, 30), (0, 60)] {
            let rate = Rate { per_minute: 120, left: Ok(remaining) };
            assert_eq!(rate.seconds_to_all(remaining), seconds);
        }
    }
}
