//! pg_dump and restore, twice over.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;

use crate::World;
use crate::harness::{Database, Flavour, event, ingest, recorded_requests};

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_flavour = |&flavour: &Flavour| {
        let name = format!("dump::{}::a_restored_database_goes_on", flavour.name());
        world.trial(&name, move |world| a_restored_database_goes_on(world, flavour))
    };
    world.flavours().iter().map(of_flavour).collect()
}

fn a_restored_database_goes_on(world: &World, flavour: Flavour) {
    let original = world.cluster().create_with(flavour);
    fill(&mut original.connect());
    let contents = checksum(&mut original.connect());
    let mut source = original;
    for _ in 0..2 {
        let copy = world.cluster().create_for(flavour);
        restore(&source, &copy);
        assert_eq!(checksum(&mut copy.connect()), contents);
        copy.assert_traces_are_true();
        source = copy;
    }
    // The restored one is in working order: it knows its events, takes new ones, and forgets.
    let mut client = source.connect();
    for body in recorded_requests() {
        assert_eq!(ingest(&mut client, &body), 0);
    }
    let new = event("new", "e", "2026-11-22T12:00:00Z").to_string();
    ingest(&mut client, &new);
    client.execute("DELETE FROM traces WHERE trace_id LIKE 'late%'", &[]).expect("DELETE");
    source.assert_traces_are_true();
    client.query("SELECT raceway_retention('1 day')", &[]).expect("raceway_retention");
    source.assert_traces_are_true();
}

/// Run-time partitions and rows in the default one.
fn fill(client: &mut Client) {
    for body in recorded_requests() {
        ingest(client, &body);
    }
    client.batch_execute("SELECT raceway_create_partition('2026-11-22')").expect("a partition");
    for id in ["late-1", "late-2"] {
        let batch = event(id, id, "2001-01-01T12:00:00Z").to_string();
        ingest(client, &batch);
    }
}

/// Of every row of both tables, and of where it is.
fn checksum(client: &mut Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT tableoid::regclass::text || e::text FROM stored_events AS e
             UNION ALL SELECT e::text FROM events AS e
             UNION ALL SELECT t::text FROM traces AS t ORDER BY 1",
            &[],
        )
        .expect("rows");
    assert!(rows.len() > 1700);
    rows.iter().map(|row| row.get(0)).collect()
}

fn restore(from: &Database, to: &Database) {
    let dump = succeed(from.program("pg_dump").stdout(Stdio::piped()));
    let mut psql = to.program("psql");
    psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-"]);
    let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), &dump.stdout).expect("psql");
    let status = child.wait().expect("psql");
    assert!(status.success(), "psql: {status}");
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("a program of Postgres");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}
