//! Which sidecar's certificate will do.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::Address;
use crate::cli::CommandError;
use crate::config;

/// A sidecar by its address has a certificate for that, of an authority that this machine or a file trusts. The one
/// of the configuration has the certificate in there, for whatever name and by whomever.
pub(super) fn config(
    server: &config::Server,
    address: Address<'_>,
) -> Result<Arc<ClientConfig>, CommandError> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match (address, &server.tls_cert) {
        (Address { url: None, cacert: None }, Some(own)) => {
            Arc::new(Own::read(own, provider.signature_verification_algorithms)?)
        }
        (Address { cacert, .. }, _) => raceway_libpq::web_verifier(cacert)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// One certificate, and no other.
#[derive(Debug)]
struct Own {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Own {
    fn read(path: &Path, algorithms: WebPkiSupportedAlgorithms) -> Result<Self, CommandError> {
        let certificate = CertificateDer::from_pem_file(path);
        let certificate = certificate.map_err(|error| CommandError::Certificate {
            path: path.to_owned(),
            error: error.to_string(),
        })?;
        Ok(Own { certificate, algorithms })
    }
}

impl ServerCertVerifier for Own {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *end_entity == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General("expected the certificate in server.tls_cert".into()))
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
