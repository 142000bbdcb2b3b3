//! Whether a certificate is one of the host that was meant.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>

use std::net::IpAddr;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::{Decode, oid::db::rfc4519::COMMON_NAME};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// By the alternative names, or by the common name where none is of the host's kind.
pub(super) fn matches(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> bool {
    let web = ParsedCertificate::try_from(certificate);
    if web.is_ok_and(|parsed| verify_server_name(&parsed, host).is_ok()) {
        return true;
    }
    let Ok(parsed) = Certificate::from_der(certificate) else { return false };
    let name = common_name(&parsed).unwrap_or_default();
    !has_alternative(&parsed, host) && is_name_of(name, &host.to_str())
}

/// Where the certificate can't be read, it has one.
fn has_alternative(certificate: &Certificate, host: &ServerName<'_>) -> bool {
    let is_of_kind = |name: &GeneralName| match host {
        ServerName::IpAddress(_) => matches!(name, GeneralName::IpAddress(_)),
        _ => matches!(name, GeneralName::DnsName(_)),
    };
    match certificate.tbs_certificate.get::<SubjectAltName>() {
        Ok(names) => names.is_some_and(|(_, names)| names.0.iter().any(is_of_kind)),
        Err(_) => true,
    }
}

fn common_name(certificate: &Certificate) -> Option<&str> {
    let mut parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let name = parts.find(|part| part.oid == COMMON_NAME)?;
    str::from_utf8(name.value.value()).ok()
}

/// `*.` stands for one label of a name, and for nothing in an address.
fn is_name_of(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let wildcard = name.strip_prefix("*.").filter(|domain| !domain.is_empty());
    let is_address = host.parse::<IpAddr>().is_ok();
    let domain = host.split_once('.').filter(|(label, _)| !label.is_empty() && !is_address);
    wildcard.zip(domain).is_some_and(|(name, (_, domain))| name.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::is_name_of;

    #[test]
    fn a_star_is_one_label() {
        for (name, host, expected) in [
            ("db.example", "DB.example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", ".example", false),
            ("*", "example", false),
            ("*.", "example.", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("*.0.0.1", "127.0.0.1", false),
            ("", "example", false),
        ] {
            assert_eq!(is_name_of(name, host), expected, "{name} {host}");
        }
    }
}
