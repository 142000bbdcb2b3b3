//! Each part that reads what comes from outside, by itself: so that it can be given anything.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::CertificateDer;

use crate::hosts::hosts;
use crate::parameters::Parameters;
use crate::ssl_mode::SslMode;
use crate::{Pairs, ParameterError, TlsError, passwords, service, session, target, tls};

/// What a connection string says, a URL or `key=value` pairs, if all of it can be understood.
pub fn parameters(connection_string: &str) -> Result<Vec<(&'static str, String)>, ParameterError> {
    let parameters = Parameters::of(connection_string)?;
    hosts(&parameters)?;
    SslMode::of(&parameters)?;
    session::wanted(&parameters)?;
    Ok(parameters.into_pairs().collect())
}

/// A parameter as a connection string of pairs has it.
#[must_use]
pub fn pair(name: &str, value: &str) -> String {
    target::pair(name, value)
}

/// What the text of a service file says of a service, if it knows it. The error has the line, from 1,
/// and what was expected there.
pub fn service(text: &str, service: &str) -> Result<Option<Pairs>, (usize, &'static str)> {
    service::section(text, service)
}

/// The password that the text of a password file has for a host, port, database and user.
#[must_use]
pub fn password(text: &str, wanted: [&str; 4]) -> Option<String> {
    passwords::password_among(text, wanted)
}

/// What checks a server's certificate, where these roots are trusted; its name too, if asked to.
pub fn verifier(
    roots: Vec<CertificateDer<'static>>,
    checks_name: bool,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    tls::verifier(roots, checks_name)
}
