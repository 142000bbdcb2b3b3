//! Whose certificates are trusted.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES>

use std::path::PathBuf;

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::TlsError;
use super::files::{bytes, certificates, objects};
use crate::ParameterError;
use crate::environment::Environment;
use crate::parameters::Parameters;
use crate::ssl_mode::SslMode;

/// Where root certificates are.
#[derive(Clone, Debug)]
pub(super) enum Roots {
    /// Those of this machine.
    System,
    /// A file. Where it is there, it is used, whether or not the mode asks for it.
    File { roots: PathBuf, revoked: Option<PathBuf>, is_needed: bool },
    /// Nowhere: any certificate will do.
    Anybody,
}

/// Those of this machine; none if it has none.
pub(super) fn of_system() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// Root certificates, and lists of certificates that are not valid any more.
pub(super) struct Trusted {
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
}

impl Roots {
    pub(super) fn of(
        parameters: &Parameters,
        mode: SslMode,
        environment: &Environment,
    ) -> Result<Self, ParameterError> {
        let file = |name, default| {
            let given = parameters.get(name).map(PathBuf::from);
            given.or_else(|| environment.in_home(default))
        };
        let is_needed = mode >= SslMode::VerifyCa;
        if parameters.get("sslrootcert") == Some("system") {
            return match mode {
                SslMode::VerifyFull => Ok(Roots::System),
                _ => Err(TlsError::WeakMode.into()),
            };
        }
        let revoked = file("sslcrl", ".postgresql/root.crl");
        match file("sslrootcert", ".postgresql/root.crt") {
            Some(roots) => Ok(Roots::File { roots, revoked, is_needed }),
            None if is_needed => Err(TlsError::NoRoots("~/.postgresql/root.crt".into()).into()),
            None => Ok(Roots::Anybody),
        }
    }

    /// `None` where any certificate will do.
    pub(super) fn read(&self) -> Result<Option<Trusted>, TlsError> {
        match self {
            Roots::Anybody => Ok(None),
            Roots::System => {
                let roots = of_system();
                if roots.is_empty() {
                    return Err(TlsError::NoSystemRoots);
                }
                Ok(Some(Trusted { roots, revoked: Vec::new() }))
            }
            Roots::File { roots, revoked, is_needed } => match certificates(roots)? {
                Some(roots) => {
                    let revoked = revoked.as_ref().filter(|path| path.exists());
                    let revoked = revoked.map(|path| objects(path, &bytes(path)?, "a CRL"));
                    Ok(Some(Trusted { roots, revoked: revoked.transpose()?.unwrap_or_default() }))
                }
                None if *is_needed => Err(TlsError::NoRoots(roots.clone())),
                None => Ok(None),
            },
        }
    }
}
