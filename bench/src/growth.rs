//! Whether ingest slows down as the database grows.

use raceway_tests::Database;

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::scale::{BATCH, Scale};
use crate::session::Session;
use crate::stock;

pub(crate) fn measure(bench: &Bench) -> Section {
    let small = stock::copy_of_one_day(bench);
    let large = stock::many_days(bench);
    let runs = (0..bench.scale.runs).map(|_| (run(bench, &small), run(bench, large)));
    let (small, large): (Vec<f64>, Vec<f64>) = runs.unzip();
    let [small, large] = [small, large].map(Samples::from_iter);
    let Scale { ingested, day, days, .. } = bench.scale;
    Section {
        title: "Growth",
        how: vec![format!(
            "one session ingests {ingested} events in batches of {BATCH}, in turns beside {day} \
             stored events of one day and beside {days} times as many of {days} days; none are \
             removed between runs"
        )],
        figures: vec![
            Figure::new(
                format!("rate beside {days} days / beside one"),
                "0.9",
                "1.0",
                large.per(&small),
            ),
            Figure::untargeted("beside one day, events/s", small),
            Figure::untargeted(format!("beside {days} days, events/s"), large),
        ],
    }
}

fn run(bench: &Bench, database: &Database) -> f64 {
    let batches = bench.loadgen.dump(bench.scale.ingested, BATCH);
    let mut session = Session::warm(database, &bench.loadgen.dump(BATCH, BATCH)[0]);
    session.ingest_rate(&batches, bench.scale.ingested)
}
