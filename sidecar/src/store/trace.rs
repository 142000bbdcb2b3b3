//! One trace as it is read: whole where it is small, and otherwise as a stream, of which some megabytes
//! are in memory at a time.

mod array;
mod merged;

use async_trait::async_trait;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use self::array::Array;
pub(super) use self::merged::Merged;
use super::StoreError;
use super::chunks::{Chunks, channel};
use crate::room::{Room, Share};

/// A trace of more events is streamed,
pub(super) const WHOLE_EVENTS: usize = 1000;
/// and so is one that takes more bytes.
pub(super) const WHOLE_BYTES: usize = 1 << 20;
/// Chunks that may wait for whoever reads a stream: half a megabyte.
const MAX_WAITING: usize = 8;
/// What a stream takes of the room, for these and for what is read ahead of them.
const STREAM_BYTES: usize = 4 << 20;

/// A trace, as `{"trace_id", "events"}`.
pub(crate) enum Trace {
    /// With its share of the room.
    Whole(Box<RawValue>, Share),
    /// What is between the brackets of `events`.
    Stream(Chunks),
}

/// The events of a trace, in time order.
#[async_trait]
pub(super) trait Events: Send {
    /// The JSON of the next one; `None` once there are no more.
    async fn next(&mut self) -> Result<Option<String>, StoreError>;
}

impl Trace {
    pub(super) async fn whole(json: Box<RawValue>, room: &Room) -> Result<Self, StoreError> {
        // It is copied once more, into its envelope.
        let bytes = 2 * json.get().len();
        let mut share = room.share(bytes);
        share.grow_to(bytes).await?;
        Ok(Trace::Whole(json, share))
    }

    pub(super) async fn stream(events: Box<dyn Events>, room: &Room) -> Result<Self, StoreError> {
        Trace::go_on(String::new(), events, room).await
    }

    /// Whole, unless its events are many or turn out to be large.
    pub(super) async fn of(
        trace_id: &str,
        mut events: Box<dyn Events>,
        is_long: bool,
        room: &Room,
    ) -> Result<Self, StoreError> {
        if is_long {
            return Trace::stream(events, room).await;
        }
        let mut array = String::new();
        while let Some(json) = events.next().await? {
            if !array.is_empty() {
                array.push(',');
            }
            array.push_str(&json);
            if array.len() > WHOLE_BYTES {
                return Trace::go_on(array, events, room).await;
            }
        }
        let (head, tail) = brackets(trace_id);
        let json = RawValue::from_string(format!("{head}{array}{tail}"));
        Trace::whole(json.map_err(|error| StoreError::Internal(error.to_string()))?, room).await
    }

    /// A stream that begins with what has been read. It is written by a thread of its own: making the
    /// JSON of many events takes long.
    async fn go_on(
        begun: String,
        events: Box<dyn Events>,
        room: &Room,
    ) -> Result<Self, StoreError> {
        let bytes = STREAM_BYTES + begun.len();
        let mut share = room.share(bytes);
        share.grow_to(bytes).await?;
        let (writer, chunks) = channel(MAX_WAITING);
        let array = Array::new(begun, writer, share);
        let runtime = Handle::current();
        spawn_blocking(move || runtime.block_on(array.write(events)));
        Ok(Trace::Stream(chunks))
    }
}

/// What is before the events of a trace, and after them.
pub(crate) fn brackets(trace_id: &str) -> (String, &'static str) {
    (format!("{{\"trace_id\":{},\"events\":[", json!(trace_id)), "]}")
}
