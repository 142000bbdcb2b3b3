//! How the connection is protected against whoever is on the way. Asked of the connection itself:
//! `pg_stat_ssl` would speak of the one between a pooler and the server.

use std::time::{Duration, SystemTime};

use raceway_libpq::{Encryption, Reach, Verified};

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// A certificate that is not replaced by then has been forgotten.
pub(super) const SOON: Duration = Duration::from_hours(14 * 24);

const REMEDY: &str =
    "sslmode=verify-full sslrootcert=<certificate of its authority> in the connection string";

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let (reach, encryption) = (server.client.reach(), server.client.encryption());
    let verdict = judge(reach, encryption, SystemTime::now());
    let ssl = server.row("SELECT current_setting('ssl')::boolean", &[]).await?;
    let has_tls: bool = ssl.try_get(0)?;
    Ok(match verdict.remedy {
        Some(_) if encryption.is_none() && !has_tls => {
            let first = "ssl = on for the server, with ssl_cert_file and ssl_key_file; then";
            Verdict { remedy: Some(format!("{first} {REMEDY}")), ..verdict }
        }
        _ => verdict,
    })
}

pub(super) fn judge(reach: Reach, encryption: Option<Encryption>, now: SystemTime) -> Verdict {
    match (reach, encryption) {
        (Reach::Socket, _) => Verdict::ok("a Unix socket, which needs none"),
        (Reach::Machine, None) => Verdict::ok("not encrypted, and does not leave this machine"),
        (Reach::Network, None) => {
            Verdict::warning("not encrypted: events can be read and changed on the way", REMEDY)
        }
        (_, Some(encryption)) => judge_certificate(reach, encryption, now),
    }
}

fn judge_certificate(reach: Reach, encryption: Encryption, now: SystemTime) -> Verdict {
    let Encryption { protocol, verified, ends } = encryption;
    let left = ends.map(|ends| ends.duration_since(now).unwrap_or_default());
    let days = left.map(|left| left.as_secs() / 86400).unwrap_or_default();
    let message = match verified {
        Verified::Nothing => format!("{protocol}, but the server's certificate is not verified"),
        Verified::Chain => format!("{protocol}, but the certificate may be another server's"),
        Verified::Name => format!("{protocol}, the certificate is verified for this host"),
    };
    if reach == Reach::Network && verified != Verified::Name {
        Verdict::warning(message, REMEDY)
    } else if left.is_some_and(|left| left < SOON) {
        let message = format!("{message}; it ends in {days} days");
        Verdict::warning(message, "a new certificate for the server, then SELECT pg_reload_conf();")
    } else {
        Verdict::ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn judged(reach: Reach, verified: Option<(Verified, u64)>) -> Status {
        let now = SystemTime::now();
        let ends = |days| Some(now + Duration::from_hours(24 * days));
        let encryption = verified.map(|(verified, days)| Encryption {
            protocol: "TLS 1.3",
            verified,
            ends: ends(days),
        });
        judge(reach, encryption, now).status
    }

    #[test]
    fn what_leaves_the_machine_must_be_encrypted_for_a_server_that_is_known() {
        for (reach, verified, expected) in [
            (Reach::Socket, None, Status::Ok),
            (Reach::Machine, None, Status::Ok),
            (Reach::Network, None, Status::Warning),
            (Reach::Network, Some((Verified::Nothing, 90)), Status::Warning),
            (Reach::Network, Some((Verified::Chain, 90)), Status::Warning),
            (Reach::Network, Some((Verified::Name, 90)), Status::Ok),
            (Reach::Network, Some((Verified::Name, 13)), Status::Warning),
            (Reach::Machine, Some((Verified::Nothing, 90)), Status::Ok),
        ] {
            assert_eq!(judged(reach, verified), expected, "{reach:?} {verified:?}");
        }
    }
}
