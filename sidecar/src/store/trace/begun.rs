//! Events of which some have been read.

use std::vec;

use async_trait::async_trait;

use super::Events;
use crate::store::StoreError;

/// Those that have been read, then the rest.
pub(super) struct Begun {
    read: vec::IntoIter<String>,
    rest: Option<Box<dyn Events>>,
}

impl Begun {
    pub(super) fn new(read: Vec<String>, rest: Option<Box<dyn Events>>) -> Self {
        Begun { read: read.into_iter(), rest }
    }
}

#[async_trait]
impl Events for Begun {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        match (self.read.next(), &mut self.rest) {
            (None, Some(rest)) => rest.next().await,
            (read, _) => Ok(read),
        }
    }
}
