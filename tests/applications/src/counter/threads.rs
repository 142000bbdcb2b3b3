//! Two threads, each with a copy of the context of whoever starts them: the SDK knows of threads only what
//! it is told.

use std::sync::mpsc::channel;
use std::thread;

use raceway::RACEWAY_CONTEXT;

use crate::context;
use crate::schedule::Schedule;

/// Adds 50 and 30. What is between the two accesses of an addition is the schedule's.
pub(crate) fn in_threads(schedule: Schedule, add: impl Fn(i64, &dyn Fn()) + Sync) {
    let (start, started) = channel();
    let (end, ended) = channel();
    let contexts = [context(), context()];
    let [first, second] = contexts;
    let add = &add;
    thread::scope(|scope| {
        scope.spawn(move || {
            let between = || {
                if schedule != Schedule::Serial {
                    start.send(()).expect("the second waits");
                }
                if schedule == Schedule::Nested {
                    ended.recv().expect("the second ends");
                }
            };
            RACEWAY_CONTEXT.sync_scope(first, || add(50, &between));
            if schedule == Schedule::Serial {
                start.send(()).expect("the second waits");
            }
        });
        scope.spawn(move || {
            started.recv().expect("the first says when");
            RACEWAY_CONTEXT.sync_scope(second, || add(30, &|| ()));
            // Nobody waits for it but in a nested schedule.
            let _ = end.send(());
        });
    });
}
