//! Connection parameters by their names, from the places where libpq looks for them.

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::{ParameterError, keywords, service, url};

/// What has an effect here, each with its environment variable.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>
const PARAMETERS: [(&str, Option<&str>); 33] = [
    ("service", Some("PGSERVICE")),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("port", Some("PGPORT")),
    ("dbname", Some("PGDATABASE")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("passfile", Some("PGPASSFILE")),
    ("options", Some("PGOPTIONS")),
    ("application_name", Some("PGAPPNAME")),
    ("fallback_application_name", None),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslcrl", Some("PGSSLCRL")),
    ("sslsni", Some("PGSSLSNI")),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_count", None),
    ("tcp_user_timeout", None),
    // Text is UTF-8 on the wire in any case, and GSSAPI is never asked for.
    ("client_encoding", None),
    ("gsslib", None),
    ("krbsrvname", None),
    ("sslcompression", None),
];

/// What libpq has beyond that. To pass it over would be less safe than was asked for.
const UNSUPPORTED: [(&str, &str); 6] = [
    ("gssencmode", "PGGSSENCMODE"),
    ("require_auth", "PGREQUIREAUTH"),
    ("requirepeer", "PGREQUIREPEER"),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("sslpassword", "PGSSLPASSWORD"),
];

/// Parameters that have a value, be it an empty one.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// What the connection string says: a URL, or `key=value` pairs.
    pub(crate) fn of(connection_string: &str) -> Result<Self, ParameterError> {
        let pairs = match url::without_scheme(connection_string) {
            Some(url) => url::parse(url)?,
            None => keywords::parse(connection_string)?,
        };
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            if let Some(name) = known(&name, &value)? {
                parameters.0.insert(name, value);
            }
        }
        Ok(parameters)
    }

    /// Adds what is not given yet: from the service if one is named, then from the environment.
    pub(crate) fn complete(&mut self, environment: &Environment) -> Result<(), ParameterError> {
        let variable = |name| environment.variable(name).filter(|value| !value.is_empty());
        let service = self.get("service").map(str::to_owned).or_else(|| variable("PGSERVICE"));
        if let Some(service) = service {
            for (name, value) in service::read(&service, environment)? {
                self.add(&name, value)?;
            }
        }
        for (name, variable) in PARAMETERS {
            if let Some(value) = variable.and_then(|variable| environment.variable(variable)) {
                self.0.entry(name).or_insert(value);
            }
        }
        for (name, name_of_variable) in UNSUPPORTED {
            if let Some(value) = variable(name_of_variable) {
                known(name, &value)?;
            }
        }
        Ok(())
    }

    /// Adds a parameter that is not given yet.
    fn add(&mut self, name: &str, value: String) -> Result<(), ParameterError> {
        if let Some(name) = known(name, &value)? {
            self.0.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// The value, unless it is empty, which to libpq is as good as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All that have a value, by their names.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.into_iter()
    }

    /// A parameter that is one of a few words.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&str, T)],
        expected: &'static str,
    ) -> Result<Option<T>, ParameterError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let choice = choices.iter().find(|(word, _)| *word == value);
        let wrong = || ParameterError::Value { name, value: value.to_owned(), expected };
        choice.map(|&(_, choice)| Some(choice)).ok_or_else(wrong)
    }
}

/// The name as it is listed; `None` where the value asks for nothing.
fn known(name: &str, value: &str) -> Result<Option<&'static str>, ParameterError> {
    // As this program called it before it took libpq's parameters.
    let name = if name == "keepalives_retries" { "keepalives_count" } else { name };
    if let Some((name, _)) = PARAMETERS.iter().find(|(known, _)| *known == name) {
        return Ok(Some(name));
    }
    match (name, value) {
        (_, "") | ("gssencmode", "disable" | "prefer") | ("sslcertmode", "allow") => Ok(None),
        _ if UNSUPPORTED.iter().any(|(known, _)| *known == name) => {
            Err(ParameterError::Unsupported(name.to_owned()))
        }
        _ => Err(ParameterError::Unknown(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Parameters};

    #[test]
    fn the_connection_string_wins_over_the_environment() {
        let environment = Environment::of_test(|name| match name {
            "PGHOST" => Some("elsewhere".into()),
            "PGUSER" => Some("me".into()),
            _ => None,
        });
        let mut parameters = Parameters::of("host=here dbname=''").expect("parameters");
        parameters.complete(&environment).expect("complete");
        let values = ["host", "user", "dbname", "port"].map(|name| parameters.get(name));
        assert_eq!(values, [Some("here"), Some("me"), None, None]);
    }

    #[test]
    fn what_is_unknown_or_would_be_less_safe_is_refused() {
        for text in
            ["hots=a", "require_auth=scram-sha-256", "gssencmode=require", "postgres://h?a=b"]
        {
            assert!(Parameters::of(text).is_err(), "{text}");
        }
        assert!(Parameters::of("gssencmode=prefer client_encoding=auto").is_ok());
    }
}
