//! Whom a request comes from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::Request;

/// What a connection says of its client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    /// Clients of a Unix socket have none.
    address: Option<IpAddr>,
    /// Whether it speaks TLS to this process.
    pub(super) is_encrypted: bool,
}

impl Client {
    /// Whom a request comes from.
    pub(super) fn of(request: &Request) -> Self {
        *request.extensions().get().expect("every connection names its client")
    }

    pub(super) fn of_tcp(address: IpAddr) -> Self {
        Client { address: Some(address.to_canonical()), is_encrypted: false }
    }

    pub(super) fn of_socket() -> Self {
        Client { address: None, is_encrypted: false }
    }

    pub(super) fn encrypted(self) -> Self {
        Client { is_encrypted: true, ..self }
    }

    /// The same connection, which a proxy has made for this address.
    pub(super) fn on_behalf_of(self, address: IpAddr) -> Self {
        Client { address: Some(address.to_canonical()), ..self }
    }

    /// `None` of a Unix socket.
    pub(super) fn address(self) -> Option<IpAddr> {
        self.address
    }

    /// Where what it sends comes from: of a Unix socket, this machine.
    pub(super) fn source(self) -> IpAddr {
        self.address.unwrap_or(Ipv4Addr::LOCALHOST.into())
    }

    /// What stands for it where clients are counted. Of IPv6, a client has 2^64 addresses; all clients of
    /// a Unix socket are one, by the address that nobody has.
    pub(super) fn network(self) -> IpAddr {
        match self.address.unwrap_or(Ipv6Addr::UNSPECIFIED.into()) {
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
            address @ IpAddr::V4(_) => address,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => address.fmt(f),
            None => f.pad("unix"),
        }
    }
}
