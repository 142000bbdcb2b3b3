//! TLS through rustls, with the files that libpq would use.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html>

mod files;
mod handshake;
mod name;
mod roots;
mod verifier;
mod version1;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use self::files::ClientCertificate;
pub(super) use self::handshake::Handshake;
pub use self::handshake::{Encryption, Verified, certificate_end};
use self::roots::{Roots, Trusted};
use self::verifier::Verifier;
use super::ParameterError;
use super::environment::Environment;
use super::parameters::Parameters;
use super::ssl_mode::SslMode;

const VERSIONS: [(&str, Version); 4] = [
    ("TLSv1", Version::Old),
    ("TLSv1.1", Version::Old),
    ("TLSv1.2", Version::V12),
    ("TLSv1.3", Version::V13),
];

/// A version of TLS; the old ones are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Old,
    V12,
    V13,
}

/// How to encrypt, and whom to trust. Files are read anew for every connection: certificates are
/// replaced while programs run.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    roots: Roots,
    client: ClientCertificate,
    checks_name: bool,
    sends_name: bool,
    versions: Vec<&'static SupportedProtocolVersion>,
    handshake: Handshake,
}

/// Why there can be no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file that can't be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file in which something else is.
    #[error("{}: expected {expected} in PEM format", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// A key that others can read.
    #[error(
        "{}: expected permissions u=rw (0600) or less, or u=rw,g=r (0640) or less where root owns it",
        .0.display()
    )]
    KeyPermissions(PathBuf),
    /// No root certificates, where they are needed.
    #[error(
        "sslrootcert: expected a file at {}; provide it, or sslrootcert=system for the roots of this \
         machine, or an sslmode that does not verify",
        .0.display()
    )]
    NoRoots(PathBuf),
    /// The roots of this machine without a check of the name.
    #[error("sslrootcert=system: expected sslmode=verify-full, as anybody can have a certificate")]
    WeakMode,
    /// This machine has no root certificates.
    #[error("sslrootcert=system: expected certificates on this machine")]
    NoSystemRoots,
    /// Roots or lists of revoked certificates that rustls does not take.
    #[error("{0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
    /// A certificate of our own that rustls does not take.
    #[error("client certificate: {0}")]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    pub(super) fn new(
        parameters: &Parameters,
        mode: SslMode,
        environment: &Environment,
    ) -> Result<Self, ParameterError> {
        Ok(Tls {
            roots: Roots::of(parameters, mode, environment)?,
            client: ClientCertificate::of(parameters, environment),
            checks_name: mode == SslMode::VerifyFull,
            sends_name: parameters.get("sslsni") != Some("0"),
            versions: versions(parameters)?,
            handshake: Handshake::default(),
        })
    }

    /// The same for one connection, with what its handshake will show.
    pub(super) fn observed(&self) -> (Self, Handshake) {
        let handshake = Handshake::default();
        (Tls { handshake: handshake.clone(), ..self.clone() }, handshake)
    }

    /// Reads the files.
    pub(super) fn client_config(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(Verifier::new(
            self.roots.read()?,
            self.checks_name,
            &provider,
            &self.handshake,
        )?);
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match self.client.read()? {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = self.sends_name;
        // Servers since PostgreSQL 17 want to know, those before don't mind.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(config)
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect;
    type Error = TlsError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, TlsError> {
        let mut connector = MakeRustlsConnect::new(self.client_config()?);
        let Ok(connect) = MakeTlsConnect::<S>::make_tls_connect(&mut connector, host);
        Ok(connect)
    }
}

/// What checks the certificate of a server of any kind, with its name: the roots of this machine are trusted, and
/// those in a file.
pub fn web_verifier(file: Option<&Path>) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let mut trusted = roots::of_system();
    if let Some(path) = file {
        trusted.extend(files::objects(path, &files::bytes(path)?, "certificates")?);
    }
    verifier(trusted, true)
}

/// What checks a server's certificate where these roots are trusted.
pub(super) fn verifier(
    roots: Vec<CertificateDer<'static>>,
    checks_name: bool,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let trusted = Trusted { roots, revoked: Vec::new() };
    let provider = Arc::new(ring::default_provider());
    Ok(Arc::new(Verifier::new(Some(trusted), checks_name, &provider, &Handshake::default())?))
}

fn versions(
    parameters: &Parameters,
) -> Result<Vec<&'static SupportedProtocolVersion>, ParameterError> {
    let expected = "TLSv1.2 or TLSv1.3";
    let minimum = parameters.choice("ssl_min_protocol_version", &VERSIONS, expected)?;
    let (name, maximum) = ("ssl_max_protocol_version", Version::V13);
    let maximum = parameters.choice(name, &VERSIONS, expected)?.unwrap_or(maximum);
    let range = minimum.unwrap_or(Version::V12).max(Version::V12)..=maximum;
    let versions = [(Version::V13, &version::TLS13), (Version::V12, &version::TLS12)];
    let versions: Vec<_> = versions
        .into_iter()
        .filter_map(|(number, version)| range.contains(&number).then_some(version))
        .collect();
    if versions.is_empty() {
        let value = parameters.get(name).unwrap_or_default().to_owned();
        return Err(ParameterError::Value { name, value, expected });
    }
    Ok(versions)
}
