//! Whether a server's certificate will do, by the rules of libpq: those of the web, and certificates
//! as Postgres' documentation makes them, which name the host in the common name, sign themselves, or
//! are of version 1.

use std::sync::Arc;

use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::BasicConstraints;

use super::TlsError;
use super::handshake::{Handshake, Verified};
use super::name;
use super::roots::Trusted;
use super::version1::{Version1, check_time};

/// Checks what `sslmode` asks for.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` where any certificate will do.
    chain: Option<Chain>,
    checks_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
    handshake: Handshake,
}

#[derive(Debug)]
struct Chain {
    verifier: Arc<WebPkiServerVerifier>,
    roots: Vec<CertificateDer<'static>>,
    checks_revocation: bool,
}

impl Verifier {
    pub(super) fn new(
        trusted: Option<Trusted>,
        checks_name: bool,
        provider: &Arc<CryptoProvider>,
        handshake: &Handshake,
    ) -> Result<Self, TlsError> {
        let chain = trusted.map(|trusted| Chain::new(trusted, provider)).transpose()?;
        let algorithms = provider.signature_verification_algorithms;
        Ok(Verifier { chain, checks_name, algorithms, handshake: handshake.clone() })
    }

    /// What a server has proved with its signature, which comes after its certificate.
    fn verified(&self) -> Verified {
        match &self.chain {
            None => Verified::Nothing,
            Some(_) if self.checks_name => Verified::Name,
            Some(_) => Verified::Chain,
        }
    }
}

impl Chain {
    fn new(trusted: Trusted, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        // A system may have some that are too odd to be read.
        store.add_parsable_certificates(trusted.roots.iter().cloned());
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
        let checks_revocation = !trusted.revoked.is_empty();
        let builder = match trusted.revoked {
            revoked if revoked.is_empty() => builder,
            revoked => builder.with_crls(revoked).enforce_revocation_expiration(),
        };
        Ok(Chain { verifier: builder.build()?, roots: trusted.roots, checks_revocation })
    }

    /// Whether a certificate that webpki refuses is one that OpenSSL trusts.
    fn trusts(
        &self,
        certificate: &CertificateDer<'_>,
        parsed: &Certificate,
        algorithms: &WebPkiSupportedAlgorithms,
        now: UnixTime,
    ) -> bool {
        let is_signed = |old: Version1| old.is_signed_by(&self.roots, algorithms, now);
        self.is_root(certificate, parsed)
            || !self.checks_revocation && Version1::of(certificate).is_some_and(is_signed)
    }

    /// Whether the certificate is one of the roots and signs itself as an authority, as `openssl req
    /// -x509` makes them. To webpki that is no server's certificate.
    fn is_root(&self, certificate: &CertificateDer<'_>, parsed: &Certificate) -> bool {
        let content = &parsed.tbs_certificate;
        let constraints = content.get::<BasicConstraints>();
        matches!(constraints, Ok(Some((_, BasicConstraints { ca: true, .. }))))
            && content.issuer == content.subject
            && self.roots.iter().any(|root| root == certificate)
    }
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
        let error = match verified {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        let parsed = Certificate::from_der(end_entity).map_err(|_| error.clone())?;
        // Everything else has been verified before the name.
        if !is_of_name(&error) {
            if !chain.trusts(end_entity, &parsed, &self.algorithms, now) {
                return Err(error);
            }
            check_time(&parsed, now)?;
        }
        if self.checks_name && !name::matches(&parsed, server_name) {
            return Err(if is_of_name(&error) { error } else { NotValidForName.into() });
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = match Version1::of(certificate) {
            Some(old) => old.verify_tls12_signature(message, signature, &self.algorithms),
            None => verify_tls12_signature(message, certificate, signature, &self.algorithms),
        }?;
        self.handshake.saw("TLS 1.2", self.verified(), certificate);
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = match Version1::of(certificate) {
            Some(old) => old.verify_tls13_signature(message, signature, &self.algorithms),
            None => verify_tls13_signature(message, certificate, signature, &self.algorithms),
        }?;
        self.handshake.saw("TLS 1.3", self.verified(), certificate);
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_of_name(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}
