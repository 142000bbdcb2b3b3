//! What keys cost whoever presents a valid one, and what others cost who try wrong ones.

use raceway_tests::{Database, Flavour, Sidecar, Site};

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::session;
use crate::wrong_keys::WrongKeys;

const KEY: &str = "the key of the measurement";
/// Wrong keys that are tried each second.
const TRIES: usize = 10_000;
const BATCH: u32 = 100;
const CONNECTIONS: u32 = 16;

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = bench.cluster.create_with(Flavour::Extension);
    let open = Sidecar::postgres(&database);
    let site = Site::on(&database.to_string())
        .with("SERVER__AUTH_ENABLED", "true")
        .with("SERVER__API_KEYS", KEY);
    let locked = site.start();
    let (mut without, mut with, mut beside, mut tried) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.scale.runs {
        without.push(rate(bench, &database, &open, &[]));
        with.push(rate(bench, &database, &locked, &["--key", KEY]));
        let wrong = WrongKeys::present(locked.url(), TRIES);
        beside.push(rate(bench, &database, &locked, &["--key", KEY]));
        tried.push(wrong.stop());
    }
    let [without, with, beside, tried] =
        [without, with, beside, tried].map(|values| values.into_iter().collect::<Samples>());
    let events = bench.scale.posted_in_batches;
    Section {
        title: "Keys",
        how: vec![
            format!(
                "`loadgen` posts {events} events, {BATCH} a request, over {CONNECTIONS} connections to \
                 a sidecar before an emptied database with the extension"
            ),
            format!("wrong keys: {TRIES} requests a second over one more connection, all refused"),
        ],
        figures: vec![
            Figure::untargeted("without keys: events/s", without.clone()),
            Figure::new("with keys, in proportion", "0.95", "", with.per(&without)),
            Figure::new("with keys beside wrong ones, in proportion", "0.9", "", beside.per(&with)),
            Figure::untargeted("wrong keys refused: requests/s", tried),
        ],
    }
}

/// Events a second.
fn rate(bench: &Bench, database: &Database, sidecar: &Sidecar, arguments: &[&str]) -> f64 {
    session::empty(&mut database.connect());
    session::checkpoint(&mut database.for_superuser().connect());
    let events = bench.scale.posted_in_batches;
    let url = sidecar.url();
    bench.loadgen.post_with(arguments, url, events, BATCH, CONNECTIONS).events_per_second
}
