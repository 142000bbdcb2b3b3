//! Keys of programs.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use subtle::Choice;

use super::digest::Digest;
use crate::config::{Secret, WrongSetting};

/// Where a key may stand by itself.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-raceway-key");

/// Those that are valid.
pub(super) struct Keys(Vec<Digest>);

impl Keys {
    pub(super) fn of(keys: &[Secret]) -> Result<Self, WrongSetting> {
        let keys = keys.iter().map(|key| match key.reveal().as_bytes() {
            key if !key.is_empty() && key.iter().all(u8::is_ascii_graphic) => Ok(Digest::of(key)),
            _ => {
                let expected = "keys of letters, digits and signs of ASCII, without blanks".into();
                Err(WrongSetting { key: "server.api_keys", expected })
            }
        });
        keys.collect::<Result<_, _>>().map(Keys)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request has one of them.
    pub(super) fn are_presented(&self, headers: &HeaderMap) -> bool {
        presented(headers).any(|key| self.have(&Digest::of(key)))
    }

    /// Looks at all of them, whichever it is.
    fn have(&self, key: &Digest) -> bool {
        self.0.iter().fold(Choice::from(0), |found, valid| found | valid.is(key)).into()
    }
}

/// What a request has for a key, in either place.
fn presented(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
    let by_itself = headers.get(HEADER).map(HeaderValue::as_bytes);
    bearer.into_iter().chain(by_itself)
}

/// The token of `Bearer TOKEN`.
fn bearer(credentials: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = credentials.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_presented_in_either_header() {
        let keys = ["one", "two"].map(|key| Secret::from(key.to_owned()));
        let keys = Keys::of(&keys).expect("keys");
        for (name, value, is_valid) in [
            ("authorization", "Bearer one", true),
            ("authorization", "bearer  two", true),
            ("x-raceway-key", "two", true),
            ("authorization", "two", false),
            ("authorization", "Basic two", false),
            ("authorization", "Bearer", false),
            ("authorization", "Bearer ", false),
            ("authorization", "Bearer one two", false),
            ("x-raceway-key", "", false),
            ("x-raceway-key", "on", false),
            ("x-raceway-key", "Bearer one", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a header"));
            assert_eq!(keys.are_presented(&headers), is_valid, "{name}: {value}");
        }
    }
}
