//! Tries one server: each of its addresses, with TLS and without.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use thiserror::Error;
use tokio::time::timeout;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, NoTls, Socket};

use crate::cancel::cancel;
use crate::connector::Limits;
use crate::hosts::{Address, Host};
use crate::session::Wanted;
use crate::ssl_mode::Attempt;
use crate::target::Target;
use crate::tls::Encryption;
use crate::with_causes;

/// A connection, and where it goes.
pub struct Connection {
    client: ClientWrapper,
    address: Address,
    host: String,
    attempt: Attempt,
    encryption: Option<Encryption>,
}

/// How far a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By a Unix socket.
    Socket,
    /// By TCP, but not beyond this machine.
    Machine,
    /// To another machine, perhaps.
    Network,
}

impl Connection {
    /// How far it goes.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match &self.address {
            Address::Socket(_) => Reach::Socket,
            Address::Tcp(address) if address.ip().is_loopback() => Reach::Machine,
            Address::Tcp(_) => Reach::Network,
        }
    }

    /// `None` where it is not encrypted.
    #[must_use]
    pub fn encryption(&self) -> Option<Encryption> {
        self.encryption
    }

    /// Where it goes, to be read.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.address {
            Address::Socket(path) => path.display().to_string(),
            Address::Tcp(address) if self.host.is_empty() => address.to_string(),
            Address::Tcp(address) => format!("{} port {}", self.host, address.port()),
        }
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// Why one server is not used.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("can't find its address: {0}")]
    Address(#[from] std::io::Error),
    #[error("can't connect within {0:?}")]
    Late(Duration),
    #[error("{}", with_causes(.0))]
    Postgres(#[from] tokio_postgres::Error),
    #[error("{0}")]
    Unwanted(&'static str),
}

impl Failure {
    /// What the server has said, if it was reached.
    pub(crate) fn answer(&self) -> Option<String> {
        match self {
            Failure::Postgres(error) => error.as_db_error().map(ToString::to_string),
            Failure::Unwanted(answer) => Some((*answer).to_owned()),
            Failure::Address(_) | Failure::Late(_) => None,
        }
    }
}

impl Target {
    /// Asks the server to stop what it does for the connection.
    pub(crate) async fn cancel(&self, connection: &Connection) {
        let Connection { client, address, host, attempt, .. } = connection;
        let tls = (*attempt != Attempt::Plain).then(|| self.tls.clone());
        if let Err(error) = cancel(client.cancel_token(), address, host, tls).await {
            tracing::debug!(error, "can't cancel a query");
        }
    }

    /// Tries every address of the host.
    pub(crate) async fn reach(
        &self,
        host: &Host,
        wanted: Wanted,
        limits: &Limits,
    ) -> Result<Connection, Failure> {
        let config = self.config_for(host);
        let addresses = host.addresses().await?;
        let is_only = self.hosts.len() == 1 && addresses.len() < 2;
        let default = if is_only { limits.connect } else { limits.connect_each };
        let limit = self.connect_timeout.unwrap_or(default);
        let mut result = Err(Failure::Unwanted("it has no address"));
        for address in addresses {
            result = self.attempt(&config, &address, wanted, limit).await;
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// With TLS or without, as the mode has it. Where both fail, TLS has the better reason.
    async fn attempt(
        &self,
        config: &Config,
        address: &Address,
        wanted: Wanted,
        limit: Duration,
    ) -> Result<Connection, Failure> {
        let mut config = config.clone();
        let attempts = match address {
            Address::Tcp(address) => {
                config.hostaddr(address.ip());
                self.ssl_mode.attempts()
            }
            Address::Socket(_) => &[Attempt::Plain],
        };
        let mut reason = None;
        for &attempt in attempts {
            let opened = timeout(limit, self.open(config.clone(), address, attempt, wanted)).await;
            match opened.unwrap_or(Err(Failure::Late(limit))) {
                Err(failure @ Failure::Postgres(_)) => {
                    if reason.is_none() || attempt == Attempt::Tls {
                        reason = Some(failure);
                    }
                }
                result => return result,
            }
        }
        Err(reason.unwrap_or(Failure::Late(limit)))
    }

    async fn open(
        &self,
        mut config: Config,
        address: &Address,
        attempt: Attempt,
        wanted: Wanted,
    ) -> Result<Connection, Failure> {
        use tokio_postgres::config::{Host, SslMode};
        let (tls, handshake) = self.tls.observed();
        let client = match attempt {
            Attempt::Plain => open(config.ssl_mode(SslMode::Disable), NoTls).await?,
            Attempt::TlsIfThere => open(config.ssl_mode(SslMode::Prefer), tls).await?,
            Attempt::Tls => open(config.ssl_mode(SslMode::Require), tls).await?,
        };
        wanted.check(&client).await?.map_err(Failure::Unwanted)?;
        let host = match config.get_hosts() {
            [Host::Tcp(name)] => name.clone(),
            _ => String::new(),
        };
        let encryption = handshake.encryption();
        Ok(Connection { client, address: address.clone(), host, attempt, encryption })
    }
}

/// Opens a connection, and a task that serves it until it is dropped.
async fn open<T>(config: &Config, tls: T) -> Result<ClientWrapper, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket, TlsConnect: Send, Stream: Send + 'static> + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = config.connect(tls).await?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = with_causes(&error), "a connection to Postgres has ended");
        }
    });
    Ok(ClientWrapper::new(client, task))
}
