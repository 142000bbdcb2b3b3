//! Bodies of real events with something wrong: every store judges them alike, through an outage too,
//! and what was accepted is read back equal to what was sent.
//!
//! `TEST_MUTATIONS=1000000 TEST_MUTATIONS_SEED=…` is the long form, of so many bodies. A failure tells the seed and the
//! number of a body: `TEST_MUTATIONS_SEED=… TEST_MUTATIONS_FROM=… TEST_MUTATIONS=1` repeats that one.

mod findings;
mod http;
mod sent;
mod sql;
mod verdict;

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use libtest_mimic::Trial;

use crate::harness::Mutations;
use crate::{Case, World};
use findings::Findings;

const CASES: [Case; 2] = [
    ("the_stores_judge_alike_and_read_back_what_they_took", over_http),
    ("sql_judges_like_the_sidecar", by_sql),
];

/// Of the short form, which is the same each time: what is new is looked for by the long one.
const SHORT_SEED: u64 = 20_261_126;

/// In the suite; for the case of SQL, which is faster, too.
const SHORT_RUN: u64 = 3_000;

/// For which there are new databases. What waits for Postgres must be in the part of it that can be
/// read, or duplicates would be judged later: that has room for four times as much.
const CHUNK: u64 = 4_000;

/// Every so many bodies, one is sent again at once.
const RESENT_EVERY: u64 = 16;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "mutations", &CASES)
}

fn over_http(world: &World) {
    run("over HTTP", |bodies| http::judge(world, bodies));
}

fn by_sql(world: &World) {
    run("by SQL", |bodies| sql::judge(world, bodies));
}

/// Some of a row of bodies.
struct Bodies {
    mutations: Mutations,
    seed: u64,
    numbers: Range<u64>,
}

impl Bodies {
    fn get(&self, number: u64) -> Vec<u8> {
        self.mutations.body(number)
    }

    /// What repeats one.
    fn name(&self, number: u64) -> String {
        format!("TEST_MUTATIONS_SEED={} TEST_MUTATIONS_FROM={number} TEST_MUTATIONS=1", self.seed)
    }

    /// How often it is sent.
    fn times(number: u64) -> usize {
        if number.is_multiple_of(RESENT_EVERY) { 2 } else { 1 }
    }
}

/// What was seen of some bodies.
#[derive(Default)]
struct Seen {
    findings: Findings,
    accepted: u64,
    rejected: u64,
    refused: u64,
}

/// Chunk by chunk, until something is found.
fn run(name: &str, mut judge: impl FnMut(&Bodies) -> Seen) {
    let start = Instant::now();
    let seed = variable("TEST_MUTATIONS_SEED").unwrap_or(SHORT_SEED);
    let first = variable("TEST_MUTATIONS_FROM").unwrap_or(0);
    let end = first + variable("TEST_MUTATIONS").unwrap_or(SHORT_RUN);
    let mut bodies = Bodies { mutations: Mutations::new(seed), seed, numbers: first..first };
    let (mut accepted, mut rejected, mut refused) = (0, 0, 0);
    while bodies.numbers.end < end {
        bodies.numbers = bodies.numbers.end..end.min(bodies.numbers.end + CHUNK);
        let chunk = judge(&bodies);
        (accepted, rejected, refused) =
            (accepted + chunk.accepted, rejected + chunk.rejected, refused + chunk.refused);
        let done = bodies.numbers.end - first;
        println!(
            "mutations {name}, TEST_MUTATIONS_SEED={seed}: {done} bodies in {:.0?}, {refused} refused; \
             {accepted} events accepted, {rejected} rejected",
            start.elapsed()
        );
        chunk.findings.assert_none();
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}
