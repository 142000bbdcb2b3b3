//! A spool in memory: what is in it is lost when the process ends.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::Body;
use crate::{Spool, SpoolError, Usage, reserve};

/// Bodies in a queue.
pub struct MemorySpool {
    bodies: Mutex<VecDeque<Arc<Body>>>,
    usage: watch::Sender<Usage>,
}

impl MemorySpool {
    /// An empty one.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        let usage = watch::Sender::new(Usage { max_bytes, ..Usage::default() });
        MemorySpool { bodies: Mutex::default(), usage }
    }

    fn bodies(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Body>>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Spool for MemorySpool {
    async fn append(&self, body: Arc<Body>) -> Result<(), SpoolError> {
        let bytes = body.text.len() as u64;
        if !reserve(&self.usage, bytes, &body) {
            return Err(SpoolError::Full);
        }
        self.bodies().push_back(body);
        Ok(())
    }

    async fn front(&self, max_bytes: usize) -> io::Result<Vec<Arc<Body>>> {
        let mut bytes = 0;
        let few = self
            .bodies()
            .iter()
            .take_while(|body| {
                let wanted = bytes < max_bytes;
                bytes += body.text.len();
                wanted
            })
            .cloned()
            .collect();
        Ok(few)
    }

    async fn remove(&self, bodies: usize) {
        let removed: Vec<_> = self.bodies().drain(..bodies).collect();
        let bytes: u64 = removed.iter().map(|body| body.text.len() as u64).sum();
        let events: u64 = removed.iter().map(|body| u64::from(body.waiting_events())).sum();
        self.usage.send_modify(|usage| {
            usage.free(bytes);
            usage.events -= events;
        });
    }

    async fn tail(&self, _max_bytes: u64) -> io::Result<Vec<Body>> {
        Ok(Vec::new())
    }

    fn usage(&self) -> watch::Receiver<Usage> {
        self.usage.subscribe()
    }
}
