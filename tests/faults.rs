//! Whatever fails: what a client was told is stored is stored, once. `tests/faults` starts it.
//!
//! Each case has a Postgres of its own, so that they run at the same time.
#![allow(unreachable_pub, missing_docs, reason = "a test program has no users of its items")]

mod fault_cases;

use libtest_mimic::Arguments;

pub(crate) use raceway_tests as harness;

/// Cases at a time: they wait more than they work.
const CASES_AT_ONCE: usize = 4;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(CASES_AT_ONCE);
    let conclusion = libtest_mimic::run(&arguments, fault_cases::together());
    let measured = libtest_mimic::run(&arguments, fault_cases::alone());
    conclusion.exit_if_failed();
    measured.exit();
}
