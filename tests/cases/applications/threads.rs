//! Two threads or tasks that each add to one total: races are found where no lock is, whichever of the two
//! comes first, and updates are found to be lost exactly where the total lacks them.

use std::collections::BTreeMap;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::application::{Application, expect_line};
use super::stage::Stage;
use crate::{Case, World};

const CASES: [Case; 5] = [
    ("threads_without_a_lock_race_in_any_order", |world| {
        race(world, "threads");
    }),
    ("tasks_on_one_worker_without_a_lock_race_in_any_order", |world| {
        race(world, "tasks");
    }),
    ("a_mutex_keeps_threads_apart", mutex),
    ("a_read_write_lock_keeps_threads_apart", read_write_lock),
    ("a_mutex_that_is_released_between_loses_updates_without_a_race", released_between),
];

/// What both threads add.
const DUE: i64 = 80;

/// How often a program runs by each schedule.
const ROUNDS: usize = 3;

pub(super) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "applications::threads", &CASES)
}

/// By a serial schedule too: nothing keeps the next run from another one.
fn race(world: &World, program: &str) {
    let mut stage = Stage::new(world);
    for trace in run(&mut stage, program, &["serial", "nested"], 5) {
        assert_eq!(stage.races(&trace), ["Read and Write", "Read and Write", "Write and Write"]);
    }
}

fn mutex(world: &World) {
    let mut stage = Stage::new(world);
    for trace in run(&mut stage, "mutex", &["serial", "contended"], 13) {
        assert!(stage.races(&trace).is_empty(), "{trace}");
    }
}

/// Two may look at the total at once.
fn read_write_lock(world: &World) {
    let mut stage = Stage::new(world);
    for trace in run(&mut stage, "read-write lock", &["serial", "contended"], 19) {
        assert!(stage.races(&trace).is_empty(), "{trace}");
    }
}

fn released_between(world: &World) {
    let mut stage = Stage::new(world);
    for trace in run(&mut stage, "mutex, twice", &["serial", "nested"], 17) {
        assert!(stage.races(&trace).is_empty(), "{trace}");
    }
}

/// Runs a program that records so many events by these schedules, each several times, and says which traces
/// these are.
fn run(stage: &mut Stage, program: &str, schedules: &[&str], events: usize) -> Vec<String> {
    let (mut traces, mut lost) = (Vec::new(), 0);
    for schedule in schedules {
        for round in 0..ROUNDS {
            let trace = format!("{program}, {schedule}, {round}");
            let arguments = [stage.url(), &trace, program, schedule];
            let (application, mut lines) = Application::start("counter", &arguments);
            let total: i64 = expect_line(&mut lines, "total ").parse().expect("a total");
            assert_eq!(total < DUE, *schedule == "nested", "{trace}: {total}");
            traces.push(trace);
            lost += i64::from(total < DUE);
            stage.await_events(events * traces.len());
            application.end();
        }
    }
    let lost = Some(("total".to_owned(), lost)).filter(|&(_, lost)| lost > 0);
    assert_eq!(stage.lost_updates(), BTreeMap::from_iter(lost));
    traces
}
