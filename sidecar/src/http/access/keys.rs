//! Keys of programs.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use subtle::{Choice, ConditionallySelectable};

use super::digest::Digest;
use crate::config::{self, KeyMaterial, Role, WrongSetting};

/// Where a key may stand by itself.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-raceway-key");

/// Those that are valid.
pub(super) struct Keys(Vec<Key>);

/// One of them.
pub(super) struct Key {
    /// Its place among all, from 0.
    pub(super) number: usize,
    /// What it is called in logs. The key itself is written nowhere.
    pub(super) name: String,
    pub(super) role: Role,
    digest: Digest,
}

/// What a request has for a key.
pub(super) enum Presented<'a> {
    Nothing,
    Wrong,
    Valid(&'a Key),
}

impl Keys {
    pub(super) fn of(server: &config::Server) -> Result<Self, WrongSetting> {
        let mut keys = Keys(Vec::new());
        for (place, key) in server.api_keys.iter().enumerate() {
            let digest = digest(key.reveal(), "server.api_keys")?;
            keys.add(format!("api_keys[{place}]"), Role::Admin, digest);
        }
        for key in &server.keys {
            let digest = match key.material()? {
                KeyMaterial::Plain(key) => digest(key.reveal(), "server.keys")?,
                KeyMaterial::Sha256(digest) => Digest::from(digest),
            };
            keys.check_differs(&key.name, &digest)?;
            keys.add(key.name.clone(), key.role, digest);
        }
        Ok(keys)
    }

    fn add(&mut self, name: String, role: Role, digest: Digest) {
        self.0.push(Key { number: self.0.len(), name, role, digest });
    }

    /// Who has a key of the same name, or the same key, would be somebody else in the log, or have
    /// another role.
    fn check_differs(&self, name: &str, digest: &Digest) -> Result<(), WrongSetting> {
        let is_same = |key: &Key| key.name == name || key.digest.is(digest).into();
        if name.is_empty() || self.0.iter().any(is_same) {
            let expected = "a name for each, and that names and keys differ".into();
            return Err(WrongSetting { key: "server.keys", expected });
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a request presents: a valid key, if there is one in either place.
    pub(super) fn presented(&self, headers: &HeaderMap) -> Presented<'_> {
        let mut found = Presented::Nothing;
        for key in presented(headers) {
            match self.find(&Digest::of(key)) {
                Some(key) => return Presented::Valid(key),
                None => found = Presented::Wrong,
            }
        }
        found
    }

    /// Looks at all of them, whichever it is.
    fn find(&self, digest: &Digest) -> Option<&Key> {
        let (mut found, mut number) = (Choice::from(0), 0);
        for (place, key) in (0_u32..).zip(&self.0) {
            let is_this = key.digest.is(digest);
            number.conditional_assign(&place, is_this);
            found |= is_this;
        }
        let number = usize::try_from(number).ok().filter(|_| found.into());
        number.and_then(|number| self.0.get(number))
    }
}

/// Of a key that can stand in a header.
fn digest(key: &str, setting: &'static str) -> Result<Digest, WrongSetting> {
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let expected = "keys of letters, digits and signs of ASCII, without blanks".into();
        return Err(WrongSetting { key: setting, expected });
    }
    Ok(Digest::of(key.as_bytes()))
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
    use crate::config::Secret;

    #[test]
    fn a_key_is_presented_in_either_header() {
        let api_keys = ["one", "two"].map(|key| Secret::from(key.to_owned())).into();
        let keys = Keys::of(&config::Server { api_keys, ..config::Server::default() });
        let keys = keys.expect("keys");
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
            let is_known = matches!(keys.presented(&headers), Presented::Valid(_));
            assert_eq!(is_known, is_valid, "{name}: {value}");
        }
    }
}
