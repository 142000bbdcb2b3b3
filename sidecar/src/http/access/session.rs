//! Sessions of people: a cookie that says until when it is valid, signed. Nothing is remembered of it.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub(super) const COOKIE: &str = "raceway_session";
/// A week.
pub(super) const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// What sessions are signed with: something else after each start, which ends them all.
pub(super) struct Sessions(Hmac<Sha256>);

impl Sessions {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the system has random numbers");
        Sessions(Hmac::new_from_slice(&key).expect("a key of any length"))
    }

    /// The cookie's value for a session that begins now.
    pub(super) fn begin(&self, now: SystemTime) -> String {
        self.token(seconds(now + LIFETIME))
    }

    /// Whether a request has the cookie of a session.
    pub(super) fn is_presented(&self, headers: &HeaderMap, now: SystemTime) -> bool {
        cookies(headers).any(|token| self.is_valid(token, now))
    }

    fn is_valid(&self, token: &str, now: SystemTime) -> bool {
        let expiry = token.split_once('.').and_then(|(expiry, _)| expiry.parse().ok());
        expiry.is_some_and(|expiry: u64| {
            let is_signed: bool = self.token(expiry).as_bytes().ct_eq(token.as_bytes()).into();
            is_signed && seconds(now) < expiry
        })
    }

    fn token(&self, expiry: u64) -> String {
        let mut signature = self.0.clone();
        signature.update(&expiry.to_be_bytes());
        let signature: [u8; 32] = signature.finalize().into_bytes().into();
        let (halves, _) = signature.as_chunks();
        let halves = halves.iter().map(|half| format!("{:032x}", u128::from_be_bytes(*half)));
        format!("{expiry}.{}", halves.collect::<String>())
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// All of the name: paths and domains may give a client several.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_a_week_and_with_the_process() {
        let (sessions, now) = (Sessions::new(), SystemTime::now());
        let token = sessions.begin(now);
        assert!(sessions.is_valid(&token, now));
        assert!(sessions.is_valid(&token, now + LIFETIME - Duration::from_secs(1)));
        assert!(!sessions.is_valid(&token, now + LIFETIME));
        assert!(!Sessions::new().is_valid(&token, now));
    }

    #[test]
    fn nobody_can_write_a_cookie() {
        let (sessions, now) = (Sessions::new(), SystemTime::now());
        let token = sessions.begin(now);
        let (expiry, signature) = token.split_once('.').expect("two parts");
        let later = expiry.parse::<u64>().expect("seconds") + 1;
        for forged in [
            String::new(),
            expiry.to_owned(),
            format!("{expiry}."),
            format!("{later}.{signature}"),
            format!("0{token}"),
            format!("+{token}"),
            token.to_uppercase() + " ",
            format!("{token}0"),
            token[..token.len() - 1].to_owned(),
        ] {
            assert!(!sessions.is_valid(&forged, now), "{forged}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let (sessions, now) = (Sessions::new(), SystemTime::now());
        let token = sessions.begin(now);
        for (line, is_valid) in [
            (format!("a=b; {COOKIE}={token}; c"), true),
            (format!("{COOKIE}=old;{COOKIE}={token}"), true),
            (format!("x{COOKIE}={token}"), false),
            (COOKIE.to_owned(), false),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, line.parse().expect("a header"))]);
            assert_eq!(sessions.is_presented(&headers, now), is_valid, "{line}");
        }
    }
}
