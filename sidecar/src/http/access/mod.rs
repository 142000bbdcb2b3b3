//! Who may ask: programs by their keys, people by the session that their password has begun.
//!
//! Which routes need what is said by the list of routes; nothing here looks at paths.

mod attempts;
mod digest;
mod keys;
pub(super) mod layer;
pub(super) mod login;
mod session;

use std::time::SystemTime;

use axum::http::{HeaderMap, Method};

use self::attempts::Attempts;
use self::digest::Digest;
use self::keys::Keys;
use self::session::Sessions;
use crate::config::{self, WrongSetting};

/// What is asked of clients.
pub(crate) struct Access {
    /// Whether programs need a key.
    is_key_needed: bool,
    keys: Keys,
    /// Where there is a password.
    login: Option<Login>,
}

/// How people get a session.
struct Login {
    password: Digest,
    attempts: Attempts,
    sessions: Sessions,
}

impl Access {
    pub(crate) fn of(server: &config::Server) -> Result<Self, WrongSetting> {
        let keys = Keys::of(&server.api_keys)?;
        if server.auth_enabled && keys.is_empty() {
            let expected = "at least one, as auth_enabled is true".into();
            return Err(WrongSetting { key: "server.api_keys", expected });
        }
        let login = server.ui_password.as_ref().map(Login::of).transpose()?;
        Ok(Access { is_key_needed: server.auth_enabled, keys, login })
    }

    /// Whether this request may do what programs do.
    fn allows(&self, headers: &HeaderMap) -> bool {
        !self.is_key_needed || self.keys.are_presented(headers)
    }

    /// Whether this request may read what is stored. With a password, nobody may who has neither that
    /// nor a key.
    fn allows_reading(&self, method: &Method, headers: &HeaderMap) -> bool {
        let is_open = !self.is_key_needed && self.login.is_none();
        is_open
            || self.keys.are_presented(headers)
            || (matches!(*method, Method::GET | Method::HEAD) && self.has_session(headers))
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let login = self.login.as_ref();
        login.is_some_and(|login| login.sessions.is_presented(headers, SystemTime::now()))
    }
}

impl Login {
    fn of(password: &config::Secret) -> Result<Self, WrongSetting> {
        if password.reveal().is_empty() {
            let expected = "a password, or nothing at all".into();
            return Err(WrongSetting { key: "server.ui_password", expected });
        }
        let password = Digest::of(password.reveal().as_bytes());
        Ok(Login { password, attempts: Attempts::new(), sessions: Sessions::new() })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn access(
        auth_enabled: bool,
        api_keys: &[&str],
        password: Option<&str>,
    ) -> Result<Access, String> {
        let secret = |text: &str| config::Secret::from(text.to_owned());
        let server = config::Server {
            auth_enabled,
            api_keys: api_keys.iter().copied().map(secret).collect(),
            ui_password: password.map(secret),
            ..config::Server::default()
        };
        Access::of(&server).map_err(|wrong| wrong.to_string())
    }

    /// What this request may: write, read, and read with another method.
    fn allowed(access: &Access, headers: &HeaderMap) -> (bool, bool, bool) {
        let reads = |method| access.allows_reading(&method, headers);
        (access.allows(headers), reads(Method::GET), reads(Method::POST))
    }

    #[test]
    fn who_may_do_what() {
        let nobody = HeaderMap::new();
        let program = HeaderMap::from_iter([(keys::HEADER, "k".parse().expect("a header"))]);
        for (auth_enabled, keys, password, of_nobody, of_program, of_person) in [
            (false, &[][..], None, (true, true, true), (true, true, true), None),
            (true, &["k"], None, (false, false, false), (true, true, true), None),
            (
                false,
                &["k"],
                Some("p"),
                (true, false, false),
                (true, true, true),
                Some((true, true, false)),
            ),
            (
                false,
                &[],
                Some("p"),
                (true, false, false),
                (true, false, false),
                Some((true, true, false)),
            ),
            (
                true,
                &["k"],
                Some("p"),
                (false, false, false),
                (true, true, true),
                Some((false, true, false)),
            ),
        ] {
            let access = access(auth_enabled, keys, password).expect("settings");
            assert_eq!(
                allowed(&access, &nobody),
                of_nobody,
                "{auth_enabled} {keys:?} {password:?}"
            );
            assert_eq!(
                allowed(&access, &program),
                of_program,
                "{auth_enabled} {keys:?} {password:?}"
            );
            let person = access.login.as_ref().map(|login| {
                let token = login.sessions.begin(SystemTime::now());
                let cookie = format!("{}={token}", session::COOKIE).parse().expect("a header");
                allowed(&access, &HeaderMap::from_iter([(header::COOKIE, cookie)]))
            });
            assert_eq!(person, of_person, "{auth_enabled} {keys:?} {password:?}");
        }
    }

    #[test]
    fn settings_that_would_let_anybody_in_or_nobody_are_refused() {
        for (auth_enabled, keys, password, key) in [
            (true, &[][..], None, "server.api_keys"),
            (true, &[], Some("p"), "server.api_keys"),
            (true, &["k", ""], None, "server.api_keys"),
            (false, &["a key"], None, "server.api_keys"),
            (false, &[], Some(""), "server.ui_password"),
        ] {
            let error = access(auth_enabled, keys, password).err().expect(key);
            assert!(error.starts_with(key), "{error}");
        }
    }
}
