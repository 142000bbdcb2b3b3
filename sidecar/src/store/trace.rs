//! One trace as it is read: all events at once where they are few and small, and otherwise one after the
//! other, as they are asked for.

mod begun;
mod merged;

use async_trait::async_trait;

use self::begun::Begun;
pub(super) use self::merged::Merged;
use super::StoreError;

/// A trace of more events is long,
pub(crate) const WHOLE_EVENTS: usize = 4000;
/// and so is one that takes more bytes: what is made of these fits into the least room for bodies.
pub(crate) const WHOLE_BYTES: usize = 3 << 20;

/// The events of a trace as they were sent, in time order.
pub(crate) enum Trace {
    /// The JSON of each.
    Whole(Vec<String>),
    /// Those of a long one.
    Long(Box<dyn Events>),
}

/// The events of a trace, in time order.
#[async_trait]
pub(crate) trait Events: Send {
    /// The JSON of the next one; `None` once there are no more.
    async fn next(&mut self) -> Result<Option<String>, StoreError>;
}

impl Trace {
    /// Whole, unless its events are many or turn out to be large.
    pub(super) async fn of(mut events: Box<dyn Events>, is_long: bool) -> Result<Self, StoreError> {
        if is_long {
            return Ok(Trace::Long(events));
        }
        let (mut read, mut bytes) = (Vec::new(), 0);
        while let Some(json) = events.next().await? {
            bytes += json.len();
            read.push(json);
            if bytes > WHOLE_BYTES {
                return Ok(Trace::Long(Box::new(Begun::new(read, Some(events)))));
            }
        }
        Ok(Trace::Whole(read))
    }

    /// One after the other in any case.
    pub(crate) fn into_events(self) -> Box<dyn Events> {
        match self {
            Trace::Whole(read) => Box::new(Begun::new(read, None)),
            Trace::Long(events) => events,
        }
    }

    pub(super) fn is_long(&self) -> bool {
        matches!(self, Trace::Long(_))
    }
}
