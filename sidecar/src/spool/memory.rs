//! A spool in memory: what is in it is lost when the process ends.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Spool, SpoolError, Usage, reserve};
use crate::delivery::Delivery;

/// Bodies in a queue.
pub(crate) struct MemorySpool {
    bodies: Mutex<VecDeque<Arc<Delivery>>>,
    usage: watch::Sender<Usage>,
}

impl MemorySpool {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let usage = watch::Sender::new(Usage { max_bytes, ..Usage::default() });
        MemorySpool { bodies: Mutex::default(), usage }
    }

    fn bodies(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Delivery>>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Spool for MemorySpool {
    async fn append(&self, delivery: Arc<Delivery>) -> Result<(), SpoolError> {
        let bytes = delivery.text.len() as u64;
        if !reserve(&self.usage, bytes) {
            return Err(SpoolError::Full);
        }
        delivery.give_room_back();
        self.bodies().push_back(delivery);
        Ok(())
    }

    async fn front(&self, max_bytes: usize) -> io::Result<Vec<Arc<Delivery>>> {
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
        self.usage.send_modify(|usage| usage.free(bytes));
    }

    async fn tail(&self, _max_bytes: u64) -> io::Result<Vec<Delivery>> {
        Ok(Vec::new())
    }

    fn usage(&self) -> watch::Receiver<Usage> {
        self.usage.subscribe()
    }
}
