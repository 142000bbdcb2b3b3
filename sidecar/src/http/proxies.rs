//! Whom a proxy asks for, by `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use super::client::Client;
use crate::config::WrongSetting;

const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Networks of proxies that are believed. Anybody else could write what he likes.
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn of(networks: &[String]) -> Result<Self, WrongSetting> {
        let networks = networks.iter().map(|text| network(text).ok_or_else(wrong));
        networks.collect::<Result<_, _>>().map(Proxies)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The nearest client that is no proxy of ours: each has added whom it was asked by at the end.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(HEADER).into_iter().rev();
        let mut chain = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        let mut client = peer;
        while self.have(client)
            && let Some(before) = chain.next().and_then(address)
        {
            client = before;
        }
        client
    }

    fn have(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Puts the client of a proxy in the place of the proxy.
pub(super) async fn resolve(
    State(proxies): State<Arc<Proxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = Client::of(&request);
    if let Some(peer) = client.address() {
        let address = proxies.client(peer, request.headers());
        request.extensions_mut().insert(client.on_behalf_of(address));
    }
    next.run(request).await
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()
}

/// Some proxies add the port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip());
    entry.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

fn wrong() -> WrongSetting {
    let expected = "networks such as 10.0.0.0/8, or addresses".into();
    WrongSetting { key: "server.trusted_proxies", expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_proxies_have_added_is_believed() {
        let networks = ["10.0.0.0/8", "2001:db8::1"].map(str::to_owned);
        let proxies = Proxies::of(&networks).expect("networks");
        for (peer, lines, expected) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("10.1.1.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["203.0.113.1", "198.51.100.7, 10.2.2.2"], "198.51.100.7"),
            ("10.1.1.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("2001:db8::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.1.1.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["198.51.100.7, unknown"], "10.1.1.1"),
            ("10.1.1.1", &["198.51.100.7, unknown, 10.2.2.2"], "10.2.2.2"),
            ("10.1.1.1", &[""], "10.1.1.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(HEADER, line.parse().expect("a header"));
            }
            let client = proxies.client(peer.parse().expect("an address"), &headers);
            assert_eq!(client.to_string(), expected, "{peer} {lines:?}");
        }
        assert!(Proxies::of(&["proxy.example.com".to_owned()]).is_err());
    }
}
