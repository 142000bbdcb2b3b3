//! `[storage.postgres] schema`: the API where `search_path` does not find it.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::harness::{Database, Flavour, Sidecar, event};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";

/// A name that has to be quoted.
const SCHEMA: &str = "Own schema";

const CASES: [Case; 2] = [
    ("everything_is_called_in_the_schema_that_is_named", named_schema),
    ("an_extension_in_another_schema_is_refused", extension_elsewhere),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "namespace", &CASES)
}

fn command(database: &Database) -> Command {
    let mut command = Sidecar::command_on(&database.to_string());
    command.env("RACEWAY_STORAGE__POSTGRES__SCHEMA", SCHEMA);
    command
}

fn named_schema(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_for(flavour);
        let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
        let run = |arguments: &[&str]| {
            let mut command = command(&database);
            let output = Sidecar::run({
                command.args(arguments).current_dir(folder.path());
                command
            });
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        assert!(run(&["migrate"]).starts_with("installed "));
        assert!(run(&["migrate"]).contains("is installed already"));
        let sidecar = Sidecar::start(command(&database));
        sidecar.store(&[event("t", "e", NOON)]);
        sidecar.post(&event("t", "f", "yesterday").to_string()).data();
        assert_eq!(sidecar.events("t").len(), 1);
        assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 1);
        assert_eq!(sidecar.get("/status").data()["events_captured"], 1);
        assert_eq!(sidecar.export("").lines().count(), 1);
        assert!(run(&["quarantine", "list"]).contains("timestamp: expected"));
        assert_eq!(run(&["quarantine", "replay"]), "stored 0, 1 remain\n");
        assert_eq!(run(&["quarantine", "clear"]), "forgot 1\n");
        run(&["export", "events.ndjson"]);
        assert_eq!(run(&["import", "events.ndjson"]), "0 new, 1 there already, 0 rejected\n");
        assert!(run(&["retention", "--keep", "30days"]).starts_with("deleted: "));
        let others = "SELECT count(*) FROM pg_class WHERE relname IN ('traces', 'frames')
                      AND relnamespace <> '\"Own schema\"'::regnamespace";
        let others = database.connect().query_one(others, &[]).expect("pg_class");
        assert_eq!(others.get::<_, i64>(0), 0);
    }
}

fn extension_elsewhere(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let mut command = command(&database);
    command.arg("migrate");
    let output = Sidecar::run(command);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(message.contains("the extension raceway is in the schema public"), "{message}");
}
