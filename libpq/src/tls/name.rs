//! Whether a certificate is one of the host that was meant.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// By the alternative names, or by the common name where none is of the host's kind.
pub(super) fn matches(certificate: &Certificate, host: &ServerName<'_>) -> bool {
    let text = host.to_str();
    let address = text.parse::<IpAddr>().ok();
    let names = match certificate.tbs_certificate.get::<SubjectAltName>() {
        Ok(names) => names.map(|(_, names)| names.0).unwrap_or_default(),
        Err(_) => return false,
    };
    let is_of_kind = |name: &GeneralName| match address {
        Some(_) => matches!(name, GeneralName::IpAddress(_)),
        None => matches!(name, GeneralName::DnsName(_)),
    };
    let is_of_host = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => is_name_of(name.as_str(), &text),
        GeneralName::IpAddress(bytes) => address.is_some_and(|ip| octets(ip) == bytes.as_bytes()),
        _ => false,
    };
    let by_common_name = || is_name_of(common_name(certificate).unwrap_or_default(), &text);
    names.iter().any(is_of_host) || !names.iter().any(is_of_kind) && by_common_name()
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
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
