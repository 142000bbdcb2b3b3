//! Two tasks, each with a copy of the context of whoever starts them.

use std::sync::Arc;

use raceway::RACEWAY_CONTEXT;
use tokio::spawn;
use tokio::sync::oneshot::channel;

use crate::context;
use crate::schedule::Schedule;
use crate::total::Total;

/// Adds 50 and 30 without a lock.
pub(crate) async fn run(schedule: Schedule, total: &Arc<Total>) {
    let (start, started) = channel();
    let (end, ended) = channel();
    let first = {
        let total = Arc::clone(total);
        async move {
            let value = total.load();
            if schedule == Schedule::Nested {
                start.send(()).expect("the second waits");
                ended.await.expect("the second ends");
                total.store(value, value + 50);
            } else {
                total.store(value, value + 50);
                start.send(()).expect("the second waits");
            }
        }
    };
    let second = {
        let total = Arc::clone(total);
        async move {
            started.await.expect("the first says when");
            total.add(30, || ());
            // Nobody waits for it but in a nested schedule.
            let _ = end.send(());
        }
    };
    let tasks = [
        spawn(RACEWAY_CONTEXT.scope(context(), first)),
        spawn(RACEWAY_CONTEXT.scope(context(), second)),
    ];
    for task in tasks {
        task.await.expect("a task");
    }
}
