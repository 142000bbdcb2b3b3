//! What waits for Postgres: bodies that were acknowledged, in the order in which they came.

mod backlog;
mod body;
mod damage;
mod disk;
mod inspect;
mod memory;
mod reader;
mod record;
mod segment;
mod writer;

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;
use tokio::sync::watch;

pub use body::Body;
pub use disk::DiskSpool;
pub use inspect::{Contents, inspect};
pub use memory::MemorySpool;

/// On disk, room is given back in pieces of so many bytes: small ones give it back early.
pub const SEGMENT_BYTES: u64 = 8 << 20;

/// A bounded queue of bodies, first in, first out, with one reader.
#[async_trait]
pub trait Spool: Send + Sync {
    /// Keeps a body; where the spool is durable, it is on disk when this returns.
    async fn append(&self, body: Arc<Body>) -> Result<(), SpoolError>;

    /// The first bodies, of some `max_bytes` together, one at least; empty only if the spool is.
    /// They stay until they are removed.
    async fn front(&self, max_bytes: usize) -> io::Result<Vec<Arc<Body>>>;

    /// Removes so many of the bodies that [`Spool::front`] has returned last.
    async fn remove(&self, bodies: usize);

    /// The last bodies, of at most so many bytes, in their order: what is of interest after a start.
    async fn tail(&self, max_bytes: u64) -> io::Result<Vec<Body>>;

    /// What is waiting, as it changes.
    fn usage(&self) -> watch::Receiver<Usage>;
}

/// How full a spool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Taken, with what is being written. 0 when nothing is waiting.
    pub bytes: u64,
    /// More is refused.
    pub max_bytes: u64,
    /// How much of `bytes` was there at the start of the process.
    pub backlog: u64,
    /// Places that could not be read, since the start of the process.
    pub damaged: u64,
    /// Events that wait, with those of bodies that are being written.
    pub events: u64,
    /// Events that waited when the process started; they are counted when the spool is first read.
    pub found_events: u64,
    /// Events that waited and could not be read, since the start of the process.
    pub lost_events: u64,
    /// Whether the last body was refused, and nothing was drained since.
    pub is_full: bool,
}

impl Usage {
    fn reserve(&mut self, bytes: u64, events: u64) -> bool {
        self.is_full = self.bytes + bytes > self.max_bytes;
        if !self.is_full {
            self.bytes += bytes;
            self.events += events;
        }
        !self.is_full
    }

    fn free(&mut self, bytes: u64) {
        self.bytes -= bytes;
        self.is_full = false;
    }
}

/// Whether there is room for a body of so many bytes, which are taken then.
fn reserve(usage: &watch::Sender<Usage>, bytes: u64, body: &Body) -> bool {
    let (mut fits, events) = (false, body.waiting_events().into());
    usage.send_modify(|usage| fits = usage.reserve(bytes, events));
    fits
}

/// Why a body is not kept.
#[derive(Clone, Debug, Error)]
pub enum SpoolError {
    /// Until something is drained.
    #[error("the spool is full")]
    Full,
    /// The disk's fault.
    #[error("the spool can't be written: {0}")]
    Io(String),
    /// For ever: the thread that writes has ended.
    #[error("the spool has no writer any more")]
    Stopped,
}

/// Why there is no spool at all.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder's fault.
    #[error("expected a folder that can be written: {0}")]
    Io(#[from] io::Error),
    /// By a process that still runs.
    #[error("another raceway-sidecar uses it; each needs a folder of its own")]
    Locked,
}
