//! Opens connections for a pool, and tells whether those that it keeps still work.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use thiserror::Error;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::attempt::{Connection, Failure};
use crate::hosts::Host;
use crate::target::{Source, Target};
use crate::{ParameterError, supabase};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To connect, where there is one address. The connection string's `connect_timeout` wins.
    pub connect: Duration,
    /// The same for each of several: the others must be reached before the query is too late.
    pub connect_each: Duration,
    /// A connection that nobody has used for so long is asked whether it still works,
    pub idle: Duration,
    /// and has so long to answer.
    pub validation: Duration,
}

/// Opens connections to the first server that has what is wanted.
pub struct Connector {
    target: Target,
    limits: Limits,
    /// Where to go on after a try that was given up in the middle.
    first: AtomicUsize,
    /// When a connection was last found dead that nobody had closed: the network has lost those that
    /// have not been used since, too.
    lost: Mutex<Option<Instant>>,
}

/// Which host comes next, should whoever waits for a connection have no time left and drop this: else
/// it would always be the first, however long that is silent.
struct Progress<'a> {
    first: &'a AtomicUsize,
    next: usize,
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.first.store(self.next, Ordering::Relaxed);
    }
}

/// Why there is no connection: each host and its reason.
#[derive(Debug, Error)]
pub struct ConnectError {
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

impl Connector {
    /// Finds out all that can be known before the first connection.
    pub fn new(source: &Source, limits: Limits) -> Result<Self, ParameterError> {
        let target = Target::of(source)?;
        Ok(Connector { target, limits, first: AtomicUsize::new(0), lost: Mutex::new(None) })
    }

    /// Whether the servers are Supabase's, by their names or by what was said of them.
    pub fn is_supabase(&self) -> bool {
        self.target.is_supabase
    }

    /// Asks the server to stop what it does for the connection.
    pub async fn cancel(&self, connection: &Connection) {
        self.target.cancel(connection).await;
    }

    async fn connect(&self) -> Result<Connection, ConnectError> {
        let mut failures = Vec::new();
        let mut hosts = self.target.hosts_in_order();
        let mut progress = Progress { first: &self.first, next: 0 };
        let first = self.first.load(Ordering::Relaxed) % hosts.len();
        hosts.rotate_left(first);
        for &wanted in self.target.wanted {
            for (n, &host) in hosts.iter().enumerate() {
                progress.next = first + n + 1;
                match self.target.reach(host, wanted, &self.limits).await {
                    Ok(connection) => {
                        progress.next = 0;
                        return Ok(connection);
                    }
                    Err(failure) => failures.push((host.clone(), failure)),
                }
            }
        }
        progress.next = 0;
        let hint = failures.iter().find_map(|(host, failure)| self.hint(host, failure));
        Err(ConnectError { failures, hint })
    }

    fn hint(&self, host: &Host, failure: &Failure) -> Option<&'static str> {
        supabase::hint(host, || self.target.password_of(host), failure.answer().as_deref())
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
    type Type = Connection;
    type Error = ConnectError;

    async fn create(&self) -> Result<Connection, ConnectError> {
        // On the heap: it is large, and part of every query's future.
        Box::pin(self.connect()).await
    }

    async fn recycle(
        &self,
        client: &mut Connection,
        metrics: &Metrics,
    ) -> RecycleResult<ConnectError> {
        if client.is_closed() {
            return Err(RecycleError::message("closed"));
        }
        self.validate(client, metrics.recycled.unwrap_or(metrics.created)).await
    }
}
