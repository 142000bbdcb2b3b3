//! Whether a server's certificate will do, by the rules of libpq: those of the web, and certificates
//! as Postgres' documentation makes them, which name the host in the common name or sign themselves.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::BasicConstraints;

use super::TlsError;
use super::name;
use super::roots::{Roots, Trusted};

/// Checks what `sslmode` asks for.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` where any certificate will do.
    chain: Option<Chain>,
    checks_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Chain {
    verifier: Arc<WebPkiServerVerifier>,
    roots: Vec<CertificateDer<'static>>,
}

impl Verifier {
    pub(super) fn new(
        roots: &Roots,
        checks_name: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let chain = roots.read()?.map(|trusted| Chain::new(trusted, provider)).transpose()?;
        let algorithms = provider.signature_verification_algorithms;
        Ok(Verifier { chain, checks_name, algorithms })
    }
}

impl Chain {
    fn new(trusted: Trusted, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        // A system may have some that are too odd to be read.
        store.add_parsable_certificates(trusted.roots.iter().cloned());
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
        let builder = match trusted.revoked {
            revoked if revoked.is_empty() => builder,
            revoked => builder.with_crls(revoked).enforce_revocation_expiration(),
        };
        Ok(Chain { verifier: builder.build()?, roots: trusted.roots })
    }

    /// Whether the certificate is one of the roots and signs itself as an authority, as `openssl req
    /// -x509` makes them. To webpki that is no server's certificate; to OpenSSL it is trusted.
    fn is_root(&self, certificate: &CertificateDer<'_>, parsed: &Certificate) -> bool {
        let content = &parsed.tbs_certificate;
        let constraints = content.get::<BasicConstraints>();
        matches!(constraints, Ok(Some((_, BasicConstraints { ca: true, .. }))))
            && content.issuer == content.subject
            && self.roots.iter().any(|root| root == certificate)
    }
}

fn check_time(certificate: &Certificate, now: UnixTime) -> Result<(), Error> {
    let validity = &certificate.tbs_certificate.validity;
    let now = Duration::from_secs(now.as_secs());
    if now < validity.not_before.to_unix_duration() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let verified = chain.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let mismatch = match verified {
            Ok(verified) => return Ok(verified),
            // Everything else has been verified before the name.
            Err(error) if is_of_name(&error) => error,
            Err(error) => {
                let parsed = Certificate::from_der(end_entity).ok();
                let root = parsed.filter(|parsed| chain.is_root(end_entity, parsed));
                check_time(&root.ok_or(error)?, now)?;
                CertificateError::NotValidForName.into()
            }
        };
        if !self.checks_name || name::matches(end_entity, server_name) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(mismatch)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_of_name(error: &Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}
