//! Where connections go and how they are kept: hosts, passwords, services, replicas, and the pool.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::harness::{
    Cluster, Database, Flavour, LikePsql, Network, Sidecar, Site, await_until, event, set_mode,
};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_mins(1);

const CASES: [Case; 11] = [
    ("passwords_are_found_where_libpq_finds_them", passwords),
    ("a_password_file_can_be_changed_while_the_sidecar_runs", password_file),
    ("services_and_variables_are_those_of_libpq", services),
    ("a_session_is_what_target_session_attrs_wants", session_attributes),
    ("a_host_that_does_not_answer_is_passed_over", silent_host),
    ("reads_go_to_the_replica", replica),
    ("a_replica_that_is_away_costs_no_answer", replica_away),
    ("connections_are_kept_open", kept_open),
    ("connections_that_the_network_has_lost_cost_no_event", lost_connections),
    ("supabase_is_encrypted_unless_it_is_on_this_machine", supabase_encryption),
    ("supabases_stumbling_blocks_are_explained", supabase_explanations),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "connections", &CASES)
}

/// A server that wants the password of `me` by TCP, and lets everybody in by its socket.
fn guarded() -> (Cluster, LikePsql) {
    let cluster = Cluster::start_on_tcp();
    LikePsql::prepare(&cluster);
    let role = format!(
        "CREATE ROLE me LOGIN PASSWORD 'it''s: \\ s%cret' IN ROLE {}",
        Flavour::PlainSql.owner()
    );
    cluster.database("postgres").connect().batch_execute(&role).expect("a role");
    cluster.write("pg_hba.conf", "local all postgres trust\nhost all all all scram-sha-256\n");
    cluster.reload();
    (cluster, LikePsql::default())
}

const PASSWORD: &str = r"it's: \ s%cret";

fn passwords(_: &World) {
    let (cluster, client) = guarded();
    let port = cluster.port();
    let plain = format!("host=127.0.0.1 port={port} user=me dbname=postgres");
    let url = |password: &str| format!("postgresql://me:{password}@127.0.0.1:{port}/postgres");
    for (connection, variables, expected) in [
        (plain.clone(), vec![], false),
        (format!(r"{plain} password='it\'s: \\ s%cret'"), vec![], true),
        (url("it's%3A%20%5C%20s%25cret"), vec![], true),
        (url("it's:%20%5C%20s%25cret"), vec![], true),
        (url("it's%3A%20%5C%20s%cret"), vec![], false),
        (plain.clone(), vec![("PGPASSWORD", PASSWORD)], true),
        (plain.clone(), vec![("PGPASSWORD", "guess")], false),
        (format!("{plain} password=guess"), vec![("PGPASSWORD", PASSWORD)], false),
    ] {
        client.assert(&connection, &variables, expected);
    }
    let escaped = PASSWORD.replace('\\', r"\\").replace(':', r"\:");
    for (line, expected) in [
        (format!("127.0.0.1:{port}:postgres:me:{escaped}"), true),
        (format!("# comment\n\n*:*:*:*:{escaped}"), true),
        (format!("127.0.0.1:1:*:*:guess\n*:{port}:*:me:{escaped}\n*:*:*:*:guess"), true),
        (format!("*:*:*:me:guess\n*:*:*:me:{escaped}"), false),
        (format!("localhost:*:*:*:{escaped}"), false),
        (format!("*:*:other:*:{escaped}"), false),
        (format!("*:*:*:{escaped}"), false),
    ] {
        let file = client.write("passwords", &line);
        let file = file.to_str().expect("UTF-8");
        client.assert(&plain, &[("PGPASSFILE", file)], expected);
        client.assert(&format!("{plain} passfile={file}"), &[], expected);
        client.write(".pgpass", &line);
        client.assert(&plain, &[], expected);
        client.remove(".pgpass");
        set_mode(&client.path("passwords"), 0o640);
        client.assert(&plain, &[("PGPASSFILE", file)], false);
    }
}

fn password_file(_: &World) {
    let (cluster, client) = guarded();
    let database = cluster.database("postgres");
    let file = client.write("secret", &format!("{PASSWORD}\n"));
    let connection = format!("host=127.0.0.1 port={} user=me dbname=postgres", cluster.port());
    let site = Site::on(&connection)
        .with("STORAGE__POSTGRES__PASSWORD_FILE", file.to_str().expect("UTF-8"))
        .with("STORAGE__POSTGRES__CONNECTION_TIMEOUT_SECONDS", "5");
    let sidecar = site.start();
    sidecar.store(&[event("t", "before", NOON)]);
    client.write("secret", "changed");
    let change = "ALTER ROLE me PASSWORD 'changed';
                  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE application_name = 'raceway-sidecar'";
    database.connect().batch_execute(change).expect("a new password");
    let stored = |id: &str| sidecar.post(&event("t", id, NOON).to_string()).data();
    let mut id = 0;
    await_until("events are stored in Postgres", LIMIT, || {
        id += 1;
        stored(&id.to_string())["stored_in"] == "postgres"
    });
    for (content, expected) in [(None, "No such file"), (Some("\n"), "expected a password")] {
        match content {
            Some(content) => drop(client.write("secret", content)),
            None => client.remove("secret"),
        }
        let mut command = site.command();
        command.arg("migrate");
        let output = Sidecar::run(command);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && message.contains(expected), "{message}");
    }
}

fn services(_: &World) {
    let (cluster, client) = guarded();
    let port = cluster.port();
    let host = format!("host=127.0.0.1\nport={port}\nuser=me\ndbname=postgres\n");
    let password = format!("password={PASSWORD}\n");
    let services =
        format!("# of this test\n[other]\nhost=nowhere\n\n[mine]\n{host}{password}[bare]\n{host}");
    let file = client.write("services", &services);
    let file = file.to_str().expect("UTF-8");
    let elsewhere = client.write("system/pg_service.conf", &services);
    let system = elsewhere.parent().and_then(|folder| folder.to_str()).expect("a folder");
    let port = port.to_string();
    let named = ("PGSERVICEFILE", file);
    for (connection, variables, expected) in [
        ("service=mine", vec![named], true),
        ("service=mine", vec![("PGSYSCONFDIR", system)], true),
        ("service=mine", vec![], false),
        ("service=bare", vec![named], false),
        ("service=bare", vec![named, ("PGPASSWORD", PASSWORD)], true),
        ("service=third", vec![named], false),
        ("service=mine user=nobody", vec![named], false),
        ("service=mine", vec![named, ("PGHOST", "nowhere")], true),
        ("postgresql://?service=mine", vec![named], true),
        ("", vec![named, ("PGSERVICE", "mine")], true),
        ("", vec![("PGSERVICE", "mine")], false),
    ] {
        client.assert(connection, &variables, expected);
    }
    client.write(".pg_service.conf", &services);
    client.assert("service=mine", &[], true);
    client.write(".pg_service.conf", "[mine]\nhots=127.0.0.1\n");
    client.assert("service=mine", &[], false);
    let variables = [("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "me")];
    let [host, port, user] = variables;
    let (database, password) = (("PGDATABASE", "postgres"), ("PGPASSWORD", PASSWORD));
    client.assert("", &[host, port, user, database, password], true);
    client.assert(
        "",
        &[("PGHOST", "nowhere"), ("PGHOSTADDR", "127.0.0.1"), port, user, database, password],
        true,
    );
    client.assert("", &[host, port, user, database], false);
    client.assert("", &[host, port, user, password], false);
    client.assert("host=127.0.0.1", &[port, user, database, password], true);
    client.assert("", &[host, port, user, database, password, ("PGOPTIONS", "--oops")], false);
}

fn session_attributes(_: &World) {
    let primary = Cluster::start("");
    LikePsql::prepare(&primary);
    let standby = primary.standby();
    let client = LikePsql::default();
    let folder = |cluster: &Cluster| {
        cluster.database("postgres").socket_folder().to_str().expect("UTF-8").to_owned()
    };
    let (primary, standby) = (folder(&primary), folder(&standby));
    let both = format!("{standby},{primary}");
    for (wanted, on_primary, on_standby) in [
        ("any", true, true),
        ("read-write", true, false),
        ("read-only", false, true),
        ("primary", true, false),
        ("standby", false, true),
        ("prefer-standby", true, true),
        ("best", false, false),
    ] {
        let is_known = wanted != "best";
        for (hosts, expected) in [(&primary, on_primary), (&standby, on_standby), (&both, is_known)]
        {
            let connection =
                format!("host={hosts} user=postgres dbname=postgres target_session_attrs={wanted}");
            client.assert(&connection, &[], expected);
            let unsaid = connection.replace(&format!(" target_session_attrs={wanted}"), "");
            client.assert(&unsaid, &[("PGTARGETSESSIONATTRS", wanted)], expected);
        }
    }
    client.assert(&format!("host={both},x port=1,2 user=postgres dbname=postgres"), &[], false);
}

/// It takes connections and says nothing.
fn silent_host(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let (silent, working) = (world.cluster().proxy(), world.cluster().proxy());
    silent.set(Network::Hang);
    let site = Site::on(&database.through(&[&silent, &working]));
    let sidecar = site.start();
    let data = sidecar.post(&event("t", "e", NOON).to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
}

/// A primary with its standby, and a sidecar that reads there.
fn replicated() -> (Cluster, Cluster, Site) {
    let primary = Cluster::start("");
    let database = primary.create_for(Flavour::PlainSql);
    crate::install(&database, Flavour::PlainSql);
    let standby = primary.standby();
    let read = standby.database(&database.name).for_role(&database.user).to_string();
    let site =
        Site::on(&database.to_string()).with("STORAGE__POSTGRES__READ_CONNECTION_STRING", &read);
    (primary, standby, site)
}

fn replica(_: &World) {
    let (_primary, standby, site) = replicated();
    let sidecar = site.start();
    sidecar.store(&[event("t", "e", NOON)]);
    await_until("the replica has it", LIMIT, || sidecar.get("/api/traces/t").status == 200);
    let mut client = standby.database("postgres").connect();
    client.batch_execute("SELECT pg_wal_replay_pause()").expect("pg_wal_replay_pause");
    sidecar.store(&[event("u", "e", NOON)]);
    sidecar.get("/api/traces/u").error(404);
    assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 1);
    assert_eq!(sidecar.get("/status").data()["events_captured"], 1);
    // Who exports wants all there is.
    assert_eq!(sidecar.export("").lines().count(), 2);
    client.batch_execute("SELECT pg_wal_replay_resume()").expect("pg_wal_replay_resume");
    await_until("the replica has it", LIMIT, || sidecar.get("/api/traces/u").status == 200);
}

fn replica_away(_: &World) {
    let (mut primary, mut standby, site) = replicated();
    let sidecar = site.start();
    sidecar.store(&[event("t", "e", NOON)]);
    await_until("the replica has it", LIMIT, || sidecar.get("/api/traces/t").status == 200);
    standby.stop();
    assert_eq!(sidecar.events("t").len(), 1);
    sidecar.await_logged("reads go to the primary");
    standby.restart();
    await_until("the replica is asked again", LIMIT, || {
        assert_eq!(sidecar.events("t").len(), 1);
        let reading = "SELECT FROM pg_stat_activity
                       WHERE application_name = 'raceway-sidecar' AND query LIKE '%trace%'";
        let rows = standby.database("postgres").connect().query(reading, &[]);
        !rows.expect("pg_stat_activity").is_empty()
    });
    primary.stop();
    let data = sidecar.post(&event("u", "e", NOON).to_string()).data();
    assert_eq!(data["stored_in"], "spool", "{data}");
    assert_eq!(sidecar.events("t").len(), 1);
    primary.restart();
    sidecar.await_drained();
}

/// Waits until at least four connections are open that were not among these; returns them.
fn await_four(database: &Database, but: &[u32]) -> Vec<u32> {
    let mut open = Vec::new();
    await_until("four connections are open", LIMIT, || {
        open = database.sidecar_backends();
        open.retain(|backend| !but.contains(backend));
        open.len() >= 4
    });
    open
}

fn kept_open(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let site = Site::on(&database.to_string()).with("STORAGE__POSTGRES__MIN_CONNECTIONS", "4");
    let sidecar = site.start();
    let before = await_four(&database, &[]);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'raceway-sidecar'";
    database.connect().batch_execute(end).expect("pg_terminate_backend");
    await_four(&database, &before);
    let data = sidecar.post(&event("t", "e", NOON).to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
    assert!(!sidecar.log().contains("Postgres is away"), "{}", sidecar.log());
}

fn lost_connections(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]))
        .with("STORAGE__POSTGRES__MIN_CONNECTIONS", "4")
        .with("STORAGE__POSTGRES__IDLE_CHECK_SECONDS", "1");
    let sidecar = site.start();
    sidecar.store(&[event("t", "e", NOON)]);
    let before = await_four(&database, &[]);
    proxy.lose_connections();
    await_four(&database, &before);
    let data = sidecar.post(&event("t", "f", NOON).to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
    assert!(!sidecar.log().contains("Postgres is away"), "{}", sidecar.log());
}

/// What `migrate` says with the backend `supabase`.
fn on_supabase(connection: &str) -> (bool, String) {
    let mut command = Sidecar::command_on(connection);
    command.arg("migrate").env("RACEWAY_STORAGE__BACKEND", "supabase");
    let output = Sidecar::run(command);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn supabase_encryption(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let proxy = world.cluster().proxy();
    let here = database.through(&[&proxy]);
    // As the backend, so the name of the host: neither is asked, both are read.
    let remote = here.replace("host=127.0.0.1", "host=db.test hostaddr=192.0.2.1");
    for (connection, is_accepted, expected) in [
        (database.to_string(), true, ""),
        (here.clone(), true, ""),
        (format!("{here} sslmode=disable"), true, ""),
        (format!("{here} sslmode=require"), false, "does not support TLS"),
        (format!("{remote} sslmode=disable"), false, "expected require, verify-ca or verify-full"),
        (format!("{remote} sslmode=prefer"), false, "expected require, verify-ca or verify-full"),
    ] {
        let (is_successful, message) = on_supabase(&connection);
        assert_eq!(is_successful, is_accepted, "{connection}: {message}");
        assert!(message.contains(expected), "{connection}: {message}");
    }
    // By a name that is not this machine's, to a server without TLS.
    let named = here.replace("host=127.0.0.1", "host=127.0.0.1.nip.test hostaddr=127.0.0.1");
    assert!(on_supabase(&named).0, "an address of this machine");
}

fn supabase_explanations(world: &World) {
    let closed = world.cluster().proxy();
    let port = closed.port();
    drop(closed);
    let direct = format!("host=db.abc.supabase.co hostaddr=127.0.0.1 port={port} user=postgres");
    let pooler = "host=aws-0-eu-west-1.pooler.supabase.com hostaddr=127.0.0.1";
    for (connection, expected) in [
        (direct, "IPv6 address only"),
        (format!("{pooler} port={port} user=postgres"), "expected postgres.<project>"),
        (format!("{pooler} port={port} user=postgres.abc"), "Connection refused"),
        ("postgresql://postgres:pa@ss@db.abc.supabase.co:5432/postgres".into(), "write @ as %40"),
        ("postgresql://postgres:pa/ss@db.abc.supabase.co:5432/postgres".into(), "/ as %2F"),
        ("postgresql://postgres:pa%ss@db.abc.supabase.co:5432/postgres".into(), "% as %25"),
        ("postgresql://postgres:p@db.[project].supabase.co:5432/postgres".into(), "[placeholder]"),
    ] {
        let (is_successful, message) = on_supabase(&connection);
        assert!(!is_successful && message.contains(expected), "{connection}: {message}");
        assert!(!message.contains("ss@"), "a part of the password: {message}");
    }
}
