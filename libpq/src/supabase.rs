//! What goes wrong with Supabase, said before it does where that is possible.
//! <https://supabase.com/docs/guides/database/connecting-to-postgres>

use crate::ParameterError;
use crate::hosts::Host;
use crate::parameters::Parameters;
use crate::ssl_mode::SslMode;

/// Of the poolers, which serve projects by the name of the user.
const POOLER: &str = ".pooler.supabase.com";

/// Whether it is one of theirs, whatever the backend is called.
pub(crate) fn is_host(host: &Host) -> bool {
    is_direct(host) || host.name.ends_with(POOLER)
}

/// Of one project, without a pooler.
fn is_direct(host: &Host) -> bool {
    host.name.starts_with("db.") && host.name.ends_with(".supabase.co")
}

/// Connections that leave this machine are encrypted.
pub(crate) fn ssl_mode(asked_for: Option<SslMode>) -> Result<SslMode, ParameterError> {
    match asked_for {
        Some(mode) if mode < SslMode::Require => Err(ParameterError::Supabase(
            "sslmode: expected require, verify-ca or verify-full, as Supabase is not on this machine"
                .into(),
        )),
        mode => Ok(mode.unwrap_or(SslMode::Require)),
    }
}

/// What can't work on a pooler. Older clients name the project in `options`.
pub(crate) fn check(
    hosts: &[Host],
    user: &str,
    parameters: &Parameters,
) -> Result<(), ParameterError> {
    let options = parameters.get("options").unwrap_or_default();
    let is_named = user.contains('.') || options.contains("reference=");
    match hosts.iter().find(|host| host.name.ends_with(POOLER)) {
        Some(host) if !is_named => Err(ParameterError::Supabase(format!(
            "user {user:?}: expected {user}.<project> on {}, which serves many projects",
            host.name
        ))),
        _ => Ok(()),
    }
}

/// What a failure on this host probably means. `answer` is what a server has said, if one has.
pub(crate) fn hint(
    host: &Host,
    password: impl FnOnce() -> Option<String>,
    answer: Option<&str>,
) -> Option<&'static str> {
    if !is_host(host) {
        return None;
    }
    let is_placeholder = |password: String| password.starts_with('[') && password.ends_with(']');
    match answer {
        None if is_direct(host) => Some(
            "a direct host of Supabase has an IPv6 address only; over IPv4 use the pooler, \
             <region>.pooler.supabase.com, with the user postgres.<project>",
        ),
        Some(answer) if answer.contains("Tenant or user not found") => {
            Some("expected the user postgres.<project> and the pooler of the project's region")
        }
        Some(answer)
            if answer.contains("password authentication")
                && password().is_some_and(is_placeholder) =>
        {
            Some("the brackets of [YOUR-PASSWORD] do not belong to the password")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, Parameters, SslMode, check, hint, ssl_mode};

    fn host(name: &str) -> Host {
        Host { name: name.into(), address: None, port: 5432 }
    }

    #[test]
    fn plain_text_is_refused() {
        assert_eq!(ssl_mode(None).expect("a default"), SslMode::Require);
        assert_eq!(ssl_mode(Some(SslMode::VerifyFull)).expect("safe"), SslMode::VerifyFull);
        assert!(ssl_mode(Some(SslMode::Prefer)).is_err());
    }

    #[test]
    fn a_pooler_needs_to_know_the_project() {
        let pooler = [host("aws-0-eu-west-1.pooler.supabase.com")];
        let none = Parameters::of("").expect("parameters");
        let options = Parameters::of("options='reference=abc'").expect("parameters");
        let error = check(&pooler, "postgres", &none).expect_err("a project").to_string();
        assert!(error.contains("expected postgres.<project>"), "{error}");
        assert!(check(&pooler, "postgres.abc", &none).is_ok());
        assert!(check(&pooler, "postgres", &options).is_ok());
        assert!(check(&[host("db.abc.supabase.co")], "postgres", &none).is_ok());
    }

    #[test]
    fn failures_are_explained() {
        let direct = host("db.abc.supabase.co");
        let pooler = host("aws-0-eu-west-1.pooler.supabase.com");
        let hint = |host, password: Option<&str>, answer| {
            hint(host, || password.map(str::to_owned), answer).unwrap_or_default()
        };
        assert!(hint(&direct, None, None).contains("IPv6"));
        assert!(hint(&pooler, None, Some("FATAL: Tenant or user not found")).contains("region"));
        let refused = Some("FATAL: password authentication failed");
        assert!(hint(&direct, Some("[secret]"), refused).contains("brackets"));
        for (host, password, answer) in
            [(&direct, Some("secret"), refused), (&pooler, None, None), (&host("db"), None, None)]
        {
            assert_eq!(hint(host, password, answer), "");
        }
    }
}
