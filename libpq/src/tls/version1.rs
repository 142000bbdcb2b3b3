//! Certificates of version 1, which webpki does not read. `openssl x509 -req` of OpenSSL 3.0 makes
//! them by the commands in Postgres' documentation.

use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::{CertificateError, DigitallySignedStruct, Error};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::{Any, Decode, Encode};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// A certificate that says nothing but whose it is and whose word that is.
pub(super) struct Version1(Certificate);

impl Version1 {
    /// `None` if it is of another version.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = Certificate::from_der(certificate).ok()?;
        (parsed.tbs_certificate.version == Version::V1).then_some(Version1(parsed))
    }

    /// Whether one of the roots has signed it. There can be none in between: who signs for others
    /// says so, which takes version 3.
    pub(super) fn is_signed_by(
        &self,
        roots: &[CertificateDer<'_>],
        algorithms: &WebPkiSupportedAlgorithms,
        now: UnixTime,
    ) -> bool {
        let roots = roots.iter().filter_map(|root| Certificate::from_der(root).ok());
        let mut signers = roots.filter(|root| may_sign(root) && check_time(root, now).is_ok());
        signers.any(|root| self.is_signed_with(&root, algorithms).is_some())
    }

    fn is_signed_with(
        &self,
        root: &Certificate,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Option<()> {
        let content = &self.0.tbs_certificate;
        let algorithm = &self.0.signature_algorithm;
        if content.issuer != root.tbs_certificate.subject || *algorithm != content.signature {
            return None;
        }
        let kind = identifier(algorithm)?;
        let candidates =
            algorithms.all.iter().filter(|candidate| *candidate.signature_alg_id() == *kind);
        let (message, signature) = (content.to_der().ok()?, self.0.signature.as_bytes()?);
        let key = &root.tbs_certificate.subject_public_key_info;
        is_signed(candidates, key, &message, signature)
    }

    /// Whether the holder of its key has signed the handshake.
    pub(super) fn verify_tls12_signature(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let mut schemes = algorithms.mapping.iter();
        let scheme = schemes.find(|(scheme, _)| *scheme == signature.scheme);
        let candidates = scheme.map(|(_, candidates)| *candidates).unwrap_or_default();
        let key = &self.0.tbs_certificate.subject_public_key_info;
        is_signed(candidates, key, message, signature.signature())
            .map(|()| HandshakeSignatureValid::assertion())
            .ok_or_else(|| CertificateError::BadSignature.into())
    }

    /// The same for TLS 1.3.
    pub(super) fn verify_tls13_signature(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = self.0.tbs_certificate.subject_public_key_info.to_der();
        let key = key.map_err(|_| CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }
}

/// Whether one of these algorithms fits the key and finds that it has signed the message.
fn is_signed<'a>(
    algorithms: impl IntoIterator<Item = &'a &'static dyn SignatureVerificationAlgorithm>,
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    let kind = identifier(&key.algorithm)?;
    let bits = key.subject_public_key.as_bytes()?;
    let mut fitting =
        algorithms.into_iter().filter(|algorithm| *algorithm.public_key_alg_id() == *kind);
    fitting.find_map(|algorithm| algorithm.verify_signature(bits, message, signature).ok())
}

/// An authority; of version 1, one that signs itself.
fn may_sign(root: &Certificate) -> bool {
    let content = &root.tbs_certificate;
    match content.get::<BasicConstraints>() {
        Ok(Some((_, constraints))) => constraints.ca,
        Ok(None) => content.version == Version::V1 && content.issuer == content.subject,
        Err(_) => false,
    }
}

/// As webpki names algorithms: without the tag and the length around it.
fn identifier(algorithm: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let whole = algorithm.to_der().ok()?;
    Some(Any::from_der(&whole).ok()?.value().to_vec())
}

/// Whether the certificate is valid now.
pub(super) fn check_time(certificate: &Certificate, now: UnixTime) -> Result<(), Error> {
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
