//! How much a connection must be protected.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>

use crate::ParameterError;
use crate::parameters::Parameters;

const MODES: [(&str, SslMode); 6] = [
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

/// `sslmode`, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whether a try to connect is made with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Plain,
    /// With TLS if the server has it.
    TlsIfThere,
    Tls,
}

impl SslMode {
    /// What is asked for, if anything is.
    pub(crate) fn of(parameters: &Parameters) -> Result<Option<Self>, ParameterError> {
        let expected = "disable, allow, prefer, require, verify-ca or verify-full";
        parameters.choice("sslmode", &MODES, expected)
    }

    /// The tries to make, until one succeeds.
    pub(crate) fn attempts(self) -> &'static [Attempt] {
        match self {
            SslMode::Disable => &[Attempt::Plain],
            SslMode::Allow => &[Attempt::Plain, Attempt::Tls],
            SslMode::Prefer => &[Attempt::TlsIfThere, Attempt::Plain],
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Attempt::Tls],
        }
    }
}
