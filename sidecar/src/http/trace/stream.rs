//! Events of a long trace on their way into an answer, for a reader who is not waited for for ever:
//! it holds what is read from, a connection to Postgres perhaps, and a share of the budget.

use std::time::Duration;

use raceway_model::sdk_event;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::body_budget::{BodyBudget, OverBudget, Share};
use crate::store::StoreError;
use crate::store::chunks::{Abandoned, CHUNK_BYTES, ChunkWriter, Chunks, channel};
use crate::store::export::on_one_line;
use crate::store::trace::Events;

/// Chunks that may wait for whoever reads a stream: half a megabyte.
const MAX_WAITING: usize = 8;
/// What a stream takes of the budget, for these and for what is read ahead of them: of one that is short but
/// too large to be whole, 3 MiB and an event.
const STREAM_BYTES: usize = 6 << 20;

/// How long a reader is waited for,
const PATIENCE: Duration = Duration::from_mins(1);
/// and how much longer for each chunk that it has taken, up to the same: 32 KiB a second on average
/// are fast enough.
const PATIENCE_A_CHUNK: Duration = Duration::from_secs(2);

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// What is between the brackets of an array, each in the dialect of the SDKs.
    Array,
    /// As they were sent, each on a line.
    Lines,
}

/// These events as they are written by a thread of its own: making the JSON of many of them takes long.
pub(super) async fn stream(
    events: Box<dyn Events>,
    form: Form,
    budget: &BodyBudget,
) -> Result<Chunks, OverBudget> {
    let mut share = budget.share(STREAM_BYTES);
    share.grow_to(STREAM_BYTES).await?;
    let (writer, chunks) = channel(MAX_WAITING);
    let list = List::new(form, writer, share);
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(list.write(events)));
    Ok(chunks)
}

/// The list, from its first event to its last.
struct List {
    form: Form,
    chunk: Vec<u8>,
    is_empty: bool,
    writer: ChunkWriter,
    share: Share,
    /// How many bytes of one event have room, beside what every stream takes.
    largest: usize,
    patience: Duration,
}

/// Why nothing more is written.
enum Stop {
    Abandoned,
    Failed(StoreError),
}

impl From<Abandoned> for Stop {
    fn from(Abandoned: Abandoned) -> Self {
        Stop::Abandoned
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Failed(error)
    }
}

impl List {
    fn new(form: Form, writer: ChunkWriter, share: Share) -> Self {
        List {
            form,
            chunk: Vec::new(),
            is_empty: true,
            writer,
            share,
            largest: CHUNK_BYTES,
            patience: PATIENCE,
        }
    }

    /// Writes all events, unless their reader goes away.
    async fn write(mut self, mut events: Box<dyn Events>) {
        match self.write_all(&mut *events).await {
            Ok(()) => self.writer.end(Ok(())).await,
            Err(Stop::Abandoned) => {}
            Err(Stop::Failed(error)) => self.writer.end(Err(error)).await,
        }
    }

    async fn write_all(&mut self, events: &mut dyn Events) -> Result<(), Stop> {
        loop {
            let event = tokio::select! {
                biased;
                () = self.writer.abandoned() => return Err(Stop::Abandoned),
                event = events.next() => event?,
            };
            let Some(json) = event else { break };
            match self.form {
                Form::Array => self.push(&sdk_event(&json)).await?,
                Form::Lines => self.push(&on_one_line(&json)).await?,
            }
        }
        self.flush().await
    }

    async fn push(&mut self, json: &str) -> Result<(), Stop> {
        self.make_room(json.len()).await?;
        if !self.is_empty && self.form == Form::Array {
            self.chunk.push(b',');
        }
        self.is_empty = false;
        self.chunk.extend_from_slice(json.as_bytes());
        if self.form == Form::Lines {
            self.chunk.push(b'\n');
        }
        if self.chunk.len() < CHUNK_BYTES { Ok(()) } else { self.flush().await }
    }

    /// An event may have as many bytes as a body.
    async fn make_room(&mut self, bytes: usize) -> Result<(), StoreError> {
        if bytes > self.largest {
            self.largest = bytes;
            self.share.grow_to(STREAM_BYTES + bytes).await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        let written = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        for chunk in written.chunks(2 * CHUNK_BYTES) {
            self.send(chunk.to_vec()).await?;
        }
        Ok(())
    }

    async fn send(&mut self, chunk: Vec<u8>) -> Result<(), Stop> {
        let start = Instant::now();
        let sent = timeout(self.patience, self.writer.send(chunk)).await;
        let Ok(sent) = sent else {
            tracing::info!("a trace is not read to its end: its reader is too slow");
            return Err(Stop::Abandoned);
        };
        let left = self.patience.saturating_sub(start.elapsed());
        self.patience = (left + PATIENCE_A_CHUNK).min(PATIENCE);
        Ok(sent?)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::body_budget::BodyBudget;

    /// Events without end.
    struct Endless;

    #[async_trait]
    impl Events for Endless {
        async fn next(&mut self) -> Result<Option<String>, StoreError> {
            Ok(Some("1".repeat(CHUNK_BYTES)))
        }
    }

    /// A list that is being written.
    async fn begun(budget: &BodyBudget) -> Chunks {
        let mut share = budget.share(STREAM_BYTES);
        share.grow_to(STREAM_BYTES).await.expect("room");
        let (writer, chunks) = channel(2);
        tokio::spawn(List::new(Form::Array, writer, share).write(Box::new(Endless)));
        chunks
    }

    /// Fails where anything is taken of the budget.
    async fn assert_free(budget: &BodyBudget) {
        const LARGEST: usize = 24 << 20;
        budget.share(LARGEST).grow_to(LARGEST).await.expect("all of the budget");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_nothing_is_given_up() {
        let budget = BodyBudget::new(0);
        let start = Instant::now();
        let mut chunks = begun(&budget).await;
        while budget.share(24 << 20).grow_to(24 << 20).await.is_err() {}
        assert!(start.elapsed() < 2 * PATIENCE, "{:?}", start.elapsed());
        assert_free(&budget).await;
        assert!(chunks.next().await.expect("a chunk").is_ok());
        assert!(chunks.next().await.expect("a chunk").is_ok());
        assert!(chunks.next().await.expect("an end").is_err(), "a part looks like the whole");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_a_chunk_a_second_is_waited_for() {
        let budget = BodyBudget::new(0);
        let mut chunks = begun(&budget).await;
        for _ in 0..600 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert!(chunks.next().await.expect("a chunk").is_ok());
        }
        drop(chunks);
        assert_free(&budget).await;
    }
}
