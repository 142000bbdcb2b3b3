//! Who reaches the sidecar, and what is asked of them.

use std::net::ToSocketAddrs;
use std::time::SystemTime;

use super::tls::SOON;
use super::verdict::Verdict;
use crate::config;
use crate::http::tls::Tls;

pub(super) fn check(server: &config::Server) -> Verdict {
    match Tls::of(server) {
        Err(error) => Verdict::problem(
            error.to_string(),
            "tls_cert and tls_key in [server]: a certificate and its key, or neither",
        ),
        Ok(tls) => judge(server, tls.as_ref(), SystemTime::now()),
    }
}

fn judge(server: &config::Server, tls: Option<&Tls>, now: SystemTime) -> Verdict {
    let is_open = !server.auth_enabled;
    if is_local(server) {
        return judge_certificate("only this machine reaches it".into(), tls, now);
    }
    let host = &server.host;
    if is_open && server.allow_unauthenticated {
        let message = format!("whoever reaches {host} may read and write everything");
        return Verdict::warning(message, "auth_enabled = true with keys in [server]");
    }
    if is_open {
        let message = format!("serve does not start: whoever reaches {host} could read and write");
        let remedy = "auth_enabled = true with keys, or allow_unauthenticated = true, in [server]";
        return Verdict::problem(message, remedy);
    }
    if tls.is_none() && server.trusted_proxies.is_empty() {
        let message = format!("keys and events that go to {host} can be read on the way");
        let remedy =
            "tls_cert and tls_key in [server], or a proxy in trusted_proxies that speaks TLS";
        return Verdict::warning(message, remedy);
    }
    judge_certificate(format!("keys are asked for on {host}"), tls, now)
}

fn judge_certificate(message: String, tls: Option<&Tls>, now: SystemTime) -> Verdict {
    let Some(ends) = tls.and_then(Tls::ends) else { return Verdict::ok(message) };
    let remedy = "a new certificate in tls_cert, which is taken while the sidecar runs";
    let left = ends.duration_since(now).unwrap_or_default();
    if left.is_zero() {
        Verdict::problem(format!("{message}, but the certificate is over"), remedy)
    } else if left < SOON {
        let days = left.as_secs() / 86400;
        Verdict::warning(format!("{message}; the certificate ends in {days} days"), remedy)
    } else {
        Verdict::ok(format!("{message}, by TLS"))
    }
}

/// Whether all that the host stands for is this machine. A name that stands for nothing is another's fault.
fn is_local(server: &config::Server) -> bool {
    let addresses = (&*server.host, server.port).to_socket_addrs();
    server.host.is_empty()
        || addresses.is_ok_and(|mut all| all.all(|one| one.ip().to_canonical().is_loopback()))
}
