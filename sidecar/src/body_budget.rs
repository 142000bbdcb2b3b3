//! How much memory bodies may take, of requests and of traces that are read, all together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// What a body has beyond this makes it a large one. A client library's batch is some 70 KB.
const ORDINARY_BYTES: usize = 256 * 1024;
/// With a smaller budget a body of the greatest size could never be taken.
const LEAST_BYTES: usize = 32 * 1024 * 1024;
/// How long a body waits for others to make room, in all: longer than it takes to find out that
/// Postgres is away, and to put what waits for it into the spool.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes that bodies share. A quarter of them is kept free of large bodies, so that however many
/// of these come, and however slowly, the ordinary ones beside them find room.
#[derive(Clone)]
pub(crate) struct BodyBudget {
    bytes: usize,
    all: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// Others have taken all of the budget, and didn't give any back in time.
#[derive(Debug)]
pub(crate) struct OverBudget;

impl BodyBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        let bytes = bytes.clamp(LEAST_BYTES, Semaphore::MAX_PERMITS);
        let large = bytes / 4 * 3;
        BodyBudget {
            bytes,
            all: Arc::new(Semaphore::new(bytes)),
            large: Arc::new(Semaphore::new(large)),
        }
    }

    /// How many bytes bodies take, and how many they may.
    pub(crate) fn usage(&self) -> (usize, usize) {
        (self.bytes.saturating_sub(self.all.available_permits()), self.bytes)
    }

    /// A share of no bytes yet, for a body of so many bytes, as far as that is known.
    pub(crate) fn share(&self, announced: usize) -> Share {
        Share { budget: self.clone(), announced, taken: 0, taken_of_large: 0, patience: PATIENCE }
    }
}

/// One body's share of the budget; given back when dropped.
pub(crate) struct Share {
    budget: BodyBudget,
    announced: usize,
    taken: usize,
    taken_of_large: usize,
    patience: Duration,
}

impl Share {
    /// Takes so many bytes in all, which may have to wait for others. A large body takes
    /// all that it has announced at once, and so waits in line for its turn: taking it piece by
    /// piece, many would wait for each other with half of theirs. Those that don't announce their
    /// size may do so, until the first of them gives up and makes room for the next.
    pub(crate) async fn grow_to(&mut self, taken: usize) -> Result<(), OverBudget> {
        if taken > ORDINARY_BYTES {
            let large = taken.max(self.announced) - ORDINARY_BYTES - self.taken_of_large;
            take(&self.budget.large, large, &mut self.patience).await?;
            self.taken_of_large += large;
        }
        let more = taken.saturating_sub(self.taken);
        take(&self.budget.all, more, &mut self.patience).await?;
        self.taken = taken;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.all.add_permits(self.taken);
        self.budget.large.add_permits(self.taken_of_large);
    }
}

async fn take(budget: &Semaphore, bytes: usize, patience: &mut Duration) -> Result<(), OverBudget> {
    if bytes == 0 {
        return Ok(());
    }
    let permits = u32::try_from(bytes).map_err(|_| OverBudget)?;
    let start = Instant::now();
    let taken = timeout(*patience, budget.acquire_many(permits)).await;
    *patience = patience.saturating_sub(start.elapsed());
    taken.map_err(|_| OverBudget)?.map_err(|_| OverBudget)?.forget();
    Ok(())
}
