//! `backend = "supabase"`: the same as Postgres, with strangers kept out.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libtest_mimic::Trial;
use postgres::Client;

use super::contract;
use super::documentation::blocks;
use crate::World;
use crate::harness::{Database, Sidecar, Supabase, await_until, event, sqlstate};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_mins(1);

type Case = (&'static str, fn(&Supabase));

const CASES: [Case; 7] = [
    ("nothing_is_in_a_schema_that_is_served", own_schema),
    ("a_schema_that_is_served_is_refused", public_schema),
    ("strangers_see_no_row_whatever_is_granted", strangers),
    ("another_role_needs_policies_to_read", policies),
    ("what_is_printed_keeps_strangers_out_too", printed),
    ("pg_cron_does_the_retention_where_it_is", pg_cron),
    ("the_sidecar_does_the_retention_where_it_is_not", no_pg_cron),
];

/// A cluster, if it is wanted; gone with the last of its cases.
type Projects = Arc<LazyLock<Supabase>>;

pub(crate) fn trials(_: &Arc<World>) -> Vec<Trial> {
    let projects: Projects = Arc::new(LazyLock::new(Supabase::start));
    let own = CASES.map(|(name, case)| {
        let projects = Arc::clone(&projects);
        Trial::test(format!("supabase::{name}"), move || {
            case(&projects);
            Ok(())
        })
    });
    let of_contract = contract::CASES.map(|(name, case)| {
        let projects = Arc::clone(&projects);
        Trial::test(format!("supabase::contract::{name}"), move || {
            let project = projects.project();
            case(&Sidecar::start(projects.sidecar_command(&project)));
            project.assert_traces_are_true();
            Ok(())
        })
    });
    own.into_iter().chain(of_contract).collect()
}

fn count(client: &mut Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).expect(sql).get(0)
}

fn texts(database: &Database, sql: &str) -> Vec<String> {
    let rows = database.connect().query(sql, &[]).expect(sql);
    rows.iter().map(|row| row.get(0)).collect()
}

fn own_schema(projects: &Supabase) {
    let project = projects.project();
    let sidecar = Sidecar::start(projects.sidecar_command(&project));
    sidecar.store(&[event("t", "e", NOON)]);
    assert_eq!(sidecar.events("t").len(), 1);
    let schemas = "SELECT DISTINCT nspname::text FROM pg_namespace AS n
                   WHERE EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND oid >= 16384)
                      OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid AND oid >= 16384)";
    let ours: Vec<String> = texts(&project, schemas);
    assert_eq!(
        ours.iter().filter(|schema| !schema.starts_with("pg_")).collect::<Vec<_>>(),
        ["raceway"]
    );
    let granted = "SELECT rolname::text FROM pg_roles
                   WHERE rolname IN ('anon', 'authenticated', 'service_role')
                     AND has_schema_privilege(rolname, 'raceway', 'USAGE')";
    assert_eq!(texts(&project, granted), [""; 0]);
}

fn public_schema(projects: &Supabase) {
    let mut command = projects.sidecar_command(&projects.project());
    command.arg("migrate").env("RACEWAY_STORAGE__POSTGRES__SCHEMA", "public");
    let output = Sidecar::run(command);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("another than public"), "{message}");
}

/// Also partitions that are made later, and through the view.
fn strangers(projects: &Supabase) {
    let project = projects.project();
    let sidecar = Sidecar::start(projects.sidecar_command(&project));
    sidecar.store(&[event("t", "e", NOON), event("u", "f", "2026-11-23T12:00:00Z")]);
    sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    assert_strangers_see_nothing(&project, 2);
}

fn assert_strangers_see_nothing(project: &Database, partitions: usize) {
    let index = "SELECT raceway.raceway_create_index('created_at')";
    Supabase::connect_as(project, "project_owner").batch_execute(index).expect("an index");
    let relations = texts(
        project,
        "SELECT oid::regclass::text FROM pg_class
         WHERE relnamespace = 'raceway'::regnamespace AND relkind IN ('r', 'p', 'v')",
    );
    assert_eq!(relations.len(), 14 + partitions, "{relations:?}");
    let mut owner = Supabase::connect_as(project, "project_owner");
    await_until("traces are counted", LIMIT, || {
        count(&mut owner, "SELECT count(*) FROM raceway.raceway_uncounted") == 0
    });
    let mut anon = Supabase::connect_as(project, "anon");
    let denied = anon.query("SELECT FROM raceway.traces", &[]).expect_err("anon");
    assert_eq!(sqlstate(&denied), "42501");
    let careless = "GRANT USAGE ON SCHEMA raceway TO anon, authenticated;
                    GRANT ALL ON ALL TABLES IN SCHEMA raceway TO anon, authenticated";
    owner.batch_execute(careless).expect("GRANT");
    for relation in relations {
        let sql = format!("SELECT count(*) FROM {relation}");
        let all = count(&mut owner, &sql);
        let is_empty =
            ["events_default", "raceway_node", "raceway_uncounted"].contains(&&*relation);
        assert_eq!(all == 0, is_empty, "{relation}");
        for role in ["anon", "authenticated"] {
            let mut stranger = Supabase::connect_as(project, role);
            assert_eq!(count(&mut stranger, &sql), 0, "{role} sees rows of {relation}");
            let deleted = format!("DELETE FROM {relation}");
            assert_eq!(stranger.execute(&deleted, &[]).unwrap_or(0), 0, "{role}, {relation}");
        }
        assert_eq!(count(&mut owner, &sql), all);
    }
}

/// With what docs/PRIVILEGES.md says to grant to it, and without the policies.
fn policies(projects: &Supabase) {
    let project = projects.project();
    let mut command = projects.sidecar_command(&project);
    command.arg("migrate");
    assert!(Sidecar::run(command).status.success());
    let sql = blocks("docs/PRIVILEGES.md", "sql");
    let [grants, of_counting, _, policies] = &sql[..] else { panic!("{sql:?}") };
    let mut owner = Supabase::connect_as(&project, "project_owner");
    owner
        .batch_execute(&format!("SET search_path = raceway; {grants}; {of_counting}"))
        .expect("grants");
    project.connect().batch_execute("ALTER ROLE sidecar LOGIN").expect("LOGIN");
    let (usage, policies) = policies.split_once('\n').expect("lines");
    owner.batch_execute(usage).expect("USAGE");
    let mut command = Sidecar::command_on(&format!("{project} user=sidecar"));
    command.env("RACEWAY_STORAGE__BACKEND", "supabase");
    let sidecar = Sidecar::start(command);
    sidecar.store(&[event("t", "e", NOON)]);
    assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 0);
    owner.batch_execute(policies).expect("policies");
    assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 1);
    assert_eq!(sidecar.get("/api/services").data()["total_services"], 1);
    assert_eq!(sidecar.events("t").len(), 1);
}

fn printed(projects: &Supabase) {
    let project = projects.project();
    let mut command = projects.sidecar_command(&project);
    let output = Sidecar::run({
        command.args(["migrate", "--print"]);
        command
    });
    let script = String::from_utf8(output.stdout).expect("UTF-8");
    Supabase::connect_as(&project, "project_owner").batch_execute(&script).expect("the script");
    let mut command = projects.sidecar_command(&project);
    command.arg("migrate");
    let again = String::from_utf8(Sidecar::run(command).stdout).expect("UTF-8");
    assert!(again.contains("is installed already"), "{again}");
    let sidecar = Sidecar::start(projects.sidecar_command(&project));
    sidecar.store(&[event("t", "e", NOON)]);
    sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    assert_strangers_see_nothing(&project, 1);
}

fn pg_cron(projects: &Supabase) {
    let project = projects.project_with_cron();
    let serve = |keep: &str| {
        let mut command = projects.sidecar_command(&project);
        command.env("RACEWAY_RETENTION__KEEP", keep);
        Sidecar::start(command)
    };
    // The second time, what is scheduled already is changed.
    for (keep, interval) in [("7 days", "7 days"), ("36 hours", "1 day 12:00:00")] {
        let sidecar = serve(keep);
        sidecar.await_logged("with pg_cron");
        let jobs = "SELECT concat_ws(' | ', jobname, schedule, command) FROM cron.job";
        let command = format!("SELECT \"raceway\".raceway_retention('{interval}')");
        assert_eq!(texts(&project, jobs), [format!("raceway-retention | 0 * * * * | {command}")]);
        let mut owner = Supabase::connect_as(&project, "project_owner");
        owner.batch_execute("SET search_path = pg_catalog").expect("SET");
        owner.batch_execute(&command).expect("what pg_cron runs");
        assert!(!sidecar.log().contains("retention: deleted"), "{}", sidecar.log());
    }
}

fn no_pg_cron(projects: &Supabase) {
    let mut command = projects.sidecar_command(&projects.project());
    command.env("RACEWAY_RETENTION__KEEP", "7 days");
    let sidecar = Sidecar::start(command);
    sidecar.await_logged("retention: deleted");
}
