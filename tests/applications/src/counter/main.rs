//! Two threads or tasks that each add to one total, with the locks that are asked for, instrumented with the
//! official SDK.
//!
//! `counter RACEWAY TRACE PROGRAM SCHEDULE` says what the total is, and ends with its standard input.

mod schedule;
mod tasks;
mod threads;
mod total;

use std::cell::RefCell;
use std::env::args;
use std::io::{Read, stdin};
use std::sync::Arc;

use raceway::{RACEWAY_CONTEXT, RacewayClient, RacewayContext};

use schedule::Schedule;
use threads::in_threads;
use total::{Locked, Total};

/// With one worker, whose name all tasks record as their thread.
#[tokio::main(worker_threads = 1)]
async fn main() {
    let [endpoint, trace, program, schedule] = arguments();
    let raceway = Arc::new(RacewayClient::new(&endpoint, "counter"));
    let context = RacewayContext::new(trace, "counter".to_owned(), "counter-1".to_owned());
    let run = async {
        raceway.track_function_call("main", ());
        run(&raceway, &program, Schedule::named(&schedule)).await
    };
    let total = RACEWAY_CONTEXT.scope(RefCell::new(context), run).await;
    println!("total {total}");
    raceway.shutdown();
    stdin().read_to_end(&mut Vec::new()).expect("standard input");
}

fn arguments() -> [String; 4] {
    let arguments: Vec<String> = args().skip(1).collect();
    arguments.try_into().expect("counter RACEWAY TRACE PROGRAM SCHEDULE")
}

/// The total in the end.
async fn run(raceway: &Arc<RacewayClient>, program: &str, schedule: Schedule) -> i64 {
    if let "threads" | "tasks" = program {
        let total = Arc::new(Total::new(raceway));
        match program {
            "tasks" => tasks::run(schedule, &total).await,
            _ => in_threads(schedule, |amount, between| total.add(amount, between)),
        }
        return total.get();
    }
    let locked = Locked::new(raceway);
    in_threads(schedule, |amount, between| match program {
        "mutex" => locked.add(amount, between),
        "mutex, twice" => locked.add_in_two(amount, between),
        "read-write lock" => locked.add_to_shared(amount, between),
        _ => panic!("no program: {program}"),
    });
    locked.get()
}

/// What a thread or task starts with that its parent starts.
fn context() -> RefCell<RacewayContext> {
    RACEWAY_CONTEXT.with(Clone::clone)
}
