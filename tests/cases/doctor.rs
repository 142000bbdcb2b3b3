//! `raceway-sidecar doctor`: each line turns when what it speaks of is really so, and what it
//! recommends really mends it.

mod patient;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use postgres::Client;

use self::patient::{Patient, Report, run_sql};
use super::documentation::{blocks, page_text};
use super::tls::EncryptedServer;
use crate::harness::{
    Flavour, Pooler, Sidecar, Site, SmallDisk, Supabase, await_until, event, ingest,
};
use crate::{Case, World};

const CASES: [Case; 18] = [
    ("all_is_well_where_pg_cron_deletes", pg_cron),
    ("whoever_may_do_nothing_is_told_what_is_missing", role_without_privileges),
    ("roles_and_their_privileges", privileges),
    ("the_schema", schema),
    ("partitions", partitions),
    ("events_outside_of_partitions", default_partition),
    ("autovacuum_and_what_it_leaves", autovacuum),
    ("promises_of_the_server", durability),
    ("settings_of_the_server", settings),
    ("slow_calls_and_rejected_events", queries),
    ("the_spool", spool),
    ("tls", tls),
    ("a_replica", replica),
    ("through_a_pooler", pooler),
    ("on_supabase", supabase),
    ("without_a_server", no_server),
    ("the_store_in_memory", memory),
    ("the_documentation_shows_what_is_printed", documented),
];

/// pg_cron starts jobs at full minutes.
const CRON_LIMIT: Duration = Duration::from_secs(90);

/// Of a sidecar with its store in Postgres.
const NAMES: [&str; 29] = [
    "configuration",
    "listener",
    "ui",
    "connection",
    "tls",
    "version",
    "encoding",
    "writable",
    "connections",
    "schema",
    "privileges",
    "role",
    "access",
    "retention",
    "cron_history",
    "partitions",
    "default_partition",
    "rejected",
    "autovacuum",
    "vacuum",
    "wraparound",
    "durability",
    "shared_buffers",
    "wal_buffers",
    "checkpoint_completion_target",
    "max_wal_size",
    "queries",
    "disk",
    "spool",
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let trials = crate::trials(world, "doctor", &CASES);
    trials.into_iter().chain(crate::trials(world, "doctor", &OF_VERSIONS)).collect()
}

/// From nothing that deletes to a job that has run, each step as the doctor says it.
fn pg_cron(_: &World) {
    let patient = Patient::with_extension();
    let site = || Site::on(&patient.database.to_string());
    let examine = || Report::of(site().command());
    let report = examine();
    report.assert(&[("retention", "warning")]);
    patient.run_sql(report.get("retention", "remedy"));
    // It is another role's.
    let report = examine();
    report.assert(&[("retention", "warning"), ("cron_history", "warning")]);
    patient.run_sql(report.get("retention", "remedy"));
    let report = examine();
    report.assert(&[("retention", "warning")]);
    patient.run_sql("GRANT EXECUTE ON FUNCTION raceway_retention TO raceway_sidecar");
    let schedule = report.get("retention", "remedy").replace("0 2 * * *", "* * * * *");
    run_sql(&patient.database, &schedule);
    let report = examine();
    report.assert(&[("retention", "warning")]);
    assert!(report.get("retention", "message").ends_with("has not run yet"));
    await_until("pg_cron has run it", CRON_LIMIT, || examine().exit_status == Some(0));
    let report = examine();
    report.assert(&[]);
    assert_eq!(report.names(), NAMES);

    let job = "(SELECT jobid FROM cron.job WHERE username = 'raceway_sidecar')";
    patient.run_sql(&format!("SELECT cron.alter_job({job}, schedule => '0 2 * * *')"));
    let turns = |ill: &str| {
        patient.run_sql(ill);
        let report = examine();
        report.assert(&[("retention", "problem")]);
        report.get("retention", "remedy").to_owned()
    };
    patient.run_sql(&turns(&format!("SELECT cron.alter_job({job}, active => false)")));
    examine().assert(&[]);
    turns("UPDATE cron.job_run_details SET start_time = start_time - interval '50 hours'");
    patient
        .run_sql("UPDATE cron.job_run_details SET start_time = start_time + interval '50 hours'");
    turns(
        "INSERT INTO cron.job_run_details (jobid, username, status, return_message, start_time)
         SELECT jobid, username, 'failed', E'ERROR:\nit fails', now()
         FROM cron.job WHERE username = 'raceway_sidecar'",
    );
    // That the sidecar deletes too makes it less of a problem.
    let with_keep = Report::of(site().with("RETENTION__KEEP", "30 days").command());
    with_keep.assert(&[("retention", "warning")]);
    patient.run_sql("DELETE FROM cron.job_run_details WHERE status = 'failed'");

    patient.run_sql(
        "INSERT INTO cron.job_run_details (command)
         SELECT repeat('x', 300) FROM generate_series(1, 60000)",
    );
    let report = examine();
    report.assert(&[("cron_history", "warning")]);
    run_sql(&patient.database, report.get("cron_history", "remedy"));
    examine().assert(&[]);
}

/// Nothing that it can't see is well.
fn role_without_privileges(_: &World) {
    let mut patient = Patient::with_extension();
    patient.run_sql("CREATE ROLE nobody LOGIN");
    patient.database = patient.database.for_role("nobody");
    let report = patient.examine();
    assert_eq!(report.exit_status, Some(2));
    for name in ["default_partition", "disk"] {
        assert!(report.get(name, "message").starts_with("not checked: "), "{name}");
        assert_eq!(report.get(name, "status"), "warning");
    }
    assert_eq!(report.get("privileges", "status"), "problem");
    patient.mend(report.get("privileges", "remedy"));
    patient.assert_healthy();
    // The schema is not even found, or may not be looked into.
    patient.run_sql("REVOKE ALL ON SCHEMA public FROM public, nobody, raceway_sidecar");
    let named = patient.site().with("STORAGE__POSTGRES__SCHEMA", "public");
    for (report, why) in [
        (patient.examine(), "the schema is not installed"),
        (Report::of(named.command()), "ERROR: permission denied for schema public"),
    ] {
        assert_eq!(report.get("schema", "message"), "nobody may not use the schema public");
        assert_eq!(report.get("privileges", "message"), format!("not checked: {why}"));
    }
    patient.mend(patient.examine().get("schema", "remedy"));
    patient.assert_healthy();
}

fn privileges(_: &World) {
    let patient = Patient::with_extension();
    for (name, status, ill) in [
        (
            "privileges",
            "problem",
            "REVOKE ALL ON FUNCTION raceway_ingest_batches(text[]), raceway_retention(interval, boolean)
             FROM raceway_sidecar;
             REVOKE ALL ON FUNCTION _raceway_trace_text(text) FROM PUBLIC",
        ),
        (
            "privileges",
            "problem",
            "REVOKE SELECT ON raceway_figures, raceway_counted, raceway_uncounted, raceway_names
             FROM raceway_sidecar",
        ),
        ("connections", "warning", "ALTER ROLE raceway_sidecar CONNECTION LIMIT 5"),
        ("connections", "warning", "ALTER DATABASE patient CONNECTION LIMIT 5"),
        ("role", "warning", "ALTER ROLE raceway_sidecar SUPERUSER"),
        (
            "access",
            "warning",
            "CREATE ROLE anon; GRANT SELECT ON stored_events TO anon;
             GRANT EXECUTE ON FUNCTION raceway_retention(interval, boolean) TO anon;
             GRANT INSERT ON traces TO PUBLIC;
             GRANT CREATE ON SCHEMA public TO PUBLIC",
        ),
        ("writable", "problem", "ALTER ROLE raceway_sidecar SET default_transaction_read_only = on"),
    ] {
        if name == "role" {
            // What is recommended is another role: it is there already.
            patient.run_sql(ill);
            patient.await_only(name, status);
            patient.run_sql("ALTER ROLE raceway_sidecar NOSUPERUSER");
            patient.await_healthy(name);
        } else {
            patient.assert_mended(name, status, ill);
        }
    }
    patient.run_sql("ALTER ROLE raceway_sidecar CONNECTION LIMIT -1");
    patient.run_sql("ALTER DATABASE patient CONNECTION LIMIT -1");
    let site = patient.site().with("STORAGE__POSTGRES__MAX_CONNECTIONS", "1000");
    let report = Report::of(site.command());
    report.assert(&[("connections", "warning")]);
    let fitting = report.get("connections", "remedy").split(' ').nth(2).expect("a number");
    let site = site.with("STORAGE__POSTGRES__MAX_CONNECTIONS", fitting);
    // That of the report before may have counted a session that was just ending, or starting.
    await_until("it fits", Duration::from_secs(30), || {
        Report::of(site.command()).get("connections", "status") == "ok"
    });
    Report::of(site.command()).assert(&[]);
    let site = patient.site().with("STORAGE__POSTGRSE__MAX_CONNECTIONS", "3");
    let report = Report::of(site.command());
    report.assert(&[("configuration", "warning")]);
    assert!(
        report
            .get("configuration", "message")
            .ends_with("did you mean RACEWAY_STORAGE__POSTGRES__MAX_CONNECTIONS?")
    );
}

fn schema(world: &World) {
    let patient = Patient::with_plain_sql();
    for ill in [
        "UPDATE raceway_migrations SET checksum = 'another' WHERE name = 'functions'",
        "CREATE OR REPLACE FUNCTION raceway_version() RETURNS text LANGUAGE sql IMMUTABLE
         AS $$ SELECT '0.0.1' $$;
         UPDATE raceway_migrations SET checksum = 'another' WHERE name = 'functions'",
    ] {
        patient.assert_mended("schema", "problem", ill);
    }
    patient.run_sql("INSERT INTO raceway_migrations VALUES ('9999_later', 'unknown')");
    patient.await_only("schema", "problem");
    patient.run_sql("DELETE FROM raceway_migrations WHERE name = '9999_later'");
    patient.assert_healthy();

    let remedy = |report: &Report, expected: &str| {
        assert!(report.get("schema", "message").contains(expected), "{expected}");
        assert_eq!((report.get("schema", "status"), report.exit_status), ("problem", Some(2)));
        report.get("schema", "remedy").to_owned()
    };
    // In a schema that the role does not look into.
    patient.run_sql("ALTER ROLE owner IN DATABASE patient SET search_path = ''");
    let elsewhere = remedy(&patient.examine(), "does not look for it");
    assert_eq!(elsewhere, "schema = \"public\" in [storage.postgres]");
    let site = patient.site().with("STORAGE__POSTGRES__SCHEMA", "public");
    Report::of(site.command()).assert(&[]);

    let database = world.cluster().create_for(Flavour::Extension);
    let examine = || Report::of(Site::on(&database.to_string()).command());
    let psql = |sql: &str| database.connect().batch_execute(sql).expect(sql);
    assert_eq!(remedy(&examine(), "is not installed"), "raceway-sidecar migrate");
    psql("CREATE TABLE traces ()");
    let foreign = remedy(&examine(), "public has tables of others: traces");
    assert!(foreign.starts_with("schema = "), "{foreign}");
    psql("DROP TABLE traces");
    crate::install(&database, Flavour::Extension);
    assert_eq!(examine().get("schema", "status"), "ok");
    psql("UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'raceway'");
    assert_eq!(remedy(&examine(), "which this program expects"), "ALTER EXTENSION raceway UPDATE;");

    psql("CREATE DATABASE doctor_ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    let ascii = Site::on(&world.cluster().database("doctor_ascii").to_string());
    let report = Report::of(ascii.command());
    assert_eq!(report.get("encoding", "status"), "problem");
    assert!(report.get("encoding", "remedy").contains("ENCODING 'UTF8' TEMPLATE template0"));
}

fn partitions(_: &World) {
    let patient = Patient::with_plain_sql();
    // A superuser's, as those were that a superuser had made with 0.1.0.
    patient.run_sql(
        "DO $$ DECLARE
             leaf regclass := raceway_create_partition((now() AT TIME ZONE 'UTC')::date - 50);
         BEGIN EXECUTE format('ALTER TABLE %s OWNER TO CURRENT_USER', leaf); END $$",
    );
    let remedy = patient.await_only("partitions", "problem");
    patient.mend(&remedy);
    let remedy = patient.await_only("partitions", "warning");
    patient.mend(&remedy);
    patient.await_healthy("partitions");
    patient.assert_mended(
        "partitions",
        "warning",
        "DO $$ BEGIN EXECUTE format('CREATE TABLE events_%s ()',
             to_char((now() AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')); END $$",
    );
    patient.assert_mended(
        "partitions",
        "problem",
        "REVOKE CREATE ON SCHEMA public FROM pg_database_owner",
    );
    let now = chrono::Utc::now().to_rfc3339();
    ingest(&mut patient.database.connect(), &event("t", "e", &now).to_string());
    let report = patient.examine();
    report.assert(&[]);
    assert!(report.get("partitions", "message").contains("today and tomorrow are there"));
    misplaced_partitions(&patient);
}

const MISPLACE: &str = "
    DO $$ DECLARE
        leaf record;
    BEGIN
        CREATE TABLE kept AS SELECT * FROM stored_events WHERE \"timestamp\" < now() - interval '2 days';
        CREATE TABLE misplaced AS SELECT * FROM _raceway_partitions()
            WHERE day < (now() - interval '2 days')::date;
        FOR leaf IN SELECT * FROM misplaced LOOP
            EXECUTE format('ALTER TABLE stored_events DETACH PARTITION %s', leaf.partition);
            EXECUTE format('TRUNCATE %s', leaf.partition);
        END LOOP;
        FOR leaf IN SELECT * FROM misplaced LOOP
            EXECUTE format('ALTER TABLE stored_events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                           leaf.partition, leaf.day || ' 02:00Z', leaf.day + 1 || ' 02:00Z');
        END LOOP;
        INSERT INTO stored_events SELECT * FROM kept;
        DROP TABLE kept, misplaced;
    END $$";

/// Those of two days, two hours late: as 0.1.0 could make them.
fn misplaced_partitions(patient: &Patient) {
    let mut client = patient.database.connect();
    let day = |back: i64| (chrono::Utc::now() - chrono::Duration::days(back)).date_naive();
    let send = |client: &mut Client, trace: &str| {
        for (back, hour) in [(8, 12), (7, 1), (7, 12)] {
            let event =
                event(trace, &format!("{back} {hour}"), &format!("{}T{hour:02}:00:00Z", day(back)));
            ingest(client, &event.to_string());
        }
    };
    send(&mut client, "before");
    client.batch_execute(MISPLACE).expect("partitions with other bounds");
    let remedy = patient.await_only("partitions", "problem");
    patient.mend(&remedy);
    patient.await_healthy("partitions");
    // Before, those of the first two hours were refused.
    send(&mut client, "after");
    let placed = "SELECT bool_and(tableoid::regclass::text
                     = 'events_' || to_char(\"timestamp\" AT TIME ZONE 'UTC', 'YYYYMMDD')), count(*)
        FROM stored_events WHERE \"timestamp\" < now() - interval '2 days'";
    let row = client.query_one(placed, &[]).expect(placed);
    assert_eq!((row.get(0), row.get(1)), (true, 6_i64));
}

fn default_partition(_: &World) {
    let patient = Patient::with_plain_sql();
    let mut client = patient.database.connect();
    // While a table is locked, the others are looked at.
    let mut holder = patient.database.connect();
    holder.batch_execute("BEGIN; LOCK TABLE events_default").expect("a lock");
    let site = patient.site().with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
    let report = Report::of(site.command());
    report.assert(&[("default_partition", "warning"), ("disk", "warning")]);
    assert_eq!(report.get("disk", "message"), "not checked: no answer within 1s");
    holder.batch_execute("COMMIT").expect("COMMIT");
    // Somebody reads events_default: the day can't get its partition now.
    let mut reader = patient.database.connect();
    reader.batch_execute("BEGIN; SELECT FROM events_default").expect("a reader");
    let soon = (chrono::Utc::now() + chrono::Duration::days(2)).to_rfc3339();
    ingest(&mut client, &event("t", "e", &soon).to_string());
    reader.batch_execute("COMMIT").expect("COMMIT");
    let remedy = patient.await_only("default_partition", "warning");
    patient.mend(&remedy);
    patient.await_healthy("default_partition");

    let old = |count: usize| {
        let events: Vec<_> =
            (0..count).map(|n| event("old", &n.to_string(), "2001-01-01T00:00:00Z")).collect();
        serde_json::to_string(&events).expect("JSON")
    };
    ingest(&mut client, &old(1000));
    patient.assert_healthy();
    ingest(&mut client, &old(1001));
    patient.await_only("default_partition", "warning");
    let report = patient.examine();
    let message = report.get("default_partition", "message");
    assert!(message.contains("1001 events") && message.contains("most by bank"), "{message}");
    client.batch_execute("DELETE FROM traces WHERE trace_id = 'old'").expect("DELETE");
    patient.await_healthy("default_partition");
}

fn autovacuum(_: &World) {
    let patient = Patient::with_plain_sql();
    for (name, status, ill) in [
        ("autovacuum", "warning", "ALTER TABLE traces SET (autovacuum_enabled = off)"),
        ("autovacuum", "problem", "ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf()"),
        (
            "vacuum",
            "warning",
            "INSERT INTO traces (trace_id) SELECT n::text FROM generate_series(1, 10001) AS n;
             DELETE FROM traces",
        ),
        (
            "wraparound",
            "problem",
            "UPDATE pg_database SET datfrozenxid =
                 ((txid_current() + 4294967296 - 1700000000) % 4294967296)::text::xid
             WHERE datname = 'patient'",
        ),
    ] {
        patient.assert_mended(name, status, ill);
    }
}

fn durability(_: &World) {
    let patient = Patient::with_extension();
    for ill in [
        "ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf()",
        "ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf()",
        "ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf()",
        "ALTER ROLE raceway_sidecar SET synchronous_commit = off",
        "ALTER DATABASE patient SET synchronous_commit = off",
        "ALTER ROLE raceway_sidecar IN DATABASE patient SET synchronous_commit = off",
        "ALTER ROLE ALL SET synchronous_commit = off",
    ] {
        patient.assert_mended("durability", "problem", ill);
    }
    let options = format!("{} options='-c synchronous_commit=off'", patient.database);
    let site = Site::on(&options).with("RETENTION__KEEP", "30 days");
    let report = Report::of(site.command());
    report.assert(&[("durability", "problem")]);
    assert!(report.get("durability", "remedy").contains("out of the options"));
}

fn settings(_: &World) {
    let mut patient = Patient::with_extension();
    patient.assert_mended(
        "checkpoint_completion_target",
        "warning",
        "ALTER SYSTEM SET checkpoint_completion_target = 0.5; SELECT pg_reload_conf()",
    );
    patient.assert_mended("max_wal_size", "warning", &"CHECKPOINT; ".repeat(12));
    for (name, ill) in [
        ("shared_buffers", "ALTER SYSTEM SET shared_buffers = '1MB'"),
        ("wal_buffers", "ALTER SYSTEM SET wal_buffers = '1MB'"),
    ] {
        patient.run_sql(ill);
        patient.restart_server();
        let remedy = patient.await_only(name, "warning");
        patient.mend(&remedy);
        patient.restart_server();
        patient.await_healthy(name);
    }
}

fn queries(_: &World) {
    let patient = Patient::with_plain_sql();
    patient.assert_mended(
        "queries",
        "warning",
        &"SELECT _raceway_trace_text(''), pg_sleep(0.6); ".repeat(3),
    );
    let rejected = r#"SELECT raceway_quarantine('[{"received_at": "2026-11-22T12:00:00Z",
                          "source": "192.0.2.1", "reason": "none"}]')"#;
    patient.run_sql(rejected);
    let remedy = patient.await_only("rejected", "warning");
    assert!(remedy.starts_with("raceway-sidecar quarantine list;"), "{remedy}");
    patient.mend("raceway-sidecar quarantine clear");
    patient.await_healthy("rejected");
    // Who may not read them is told about how many there are.
    patient.run_sql(&format!("{rejected}; REVOKE ALL ON raceway_rejected FROM owner"));
    patient.await_only("rejected", "warning");
    patient.run_sql("DELETE FROM raceway_rejected");
    patient.await_healthy("rejected");
    patient.run_sql("DROP EXTENSION pg_stat_statements");
    let report = patient.examine();
    report.assert(&[]);
    assert!(report.get("queries", "message").starts_with("not counted"));
}

fn spool(_: &World) {
    let mut patient = Patient::with_extension();
    let site = patient.site();
    patient.cluster.stop();
    let mut sidecar = site.start();
    let data = sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    assert_eq!(data["stored_in"], "spool", "{data}");
    sidecar.kill();
    patient.cluster.restart();
    let report = Report::of(site.command());
    report.assert(&[("spool", "warning")]);
    assert!(report.get("spool", "remedy").starts_with("raceway-sidecar serve,"));
    let mut sidecar = site.start();
    sidecar.await_drained();
    Report::of(site.command()).assert(&[]);
    assert!(sidecar.terminate().success());

    let damaged = site.spool().join("damaged-1");
    fs::write(&damaged, "?").expect("a file");
    Report::of(site.command()).assert(&[("spool", "warning")]);
    fs::remove_file(damaged).expect("a file");
    Report::of(site.command()).assert(&[]);

    let with = |key: &str, value: &str| {
        let site = patient.site().with(&format!("STORAGE__FALLBACK__{key}"), value);
        (Report::of(site.command()), site)
    };
    for (mode, status) in [("spool", None), ("memory", Some("warning")), ("off", Some("warning"))] {
        let expected: Vec<_> = status.map(|status| ("spool", status)).into_iter().collect();
        with("MODE", mode).0.assert(&expected);
    }
    with("PATH", "/proc/version").0.assert(&[("spool", "problem")]);
    let disk = SmallDisk::mount("32m", 0);
    let (report, site) = with("PATH", &disk.path().display().to_string());
    report.assert(&[("spool", "problem")]);
    disk.grow("200m");
    let report = Report::of(site.command());
    report.assert(&[("spool", "warning")]);
    let fitting = report.get("spool", "remedy").split(' ').nth(2).expect("a number").to_owned();
    Report::of(site.with("STORAGE__FALLBACK__MAX_BYTES", fitting.trim_end_matches(',')).command())
        .assert(&[]);
}

/// To Linux, 0.0.0.0 is this machine; to the doctor it is not.
fn tls(_: &World) {
    let stage = EncryptedServer::new("db.test");
    let roots = stage.client.path("authority.crt");
    let examine = |address: &str, sslmode: &str| {
        let connection = format!(
            "host=db.test hostaddr={address} port={} user=postgres dbname=postgres \
             sslmode={sslmode} sslrootcert={}",
            stage.cluster.port(),
            roots.display()
        );
        Report::of(Site::on(&connection).command())
    };
    for (address, sslmode, status, expected) in [
        ("127.0.0.1", "disable", "ok", "does not leave this machine"),
        ("0.0.0.0", "disable", "warning", "not encrypted"),
        ("0.0.0.0", "prefer", "warning", "TLS 1.3, but the certificate may be another server's"),
        ("0.0.0.0", "verify-ca", "warning", "may be another server's"),
        ("0.0.0.0", "verify-full", "ok", "TLS 1.3, the certificate is verified for this host"),
    ] {
        let report = examine(address, sslmode);
        let message = report.get("tls", "message");
        assert!(message.contains(expected), "{address} {sslmode}: {message}");
        assert_eq!(report.get("tls", "status"), status, "{address} {sslmode}");
        let remedy = report.get("tls", "remedy");
        assert_eq!(remedy.starts_with("sslmode=verify-full"), status == "warning", "{remedy}");
    }
    fs::remove_file(&roots).expect("a file");
    let report = examine("0.0.0.0", "require");
    assert!(report.get("tls", "message").contains("is not verified"));
    stage
        .cluster
        .database("postgres")
        .connect()
        .batch_execute("ALTER SYSTEM SET ssl = off")
        .expect("off");
    stage.cluster.reload();
    let report = examine("0.0.0.0", "prefer");
    assert!(report.get("tls", "remedy").starts_with("ssl = on for the server"));
}

fn replica(_: &World) {
    let patient = Patient::with_extension();
    let mut standby = patient.cluster.standby();
    let replica = standby.database("patient");
    let of_sidecar = replica.for_role(&patient.database.user).to_string();
    let site = patient.site().with("STORAGE__POSTGRES__READ_CONNECTION_STRING", &of_sidecar);
    let examine = || Report::of(site.command());
    let report = examine();
    report.assert(&[]);
    assert_eq!(report.names().len(), NAMES.len() + 2);
    replica.connect().batch_execute("SELECT pg_wal_replay_pause()").expect("pause");
    let report = examine();
    report.assert(&[("replica", "warning")]);
    replica.connect().batch_execute(report.get("replica", "remedy")).expect("the remedy");
    examine().assert(&[]);
    standby.stop();
    examine().assert(&[("replica", "warning"), ("replica_tls", "warning")]);
    let primary = patient.database.to_string();
    let site = patient.site().with("STORAGE__POSTGRES__READ_CONNECTION_STRING", &primary);
    Report::of(site.command()).assert(&[("replica", "warning")]);
    // And a standby where the primary should be.
    standby.restart();
    let site = Site::on(&of_sidecar);
    let report = Report::of(site.command());
    assert_eq!(report.get("writable", "status"), "problem");
}

fn pooler(_: &World) {
    let patient = Patient::with_plain_sql();
    let pooler = Pooler::start(&patient.cluster);
    let site = Site::on(&pooler.connection(&patient.database)).with("RETENTION__KEEP", "30 days");
    await_until("the pooler's sessions are older", Duration::from_secs(30), || {
        let report = Report::of(site.command());
        report.assert(&[]);
        report.get("connection", "message").contains("through a pooler")
    });
    assert!(Report::of(site.command()).get("connections", "message").starts_with("the pooler"));
}

/// Its owner may not change settings; others need policies, and the roles of the REST API get nothing.
fn supabase(_: &World) {
    let supabase = Supabase::start();
    let project = supabase.project();
    let run = |arguments: &[&str]| {
        let mut command = supabase.sidecar_command(&project);
        command.args(arguments).env("RACEWAY_RETENTION__KEEP", "30 days");
        command
    };
    assert!(Sidecar::run(run(&["migrate"])).status.success());
    let examine = || Report::of(run(&[]));
    let report = examine();
    // Servers of tests are not durable.
    report.assert(&[("durability", "problem")]);
    assert!(report.get("durability", "remedy").starts_with("fsync is set by Supabase"));
    let execute = |sql: &str| run_sql(&project.for_superuser(), sql);
    execute("GRANT SELECT ON raceway.traces TO anon");
    let report = examine();
    report.assert(&[("access", "warning"), ("durability", "problem")]);
    execute(report.get("access", "remedy"));
    examine().assert(&[("durability", "problem")]);

    execute("CREATE ROLE forwarder LOGIN");
    let examine = || {
        let mut command = run(&[]);
        let connection = project.for_role("forwarder").to_string();
        command.env("RACEWAY_STORAGE__POSTGRES__CONNECTION_STRING", connection);
        Report::of(command)
    };
    for (name, expected) in [
        ("schema", "GRANT USAGE ON SCHEMA raceway TO forwarder;"),
        ("privileges", "GRANT USAGE ON SCHEMA raceway TO forwarder; GRANT EXECUTE"),
        ("privileges", "CREATE POLICY forwarder ON raceway.frames FOR SELECT"),
    ] {
        let report = examine();
        let remedy = report.get(name, "remedy");
        assert!(remedy.starts_with(expected), "{name}: {remedy}");
        execute(remedy);
    }
    examine().assert(&[("durability", "problem")]);
    execute("DROP OWNED BY forwarder; DROP ROLE forwarder");
}

fn no_server(_: &World) {
    let site = Site::on("host=127.0.0.1 port=1 user=postgres connect_timeout=5");
    let report = Report::of(site.command());
    assert_eq!(report.exit_status, Some(2));
    assert_eq!(report.names(), NAMES);
    for name in report.names() {
        let expected = match name {
            "configuration" | "listener" | "ui" | "spool" => "ok",
            "connection" => "problem",
            _ => "warning",
        };
        assert_eq!(report.get(name, "status"), expected, "{name}");
        let is_unchecked = report.get(name, "message") == "not checked: there is no connection";
        assert_eq!(is_unchecked, expected == "warning", "{name}");
    }
    // A line each, and what mends it below.
    let mut command = site.command();
    command.arg("doctor");
    let output = Sidecar::run(command);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), NAMES.len() + 1);
    assert!(text.contains("\nproblem  connection                    error connecting"), "{text}");

    let mut command = site.command();
    command.args(["--config", "missing.toml"]);
    let report = Report::of(command);
    report.assert(&[("configuration", "problem")]);
    let report = Report::of(Site::on("hots=a").command());
    assert!(report.get("connection", "message").contains("connection parameter of libpq"));
}

fn memory(_: &World) {
    let site = Site::memory();
    let report = Report::of(site.command());
    report.assert(&[]);
    assert_eq!(
        report.names(),
        ["configuration", "listener", "ui", "memory", "snapshot", "quarantine"]
    );
    for (key, value, name) in [
        ("STORAGE__MEMORY__SNAPSHOT", "/proc/version/events.ndjson", "snapshot"),
        ("STORAGE__QUARANTINE__PATH", "/proc/version/rejected", "quarantine"),
        ("STORAGE__MEMORY__MAX_BYTES", "1000000000000000", "memory"),
        ("SERVER__UI_DIR", "/proc", "ui"),
        ("SERVER__UI_DIR", "missing", "ui"),
        ("SERVER__UI_PASSWORD", "", "configuration"),
        ("SERVER__AUTH_ENABLED", "true", "configuration"),
        ("SERVER__CORS_ORIGINS", "example.com", "configuration"),
    ] {
        let site = Site::memory().with(key, value);
        Report::of(site.command()).assert(&[(name, "problem")]);
    }
    let site = Site::memory().with("STORAGE__MEMORY__SNAPSHOT", "events.ndjson.zst");
    let report = Report::of(site.command());
    report.assert(&[]);
    assert!(report.get("snapshot", "message").contains("events.ndjson.zst"));
}

/// Views and functions that are other ones in other versions.
pub(super) const OF_VERSIONS: [Case; 1] = [("every_check_can_be_made", every_check)];

fn every_check(world: &World) {
    for &flavour in world.flavours() {
        let database = world.cluster().create_with(flavour);
        let report = Report::of(Site::on(&database.to_string()).command());
        assert_eq!(report.names(), NAMES);
        for name in NAMES {
            let message = report.get(name, "message");
            assert!(!message.starts_with("not checked"), "{name}: {message}");
        }
        assert_eq!(report.get("version", "status"), "ok");
    }
}

fn documented(world: &World) {
    const PAGE: &str = "docs/DOCTOR.md";
    let [commands] = &blocks(PAGE, "sh")[..] else { panic!("other commands") };
    let database = world.cluster().create_with(Flavour::Extension);
    let site = Site::on(&database.to_string());
    let printed: Vec<String> = commands
        .lines()
        .map(|line| {
            let mut command = site.command();
            command.args(line.split(' ').skip(1));
            let output = Sidecar::run(command);
            assert_eq!(output.status.code(), Some(2), "{line}");
            String::from_utf8(output.stdout).expect("UTF-8")
        })
        .collect();
    let [text, json] = &printed[..] else { panic!("other commands than are tested: {commands}") };
    let example = &blocks(PAGE, "text")[0];
    assert!(example.lines().all(|line| text.lines().any(|printed| printed == line)), "{text}");
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let mut fields: Vec<_> = json["checks"][0].as_object().expect("a check").keys().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["message", "name", "remedy", "status"]);

    // Each check has its row, in the order in which they are printed.
    let page = page_text(PAGE);
    let (_, rows) = page.split_once("| check | ok means |\n|---|---|\n").expect("the table");
    let rows = rows.lines().take_while(|line| line.starts_with("| `"));
    let names = rows.flat_map(|row| {
        let cell = row.split(" | ").next().unwrap_or_default().trim_start_matches("| ");
        cell.split(", ").map(|name| name.trim_matches('`')).collect::<Vec<_>>()
    });
    let mut expected = NAMES.to_vec();
    expected.splice(NAMES.len() - 1..NAMES.len() - 1, ["replica", "replica_tls"]);
    assert_eq!(names.collect::<Vec<_>>(), expected);
}
