//! Opens connections for a pool, and tells whether those that it keeps still work.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use thiserror::Error;
use tokio::time::timeout;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{CancelToken, Client, Config, NoTls, Socket};

use super::hosts::Host;
use super::session::Wanted;
use super::ssl_mode::Attempt;
use super::target::{Source, Target};
use super::{ParameterError, supabase, with_causes};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// To connect, where there is one address. The connection string's `connect_timeout` wins.
    pub(crate) connect: Duration,
    /// The same for each of several: the others must be reached before the query is too late.
    pub(crate) connect_each: Duration,
    /// A connection that nobody has used for so long is asked whether it still works,
    pub(crate) idle: Duration,
    /// and has so long to answer.
    pub(crate) validation: Duration,
}

/// Opens connections to the first server that has what is wanted.
pub(crate) struct Connector {
    target: Target,
    limits: Limits,
    /// Where to go on after a try that was given up in the middle.
    first: AtomicUsize,
    /// When a connection was last found dead that nobody had closed: the network has lost those that
    /// have not been used since, too.
    lost: Mutex<Option<Instant>>,
}

/// Why there is no connection: each host and its reason.
#[derive(Debug, Error)]
pub(crate) struct ConnectError {
    failures: Vec<(Host, Failure)>,
    hint: Option<&'static str>,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = self.failures.len() == 1;
        for (n, (host, failure)) in self.failures.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "; " })?;
            if !one {
                write!(f, "{host}: ")?;
            }
            write!(f, "{failure}")?;
        }
        self.hint.map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Why one server is not used.
#[derive(Debug, Error)]
enum Failure {
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
    fn answer(&self) -> Option<String> {
        match self {
            Failure::Postgres(error) => error.as_db_error().map(ToString::to_string),
            Failure::Unwanted(answer) => Some((*answer).to_owned()),
            Failure::Address(_) | Failure::Late(_) => None,
        }
    }
}

impl Connector {
    pub(crate) fn new(source: &Source, limits: Limits) -> Result<Self, ParameterError> {
        let target = Target::of(source)?;
        Ok(Connector { target, limits, first: AtomicUsize::new(0), lost: Mutex::new(None) })
    }

    /// Asks the server to stop what it does for a connection.
    pub(crate) async fn cancel(&self, token: CancelToken) -> Result<(), tokio_postgres::Error> {
        token.cancel_query(self.target.tls.clone()).await
    }

    async fn connect(&self) -> Result<ClientWrapper, ConnectError> {
        let mut failures = Vec::new();
        let mut hosts = self.target.hosts_in_order();
        let first = self.first.load(Ordering::Relaxed) % hosts.len();
        hosts.rotate_left(first);
        for &wanted in self.target.wanted {
            for (n, &host) in hosts.iter().enumerate() {
                // Whoever waits for this may have no time left, and drop it.
                self.first.store(first + n + 1, Ordering::Relaxed);
                match self.reach(host, wanted).await {
                    Ok(client) => {
                        self.first.store(0, Ordering::Relaxed);
                        return Ok(client);
                    }
                    Err(failure) => failures.push((host.clone(), failure)),
                }
            }
        }
        self.first.store(0, Ordering::Relaxed);
        let hint = failures.iter().find_map(|(host, failure)| self.hint(host, failure));
        Err(ConnectError { failures, hint })
    }

    fn hint(&self, host: &Host, failure: &Failure) -> Option<&'static str> {
        let config = self.target.config_for(host);
        let password = config.get_password().and_then(|password| str::from_utf8(password).ok());
        supabase::hint(host, password, failure.answer().as_deref())
    }

    /// Tries every address of the host.
    async fn reach(&self, host: &Host, wanted: Wanted) -> Result<ClientWrapper, Failure> {
        let config = self.target.config_for(host);
        let addresses = addresses(host).await?;
        let is_only = self.target.hosts.len() == 1 && addresses.len() < 2;
        let default = if is_only { self.limits.connect } else { self.limits.connect_each };
        let limit = self.target.connect_timeout.unwrap_or(default);
        if host.is_socket() {
            return self.attempt(&config, &[Attempt::Plain], wanted, limit).await;
        }
        let mut result = Err(Failure::Unwanted("it has no address"));
        for address in addresses {
            let mut config = config.clone();
            config.hostaddr(address.ip());
            let attempts = self.target.ssl_mode.attempts();
            result = self.attempt(&config, attempts, wanted, limit).await;
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
        attempts: &[Attempt],
        wanted: Wanted,
        limit: Duration,
    ) -> Result<ClientWrapper, Failure> {
        let mut reason = None;
        for &attempt in attempts {
            let opened = timeout(limit, self.open(config.clone(), attempt, wanted)).await;
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
        attempt: Attempt,
        wanted: Wanted,
    ) -> Result<ClientWrapper, Failure> {
        use tokio_postgres::config::SslMode::{Disable, Prefer, Require};
        let tls = self.target.tls.clone();
        let client = match attempt {
            Attempt::Plain => open(config.ssl_mode(Disable), NoTls).await?,
            Attempt::TlsIfThere => open(config.ssl_mode(Prefer), tls).await?,
            Attempt::Tls => open(config.ssl_mode(Require), tls).await?,
        };
        wanted.check(&client).await?.map_err(Failure::Unwanted)?;
        Ok(client)
    }

    /// Whether a connection that has been idle still works.
    async fn validate(&self, client: &Client, used: Instant) -> RecycleResult<ConnectError> {
        if self.lost().is_some_and(|lost| used < lost) {
            return Err(RecycleError::message("lost with others"));
        }
        if used.elapsed() < self.limits.idle {
            return Ok(());
        }
        // An empty query is answered by poolers too, by way of the server.
        match timeout(self.limits.validation, client.simple_query("")).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(RecycleError::message("closed")),
            Err(_) => {
                *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                Err(RecycleError::message("lost"))
            }
        }
    }

    fn lost(&self) -> Option<Instant> {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Manager for Connector {
    type Type = ClientWrapper;
    type Error = ConnectError;

    async fn create(&self) -> Result<ClientWrapper, ConnectError> {
        // On the heap: it is large, and part of every query's future.
        Box::pin(self.connect()).await
    }

    async fn recycle(
        &self,
        client: &mut ClientWrapper,
        metrics: &Metrics,
    ) -> RecycleResult<ConnectError> {
        if client.is_closed() {
            return Err(RecycleError::message("closed"));
        }
        self.validate(client, metrics.recycled.unwrap_or(metrics.created)).await
    }
}

async fn addresses(host: &Host) -> Result<Vec<SocketAddr>, std::io::Error> {
    match host.address {
        Some(address) => Ok(vec![SocketAddr::new(address, host.port)]),
        None if host.is_socket() => Ok(Vec::new()),
        None => Ok(tokio::net::lookup_host((host.name.as_str(), host.port)).await?.collect()),
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
