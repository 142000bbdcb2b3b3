//! Tasks that live as long as the process. None of them ends without a word: one that panics is run
//! again, and where that can't be, the process ends.

use std::future::pending;
use std::process;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::log;

/// After a panic: what made it may be over then.
const PAUSE: Duration = Duration::from_secs(1);

/// The exit status of a process of which a part has ended that can't be started again: `EX_SOFTWARE`
/// of sysexits.h.
const ENDED: i32 = 70;

/// Runs a task until it returns. Each time that it panics, which the log tells, it is started again.
pub(crate) fn keep_running<F>(
    name: &'static str,
    mut start: impl FnMut() -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while let Err(error) = tokio::spawn(start()).await {
            if error.is_cancelled() {
                // The runtime is shutting down.
                return pending().await;
            }
            tracing::error!(task = name, "a task has panicked: it is started again");
            sleep(PAUSE).await;
        }
    })
}

/// Ends the process, for this reason.
pub(crate) fn end_process(reason: &str) -> ! {
    tracing::error!(reason, "a part of the process has ended: it can't go on without");
    log::flush();
    process::exit(ENDED)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_run_again_until_it_returns() {
        let runs = Arc::<AtomicU32>::default();
        let counted = Arc::clone(&runs);
        let start = Instant::now();
        let task = keep_running("test", move || {
            let run = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert_eq!(run, 2, "not yet") }
        });
        task.await.expect("the task returns");
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        assert!(start.elapsed() >= PAUSE * 2, "{:?}", start.elapsed());
    }
}
