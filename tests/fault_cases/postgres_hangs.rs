//! Postgres keeps its connections and says nothing.

use std::thread;
use std::time::Duration;

use crate::fault_cases::stage::{Stage, light_load, times};
use crate::harness::{Driver, Post};

const HANG: Duration = Duration::from_secs(20);

/// Postgres' deadline of five seconds, with some grace; posts that come later don't wait for it.
const KNOWN_AFTER: Duration = Duration::from_secs(10);
const QUICK: Duration = Duration::from_secs(1);

/// Nobody waits for longer.
const SLOWEST: Duration = Duration::from_secs(15);

pub(crate) fn hangs() {
    let stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    let mut hangs = Vec::new();
    for _ in 0..times(3) {
        driver.await_acknowledged(10);
        let paused = stage.cluster.pause();
        let start = driver.elapsed();
        thread::sleep(HANG);
        hangs.push(start..driver.elapsed());
        drop(paused);
        sidecar.await_drained();
    }
    let ledger = driver.stop();
    sidecar.await_drained();
    assert_eq!(ledger.refusals().next(), None);
    let slowest = ledger.posts().iter().map(|post| post.took).max().expect("posts");
    assert!(slowest < SLOWEST, "{slowest:?}");
    let mut slowest_later = Duration::ZERO;
    for hang in hangs {
        let later = hang.start + KNOWN_AFTER..hang.end;
        let during: Vec<&Post> = posts_within(ledger.posts(), &later);
        assert!(during.len() > 10, "{} posts", during.len());
        slowest_later =
            slowest_later.max(during.iter().map(|post| post.took).max().expect("posts"));
    }
    assert!(slowest_later < QUICK, "{slowest_later:?}");
    let tally = ledger.assert_kept(&stage.database);
    println!("Postgres hung: {tally:?}, slowest {slowest:?}, once known {slowest_later:?}");
}

fn posts_within<'a>(posts: &'a [Post], time: &std::ops::Range<Duration>) -> Vec<&'a Post> {
    posts.iter().filter(|post| time.contains(&post.at)).collect()
}
