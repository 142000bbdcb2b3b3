//! Everything that is known of where to connect, and how, before the first try.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Config;

use crate::ParameterError;
use crate::environment::Environment;
use crate::hosts::{Host, hosts};
use crate::parameters::Parameters;
use crate::passwords::Passwords;
use crate::session::{self, Wanted};
use crate::ssl_mode::SslMode;
use crate::supabase;
use crate::tls::Tls;

/// What tokio-postgres takes under the same name.
const PASSED_ON: [&str; 6] = [
    "options",
    "channel_binding",
    "sslnegotiation",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
];

/// What is configured.
pub struct Source<'a> {
    /// A URL, or `key=value` pairs.
    pub connection_string: &'a str,
    /// Where the password is, unless the connection string has one.
    pub password_file: Option<&'a Path>,
    /// Whether it must be encrypted unless it stays on this machine.
    pub is_supabase: bool,
}

/// The servers, and what they are told.
pub(crate) struct Target {
    pub(crate) hosts: Vec<Host>,
    pub(crate) is_supabase: bool,
    /// In an order of its own for every connection.
    pub(crate) is_shuffled: bool,
    pub(crate) wanted: &'static [Wanted],
    pub(crate) ssl_mode: SslMode,
    pub(crate) tls: Tls,
    pub(crate) connect_timeout: Option<Duration>,
    /// Without hosts and password.
    config: Config,
    passwords: Passwords,
}

impl Target {
    pub(crate) fn of(source: &Source) -> Result<Self, ParameterError> {
        let environment = Environment::of_process();
        let mut parameters = Parameters::of(source.connection_string)?;
        let has_password = parameters.get("password").is_some();
        let password_file = source.password_file.filter(|_| !has_password);
        parameters.complete(&environment)?;
        let user = match parameters.get("user") {
            Some(user) => user.to_owned(),
            None => {
                whoami::username().map_err(|error| ParameterError::Postgres(error.to_string()))?
            }
        };
        let database = parameters.get("dbname").unwrap_or(&user);
        let hosts = hosts(&parameters)?;
        supabase::check(&hosts, &user, &parameters)?;
        let is_supabase = source.is_supabase || hosts.iter().any(supabase::is_host);
        let ssl_mode = ssl_mode(&parameters, &hosts, is_supabase)?;
        let target = Target {
            is_supabase,
            is_shuffled: is_shuffled(&parameters)?,
            wanted: session::wanted(&parameters)?,
            tls: Tls::new(&parameters, ssl_mode, &environment)?,
            ssl_mode,
            connect_timeout: seconds(&parameters, "connect_timeout")?,
            config: config(&parameters, &user, database)?,
            passwords: Passwords::new(&parameters, password_file, &environment, [&user, database])?,
            hosts,
        };
        target.check_tls()?;
        Ok(target)
    }

    /// For a connection to this host.
    pub(crate) fn config_for(&self, host: &Host) -> Config {
        let mut config = self.config.clone();
        config.host(&host.name).port(host.port);
        if let Some(password) = self.password_of(host) {
            config.password(password);
        }
        config
    }

    pub(crate) fn password_of(&self, host: &Host) -> Option<String> {
        self.passwords.of(host)
    }

    /// The hosts in the order in which to try them.
    pub(crate) fn hosts_in_order(&self) -> Vec<&Host> {
        let mut hosts: Vec<&Host> = self.hosts.iter().collect();
        if self.is_shuffled {
            hosts.sort_by_cached_key(|_| RandomState::new().hash_one(0));
        }
        hosts
    }

    /// Finds files that are not there before a connection needs them.
    fn check_tls(&self) -> Result<(), ParameterError> {
        if self.ssl_mode == SslMode::Disable || self.hosts.iter().all(Host::is_socket) {
            return Ok(());
        }
        match self.tls.client_config() {
            Ok(_) => Ok(()),
            Err(error) if self.ssl_mode >= SslMode::Require => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "connections to Postgres are not encrypted");
                Ok(())
            }
        }
    }
}

/// What is asked for, else the default of libpq, or of Supabase.
fn ssl_mode(
    parameters: &Parameters,
    hosts: &[Host],
    is_supabase: bool,
) -> Result<SslMode, ParameterError> {
    let asked_for = SslMode::of(parameters)?;
    let is_remote = hosts.iter().any(|host| !host.is_local());
    if is_remote && is_supabase {
        return supabase::ssl_mode(asked_for);
    }
    let uses_system_roots = parameters.get("sslrootcert") == Some("system");
    let default = if uses_system_roots { SslMode::VerifyFull } else { SslMode::Prefer };
    Ok(asked_for.unwrap_or(default))
}

fn is_shuffled(parameters: &Parameters) -> Result<bool, ParameterError> {
    let choices = [("disable", false), ("random", true)];
    let choice = parameters.choice("load_balance_hosts", &choices, "disable or random")?;
    Ok(choice.unwrap_or(false))
}

/// Not so many, or none, means without an end.
fn seconds(
    parameters: &Parameters,
    name: &'static str,
) -> Result<Option<Duration>, ParameterError> {
    let Some(text) = parameters.get(name) else { return Ok(None) };
    let wrong = |_| ParameterError::Value { name, value: text.to_owned(), expected: "a number" };
    let number: i64 = text.trim().parse().map_err(wrong)?;
    Ok(u64::try_from(number).ok().filter(|&number| number > 0).map(Duration::from_secs))
}

fn config(parameters: &Parameters, user: &str, database: &str) -> Result<Config, ParameterError> {
    let mut pairs: Vec<String> =
        PASSED_ON.into_iter().filter_map(|name| Some(pair(name, parameters.get(name)?))).collect();
    pairs.extend(parameters.get("keepalives_count").map(|value| pair("keepalives_retries", value)));
    let parsed = pairs.join(" ").parse();
    let mut config: Config = parsed.map_err(|error: tokio_postgres::Error| {
        ParameterError::Postgres(crate::with_causes(&error))
    })?;
    let name = parameters.get("application_name");
    let name = name.or_else(|| parameters.get("fallback_application_name"));
    config.user(user).dbname(database).application_name(name.unwrap_or("raceway-sidecar"));
    // In milliseconds.
    if let Some(timeout) = seconds(parameters, "tcp_user_timeout")? {
        config.tcp_user_timeout(timeout / 1000);
    }
    Ok(config)
}

/// As a connection string has it.
pub(crate) fn pair(name: &str, value: &str) -> String {
    format!("{name}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
