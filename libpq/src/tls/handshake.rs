//! What a handshake has shown, for whoever asks how a connection is protected.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Encryption {
    /// The version of TLS.
    pub protocol: &'static str,
    /// What was checked of the server.
    pub verified: Verified,
    /// When the server's certificate ends.
    pub ends: Option<SystemTime>,
}

/// What is known of a server by its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Nothing: any certificate would have done.
    Nothing,
    /// That somebody who is trusted has signed it.
    Chain,
    /// And that it is for this host.
    Name,
}

/// Empty until the handshake of its connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handshake(Arc<OnceLock<Encryption>>);

impl Handshake {
    pub(super) fn saw(
        &self,
        protocol: &'static str,
        verified: Verified,
        certificate: &CertificateDer<'_>,
    ) {
        let ends = certificate_end(certificate);
        self.0.get_or_init(|| Encryption { protocol, verified, ends });
    }

    /// `None` where the connection is not encrypted.
    pub(crate) fn encryption(&self) -> Option<Encryption> {
        self.0.get().copied()
    }
}

/// When a certificate ends, in DER; `None` if it can't be read.
#[must_use]
pub fn certificate_end(certificate: &[u8]) -> Option<SystemTime> {
    let parsed = Certificate::from_der(certificate).ok()?;
    Some(parsed.tbs_certificate.validity.not_after.to_system_time())
}
