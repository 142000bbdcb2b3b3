//! Where `serve` listens.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use listenfd::ListenFd;
use tokio::net::{TcpListener, UnixListener, lookup_host};

use super::CommandError;
use crate::config;
use crate::http::listener::Listener;
use crate::http::tls::Tls;

/// Sockets that are to be opened, or are open already.
pub(super) struct Places {
    /// What the addresses are of.
    host: String,
    addresses: BTreeSet<SocketAddr>,
    unix_socket: Option<PathBuf>,
    /// What systemd has opened, instead of the addresses.
    passed: Vec<Listener>,
    tls: Option<Arc<Tls>>,
}

impl Places {
    /// What is configured, unless everybody could ask there by mistake. Nothing is opened yet.
    pub(super) async fn of(server: &config::Server) -> Result<Self, CommandError> {
        let tls = Tls::of(server)?.map(Arc::new);
        let passed = passed(tls.as_ref()).map_err(CommandError::Passed)?;
        let has_host = passed.is_empty() && !server.host.is_empty();
        let addresses = if has_host { resolve(server).await? } else { BTreeSet::new() };
        let unix_socket = server.unix_socket.clone();
        if addresses.is_empty() && passed.is_empty() && unix_socket.is_none() {
            return Err(CommandError::Nowhere);
        }
        let places = Places { host: server.host.clone(), addresses, unix_socket, passed, tls };
        if !server.auth_enabled && !server.allow_unauthenticated {
            places.check_are_of_this_machine()?;
        }
        Ok(places)
    }

    /// Only who is on this machine can ask.
    fn check_are_of_this_machine(&self) -> Result<(), CommandError> {
        let passed = self.passed.iter().filter_map(Listener::address);
        let mut all = self.addresses.iter().copied().chain(passed);
        match all.find(|address| !address.ip().to_canonical().is_loopback()) {
            Some(address) => Err(CommandError::Open { address: address.ip() }),
            None => Ok(()),
        }
    }

    /// Opens what is not open yet.
    pub(super) async fn open(self) -> Result<Vec<Listener>, CommandError> {
        let Places { host, addresses, unix_socket, passed, tls } = self;
        let mut listeners = passed;
        let bound = bind(&host, addresses).await?;
        listeners.extend(bound.into_iter().map(|bound| Listener::Tcp(bound, tls.clone())));
        if let Some(path) = unix_socket {
            let socket = Listener::bind_socket(&path);
            listeners.push(socket.map_err(|error| CommandError::Socket { path, error })?);
        }
        Ok(listeners)
    }
}

async fn resolve(server: &config::Server) -> Result<BTreeSet<SocketAddr>, CommandError> {
    let addresses = lookup_host((&*server.host, server.port)).await;
    let of_host = |error| CommandError::Host { host: server.host.clone(), error };
    addresses.map(Iterator::collect).map_err(of_host)
}

/// Every address of the host by one port: clients may try any of them first.
async fn bind(
    host: &str,
    addresses: BTreeSet<SocketAddr>,
) -> Result<Vec<TcpListener>, CommandError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut missing = None;
    for mut address in addresses {
        if let Some(first) = listeners.first() {
            address.set_port(first.local_addr()?.port());
        }
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable => missing = Some(error),
            Err(error) => return Err(CommandError::Listen { address, error }),
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => {
            Err(CommandError::Host { host: host.to_owned(), error })
        }
        _ => Ok(listeners),
    }
}

/// The sockets that systemd has opened for this process, by `LISTEN_FDS`.
fn passed(tls: Option<&Arc<Tls>>) -> io::Result<Vec<Listener>> {
    let mut sockets = ListenFd::from_env();
    (0..sockets.len()).map(|place| take(&mut sockets, place, tls)).collect()
}

fn take(sockets: &mut ListenFd, place: usize, tls: Option<&Arc<Tls>>) -> io::Result<Listener> {
    if let Ok(Some(listener)) = sockets.take_tcp_listener(place) {
        listener.set_nonblocking(true)?;
        return Ok(Listener::Tcp(TcpListener::from_std(listener)?, tls.cloned()));
    }
    let listener = sockets.take_unix_listener(place)?.ok_or(ErrorKind::InvalidInput)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(UnixListener::from_std(listener)?, None))
}
