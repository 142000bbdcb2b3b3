//! The client's own certificate.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CLIENTCERT>

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;
use crate::environment::Environment;
use crate::parameters::Parameters;

/// Where the certificate and its key are.
#[derive(Clone, Debug)]
pub(super) struct ClientCertificate {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl ClientCertificate {
    pub(super) fn of(parameters: &Parameters, environment: &Environment) -> Self {
        let file = |name, default| {
            let given = parameters.get(name).map(PathBuf::from);
            given.or_else(|| environment.in_home(default))
        };
        ClientCertificate {
            certificate: file("sslcert", ".postgresql/postgresql.crt"),
            key: file("sslkey", ".postgresql/postgresql.key"),
        }
    }

    /// The certificate with those between it and the root, and its key. `None` where there is no
    /// certificate: whether the server wants one is seen then.
    pub(super) fn read(
        &self,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TlsError> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else {
            return Ok(None);
        };
        let Some(chain) = certificates(certificate)? else { return Ok(None) };
        check_permissions(key)?;
        let content =
            || TlsError::Content { path: key.clone(), expected: "an unencrypted private key" };
        let key = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| content())?;
        Ok(Some((chain, key)))
    }
}

/// All certificates of a file; `None` if there is no such file.
pub(super) fn certificates(path: &Path) -> Result<Option<Vec<CertificateDer<'static>>>, TlsError> {
    match bytes(path) {
        Ok(bytes) => objects(path, &bytes, "certificates").map(Some),
        Err(TlsError::File { error, .. })
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// All objects of a kind; at least one must be there.
pub(super) fn objects<T: PemObject>(
    path: &Path,
    bytes: &[u8],
    expected: &'static str,
) -> Result<Vec<T>, TlsError> {
    let objects: Result<Vec<T>, _> = T::pem_slice_iter(bytes).collect();
    let objects = objects.ok().filter(|objects| !objects.is_empty());
    objects.ok_or_else(|| TlsError::Content { path: path.to_owned(), expected })
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error })
}

/// A key that others can read is no secret. Root may let a group read it, as Debian does.
fn check_permissions(key: &Path) -> Result<(), TlsError> {
    let metadata = fs::metadata(key);
    let metadata = metadata.map_err(|error| TlsError::File { path: key.to_owned(), error })?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.is_file() && metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(TlsError::KeyPermissions(key.to_owned()))
}
