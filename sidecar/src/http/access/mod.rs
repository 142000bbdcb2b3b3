//! Who may ask: programs by their keys, people by the session that their password has begun.
//!
//! Which routes need what is said by the list of routes; nothing here looks at paths.

mod attempts;
mod digest;
mod keys;
pub(super) mod layer;
mod limits;
pub(super) mod login;
mod rate;
mod session;

use std::num::NonZeroU32;
use std::time::SystemTime;

use axum::http::{HeaderMap, Method};

use self::attempts::Attempts;
use self::digest::Digest;
use self::keys::{Key, Keys, Presented};
use self::rate::{Rate, RateLimit};
use self::session::Sessions;
use super::client::Client;
use super::error::ApiError;
use crate::config::{self, Role, WrongSetting};

/// Passwords that a client may try within a minute, and all of them.
const LOGINS: (NonZeroU32, NonZeroU32) = (number(10), number(100));
/// Wrong keys, likewise, until they are told to wait. Keys are too long to be guessed: this is for
/// programs that don't know theirs, and for the log.
const WRONG_KEYS: (NonZeroU32, NonZeroU32) = (number(60), number(600));

const fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not zero")
}

/// What is asked of clients.
pub(crate) struct Access {
    /// Whether programs need a key.
    is_key_needed: bool,
    keys: Keys,
    wrong_keys: Attempts,
    rate_limit: Option<RateLimit>,
    /// Where there is a password.
    login: Option<Login>,
}

/// How people get a session.
struct Login {
    password: Digest,
    attempts: Attempts,
    sessions: Sessions,
}

/// What a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To see how the sidecar is.
    State,
    /// To send events.
    Ingest,
    /// To read what is stored.
    Read,
}

impl Purpose {
    /// Whether a key of this role is for it.
    fn is_of(self, role: Role) -> bool {
        match self {
            Purpose::State => true,
            Purpose::Ingest => matches!(role, Role::Ingest | Role::Admin),
            Purpose::Read => matches!(role, Role::Read | Role::Admin),
        }
    }
}

impl Access {
    pub(crate) fn of(server: &config::Server) -> Result<Self, WrongSetting> {
        let keys = Keys::of(server)?;
        if server.auth_enabled && keys.len() == 0 {
            let expected = "at least one, or one of server.keys, as auth_enabled is true".into();
            return Err(WrongSetting { key: "server.api_keys", expected });
        }
        let rate_limit = RateLimit::of(server, keys.len())?;
        let login = server.ui_password.as_ref().map(Login::of).transpose()?;
        let wrong_keys = Attempts::new(WRONG_KEYS.0, WRONG_KEYS.1);
        Ok(Access { is_key_needed: server.auth_enabled, keys, wrong_keys, rate_limit, login })
    }

    /// The key in whose name a request is made, if it is made in one's; the error is why it may not be
    /// made. A valid key is always let in, however many wrong ones have come before it.
    fn admit(
        &self,
        purpose: Purpose,
        method: &Method,
        headers: &HeaderMap,
        client: Client,
    ) -> Result<Option<&Key>, ApiError> {
        let presented = self.keys.presented(headers);
        match presented {
            Presented::Valid(key) if purpose.is_of(key.role) || self.is_open(purpose) => {
                Ok(Some(key))
            }
            _ if self.is_open(purpose) || self.may_read(purpose, method, headers) => Ok(None),
            Presented::Valid(key) => Err(wrong_role(purpose, key)),
            Presented::Wrong => Err(self.wrong_key(client)),
            Presented::Nothing => Err(ApiError::Unauthorized),
        }
    }

    /// Whether everybody may do this. With a password, nobody may read who has neither that nor a key.
    fn is_open(&self, purpose: Purpose) -> bool {
        !self.is_key_needed && (purpose != Purpose::Read || self.login.is_none())
    }

    /// Whether somebody has logged in for this. What is read by `POST` is made of the body, and nothing is stored.
    fn may_read(&self, purpose: Purpose, method: &Method, headers: &HeaderMap) -> bool {
        purpose == Purpose::Read
            && matches!(*method, Method::GET | Method::HEAD | Method::POST)
            && self.has_session(headers)
    }

    fn wrong_key(&self, client: Client) -> ApiError {
        match self.wrong_keys.count(client) {
            Ok(()) => {
                tracing::warn!(%client, "somebody has sent a wrong key");
                ApiError::Unauthorized
            }
            Err(wait) => ApiError::TooMany { of: "wrong keys", wait },
        }
    }

    /// Counts a request where requests are limited.
    fn count(&self, key: Option<&Key>, client: Client) -> Option<Rate> {
        self.rate_limit.as_ref().map(|limit| limit.count(key, client))
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
        let attempts = Attempts::new(LOGINS.0, LOGINS.1);
        Ok(Login { password, attempts, sessions: Sessions::new() })
    }
}

fn wrong_role(purpose: Purpose, key: &Key) -> ApiError {
    tracing::debug!(key = key.name, "a key of another role was expected");
    let role = if purpose == Purpose::Ingest { Role::Ingest } else { Role::Read };
    ApiError::forbidden(format!(
        "expected a key of role {role} or {}, and this one is of role {}",
        Role::Admin,
        key.role
    ))
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
        let may =
            |purpose, method| access.admit(purpose, &method, headers, Client::of_socket()).is_ok();
        let writes = may(Purpose::Ingest, Method::POST);
        assert_eq!(may(Purpose::State, Method::GET), writes);
        (writes, may(Purpose::Read, Method::GET), may(Purpose::Read, Method::POST))
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
                Some((true, true, true)),
            ),
            (
                false,
                &[],
                Some("p"),
                (true, false, false),
                (true, false, false),
                Some((true, true, true)),
            ),
            (
                true,
                &["k"],
                Some("p"),
                (false, false, false),
                (true, true, true),
                Some((false, true, true)),
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

    #[test]
    fn a_key_does_what_its_role_is_for() {
        for (role, expected) in
            [("ingest", (true, false)), ("read", (false, true)), ("admin", (true, true))]
        {
            let key = serde_json::json!({ "name": "a name", "role": role, "key": "k" });
            let keys = vec![serde_json::from_value(key).expect("a key")];
            let server = config::Server { auth_enabled: true, keys, ..config::Server::default() };
            let access = Access::of(&server).expect("settings");
            let headers = HeaderMap::from_iter([(keys::HEADER, "k".parse().expect("a header"))]);
            let may = |purpose| {
                access.admit(purpose, &Method::GET, &headers, Client::of_socket()).is_ok()
            };
            assert!(may(Purpose::State), "{role}");
            assert_eq!((may(Purpose::Ingest), may(Purpose::Read)), expected, "{role}");
        }
    }
}
