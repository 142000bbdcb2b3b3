//! How many events a second one session stores, by each way there is.

use raceway_tests::{Database, Flavour};

use crate::bench::Bench;
use crate::copy::Rows;
use crate::insert;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::scale::{BATCH, Scale};
use crate::session::Session;
use crate::timing::rate;

/// A database for each way.
struct Databases {
    extension: Database,
    plain_sql: Database,
    inserts: Database,
    copy: Database,
}

/// Events a second.
struct Rates {
    extension: f64,
    plain_sql: f64,
    inserts: f64,
    copy: f64,
}

pub(crate) fn measure(bench: &Bench) -> Section {
    let create = |flavour| bench.cluster.create_with(flavour);
    let databases = Databases {
        extension: create(Flavour::Extension),
        plain_sql: create(Flavour::PlainSql),
        inserts: create(Flavour::Extension),
        copy: create(Flavour::Extension),
    };
    let runs: Vec<Rates> = (0..bench.scale.runs).map(|_| run(bench, &databases)).collect();
    let samples = |way: fn(&Rates) -> f64| runs.iter().map(way).collect::<Samples>();
    let extension = samples(|rates| rates.extension);
    let plain_sql = samples(|rates| rates.plain_sql);
    let inserts = samples(|rates| rates.inserts);
    let copy = samples(|rates| rates.copy);
    Section {
        title: "Ingest, one session",
        how: how(&bench.scale),
        figures: vec![
            Figure::new("extension / COPY", "0.6", "0.9", extension.per(&copy)),
            Figure::new("extension / plain SQL", "3", "6", extension.per(&plain_sql)),
            Figure::untargeted("extension / INSERT", extension.per(&inserts)),
            Figure::untargeted("extension, events/s", extension),
            Figure::untargeted("plain SQL, events/s", plain_sql),
            Figure::untargeted("INSERT, events/s", inserts),
            Figure::untargeted("COPY, events/s", copy),
        ],
    }
}

fn how(scale: &Scale) -> Vec<String> {
    let Scale { ingested, ingested_by_plain_sql, inserted_one_by_one, .. } = scale;
    vec![
        format!(
            "extension: {ingested} events into emptied tables, each batch of {BATCH} a call of the \
             prepared `raceway_ingest(text)` and a transaction that is flushed to disk"
        ),
        format!("plain SQL: the same without the extension, {ingested_by_plain_sql} events"),
        format!(
            "INSERT: a prepared `INSERT INTO events` and a transaction for each of \
             {inserted_one_by_one} events, in a database with the extension"
        ),
        "COPY, the limit: the rows that the extension has stored, copied in binary into the same \
         tables and indexes of another database, a transaction a batch: traces, then the partition"
            .to_owned(),
    ]
}

fn run(bench: &Bench, databases: &Databases) -> Rates {
    let Scale { ingested, ingested_by_plain_sql, inserted_one_by_one, .. } = bench.scale;
    let batches = bench.loadgen.dump(ingested, BATCH);
    let few = usize::try_from(ingested_by_plain_sql / BATCH).expect("a small number");
    let rows = insert::rows(&batches, inserted_one_by_one);
    let session = |database| Session::emptied(database, &batches[0]);

    let extension = session(&databases.extension).ingest_rate(&batches, ingested);
    let copied = Rows::capture(&databases.extension);
    let mut client = session(&databases.copy).client;
    let copy = rate(ingested, || {
        assert_eq!(copied.copy_to(&mut client), u64::from(ingested), "copied events");
    });
    let plain_sql =
        session(&databases.plain_sql).ingest_rate(&batches[..few], ingested_by_plain_sql);
    let mut client = session(&databases.inserts).client;
    let inserts = rate(inserted_one_by_one, || insert::insert(&mut client, &rows));
    Rates { extension, plain_sql, inserts, copy }
}
