//! What linters for Postgres find in our SQL: nothing.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::harness::{Database, Finding, Sidecar, Supabase, await_until, event, pgspot, splinter};
use crate::{Case, World};

/// Sessions report once a second what they have used.
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 3] = [
    ("pgspot_finds_nothing_in_plain_sql", plain_sql),
    ("pgspot_finds_nothing_in_the_extension", extension),
    ("splinter_finds_nothing_on_supabase", supabase),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "lints", &CASES)
}

fn plain_sql(_: &World) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    for backend in ["postgres", "supabase"] {
        let mut command = Sidecar::command();
        command.args(["migrate", "--print", "--schema", "raceway"]);
        let script = Sidecar::run({
            command.env("RACEWAY_STORAGE__BACKEND", backend);
            command
        });
        let file = folder.path().join(backend);
        fs::write(&file, script.stdout).expect("a file");
        assert_eq!(pgspot("raceway", &file), [""; 0], "{backend}");
    }
}

/// The script that `CREATE EXTENSION` runs, and those of `ALTER EXTENSION`; pgspot calls their schema
/// so.
fn extension(world: &World) {
    let version = "SELECT default_version FROM pg_available_extensions WHERE name = 'raceway'";
    let database = world.cluster().database("postgres");
    let row = database.connect().query_one(version, &[]);
    let version: String = row.expect("the extension").get(0);
    let folder = database.program("pg_config").arg("--sharedir").output().expect("pg_config");
    let folder = String::from_utf8(folder.stdout).expect("UTF-8");
    let script = format!("{}/extension/raceway--{version}.sql", folder.trim());
    let updates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../extension/sql");
    let updates = fs::read_dir(updates).expect("extension/sql");
    let updates = updates.map(|entry| entry.expect("a script").path());
    for script in updates.chain([script.into()]) {
        assert_eq!(pgspot("extschema", &script), [""; 0], "{}", script.display());
    }
}

/// A database in use, as lints look for what is not.
fn supabase(_: &World) {
    let projects = Supabase::start();
    let project = projects.project_with_cron();
    let sidecar = Sidecar::start(projects.sidecar_command(&project));
    let of_service = |n: u32| {
        let mut event = event(&format!("t{n}"), &format!("e{n}"), "2026-11-22T12:00:00Z");
        event["metadata"]["service_name"] = format!("service {n}").into();
        event
    };
    sidecar.store(&(0..3000).map(of_service).collect::<Vec<_>>());
    // Traces that go on into another second are found by an index of their own.
    let lasting = |n: u32| event(&format!("t{n}"), &format!("f{n}"), "2026-11-22T12:00:05Z");
    sidecar.store(&(0..1000).map(lasting).collect::<Vec<_>>());
    sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    project.connect().batch_execute("ANALYZE").expect("ANALYZE");
    // Partitions of few events are read whole otherwise.
    let of_events = "SET enable_seqscan = off; SET enable_sort = off;
                     SELECT timestamp FROM raceway.events ORDER BY timestamp";
    await_until("indexes are used", LIMIT, || {
        sidecar.get("/api/traces").data();
        sidecar.get("/api/performance/metrics").data();
        sidecar.get("/api/services/health").data();
        sidecar.get("/api/traces?service=service+7").data();
        project.connect().batch_execute(of_events).expect("events");
        let unused = "SELECT count(*) FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
                      WHERE schemaname = 'raceway' AND NOT indisunique AND idx_scan = 0";
        project.connect().query_one(unused, &[]).expect("statistics").get::<_, i64>(0) == 0
    });
    // The linter looks at what PostgREST serves, here our schema, too.
    let served =
        format!("ALTER DATABASE {} SET pgrst.db_schemas = 'public, raceway'", project.name);
    project.connect().batch_execute(&served).expect("ALTER DATABASE");
    let findings = splinter(&project);
    let (bound, others): (Vec<&Finding>, Vec<_>) =
        findings.iter().partition(|finding| has_no_search_path(&project, finding));
    assert!(others.is_empty(), "{others:?}");
    // That it has looked at all.
    assert!(!bound.is_empty());
}

/// The linter warns of every function without a `search_path` of its own. One whose body is in
/// SQL-standard form is bound to its objects when it is created and looks nothing up; if it had a
/// `search_path` it could not be written into queries, and a batch would take twenty times as long.
/// An aggregate can't have one.
fn has_no_search_path(database: &Database, finding: &Finding) -> bool {
    let bound = "SELECT 'Function raceway.' || proname || ' has a role mutable search_path'
                 FROM pg_proc
                 WHERE pronamespace = 'raceway'::regnamespace
                   AND (prosqlbody IS NOT NULL OR prokind = 'a')";
    let rows = database.connect().query(bound, &[]).expect("pg_proc");
    finding.rule == "functionSearchPathMutable"
        && rows.iter().any(|row| row.get::<_, &str>(0) == finding.message)
}
