//! Certificates: those that nobody who is trusted has signed are not accepted, whatever is in them.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use raceway_libpq::pieces::verifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// Signs itself, and each of the next three.
const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const LEAF: &[u8] = include_bytes!("../certificates/leaf.der");
/// Of version 1.
const OLD: &[u8] = include_bytes!("../certificates/old.der");
/// Signs the next.
const BETWEEN: &[u8] = include_bytes!("../certificates/between.der");
const FAR: &[u8] = include_bytes!("../certificates/far.der");

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| key(ROOT).expect("a key"));

type Verifier = Arc<dyn ServerCertVerifier>;

static WITH_NAME: LazyLock<Verifier> = LazyLock::new(|| trusting(ROOT, true).expect("a root"));
static WITHOUT_NAME: LazyLock<Verifier> = LazyLock::new(|| trusting(ROOT, false).expect("a root"));

fuzz_target!(init: are_accepted(), |data: &[u8]| {
    let Some((role, data)) = data.split_first() else { return };
    match role % 4 {
        0 => assert!(!accepts(&WITH_NAME, data, &[]) || is_content_of(data, &[LEAF, OLD])),
        1 => {
            let signed = [LEAF, OLD, BETWEEN, ROOT];
            assert!(!accepts(&WITHOUT_NAME, data, &[]) || is_content_of(data, &signed));
        }
        2 => assert!(!accepts(&WITH_NAME, FAR, &[data]) || is_content_of(data, &[BETWEEN])),
        // Of a root, only the name and the key count. What is around them may be beyond reading.
        _ => {
            let accepted = trusting(data, true)
                .is_some_and(|verifier| accepts(&verifier, LEAF, &[]) || accepts(&verifier, OLD, &[]));
            assert!(!accepted || data.windows(KEY.len()).any(|bytes| bytes == *KEY));
        }
    }
});

/// Else nothing would be proved by others that are not.
fn are_accepted() {
    for verifier in [&WITH_NAME, &WITHOUT_NAME] {
        assert!(accepts(verifier, LEAF, &[]) && accepts(verifier, OLD, &[]));
        assert!(accepts(verifier, FAR, &[BETWEEN]) && !accepts(verifier, FAR, &[]));
    }
    assert!(accepts(&WITHOUT_NAME, ROOT, &[]) && !accepts(&WITH_NAME, ROOT, &[]));
}

/// `None` where it can't be a root.
fn trusting(root: &[u8], checks_name: bool) -> Option<Verifier> {
    verifier(vec![CertificateDer::from(root.to_vec())], checks_name).ok()
}

fn accepts(verifier: &Verifier, end_entity: &[u8], between: &[&[u8]]) -> bool {
    let between: Vec<_> = between.iter().copied().map(CertificateDer::from).collect();
    let name = ServerName::try_from("db.example").expect("a name");
    // In 2030; they end in 2126.
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_900_000_000));
    let end_entity = CertificateDer::from(end_entity);
    verifier.verify_server_cert(&end_entity, &between, &name, &[], now).is_ok()
}

/// Whether it says what one of these says, to the byte; signatures can be written in several ways.
fn is_content_of(certificate: &[u8], signed: &[&[u8]]) -> bool {
    let content = content(certificate);
    content.is_some() && signed.iter().any(|signed| self::content(signed) == content)
}

fn content(certificate: &[u8]) -> Option<Vec<u8>> {
    Certificate::from_der(certificate).ok()?.tbs_certificate.to_der().ok()
}

fn key(certificate: &[u8]) -> Option<Vec<u8>> {
    Certificate::from_der(certificate).ok()?.tbs_certificate.subject_public_key_info.to_der().ok()
}
