//! Certificates for servers and clients, by authorities of their own.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber, date_time_ymd,
};

/// Who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// In PEM format.
    pub certificate: String,
    key: String,
}

/// A certificate and its key, in PEM format.
pub struct Identity {
    /// With those between it and the root, if there are any.
    pub certificate: String,
    /// Not encrypted.
    pub key: String,
}

/// Whom a certificate is for.
#[derive(Clone)]
pub struct Subject {
    /// Of a host or a user.
    pub common_name: &'static str,
    /// Hosts and addresses.
    pub alternatives: Vec<&'static str>,
    /// The first of these years and the last.
    pub years: (i32, i32),
    /// By which it can be revoked.
    pub serial: u64,
    /// A server, or a client.
    pub usage: ExtendedKeyUsagePurpose,
}

impl Subject {
    /// A server of this name that is valid now.
    pub fn server(common_name: &'static str, alternatives: &[&'static str]) -> Self {
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        let alternatives = alternatives.to_vec();
        Subject { common_name, alternatives, years: (2020, 2090), serial: 1, usage }
    }

    /// A user.
    pub fn client(common_name: &'static str) -> Self {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        Subject { usage, ..Subject::server(common_name, &[]) }
    }

    fn parameters(&self) -> CertificateParams {
        let names: Vec<String> = self.alternatives.iter().map(ToString::to_string).collect();
        let mut parameters = CertificateParams::new(names).expect("names");
        parameters.distinguished_name.push(DnType::CommonName, self.common_name);
        parameters.not_before = date_time_ymd(self.years.0, 1, 1);
        parameters.not_after = date_time_ymd(self.years.1, 12, 31);
        parameters.serial_number = Some(SerialNumber::from(self.serial));
        parameters.extended_key_usages = vec![self.usage.clone()];
        parameters
    }
}

impl Authority {
    /// One that signs itself.
    pub fn new(name: &'static str) -> Self {
        let (parameters, key) = Authority::parameters(name);
        let certificate = parameters.self_signed(&key).expect("a certificate").pem();
        Authority::with(parameters, key, certificate)
    }

    /// One that this one signs; its certificate comes with it.
    #[must_use]
    pub fn intermediate(&self, name: &'static str) -> Self {
        let (parameters, key) = Authority::parameters(name);
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Authority::with(parameters, key, certificate)
    }

    fn parameters(name: &'static str) -> (CertificateParams, KeyPair) {
        let mut parameters = Subject::server(name, &[]).parameters();
        parameters.extended_key_usages.clear();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters.key_usages.push(KeyUsagePurpose::DigitalSignature);
        (parameters, KeyPair::generate().expect("a key"))
    }

    fn with(parameters: CertificateParams, key: KeyPair, certificate: String) -> Self {
        let text = key.serialize_pem();
        Authority { issuer: Issuer::new(parameters, key), certificate, key: text }
    }

    /// Signs a certificate.
    pub fn issue(&self, subject: &Subject) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = subject.parameters().signed_by(&key, &self.issuer);
        let certificate = certificate.expect("a certificate").pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// Its own certificate, as a server's.
    pub fn identity(&self) -> Identity {
        Identity { certificate: self.certificate.clone(), key: self.key.clone() }
    }

    /// The list that says that certificates of this serial number are not valid any more.
    pub fn revoke(&self, serial: u64) -> String {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2021, 1, 1),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2021, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).expect("a list").pem().expect("PEM")
    }
}
