//! docs/SHARD.md, done by its own commands on two servers.

use serde_json::json;
use tempfile::TempDir;

use super::super::documentation::blocks;
use super::{NOON, Sharded, run, traces};
use crate::harness::{Database, Servers, Sidecar, event};

/// Its databases are on these servers, by their buckets; the proxy is on the first.
const SERVERS: [usize; 4] = [0, 1, 0, 1];

fn psql(database: &Database, sql: &str) {
    database.connect().batch_execute(sql).expect(sql);
}

pub(super) fn shard(servers: &Servers) {
    let [make, make_proxy, dump, restore, relocate] = &blocks("docs/SHARD.md", "sh")[..] else {
        panic!("other commands than are tested")
    };
    let [map] = &blocks("docs/SHARD.md", "sql")[..] else { panic!("other SQL than is tested") };
    let on = |server: usize| servers.all()[server].database("postgres");
    for (bucket, server) in SERVERS.into_iter().enumerate() {
        on(server).administer(&make.replace("raceway_0", &format!("raceway_{bucket}")));
    }
    let (create, migrate) = make_proxy.split_once('\n').expect("two commands");
    on(0).administer(create);
    let proxy = servers.all()[0].database("raceway_proxy");
    let output = Sidecar::run({
        let mut command = Sidecar::shell(migrate);
        command.env("PGHOST", proxy.socket_folder()).env("PGUSER", "postgres");
        command
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let place = |server: usize| format!("host={}", on(server).socket_folder().display());
    let there = |text: &str| {
        text.replace("host=db1.example.com", &place(0))
            .replace("host=db2.example.com", &place(1))
            .replace("host=db3.example.com", &place(0))
    };
    psql(&proxy, &there(map).replace("user 'raceway'", "user 'postgres'"));
    let node =
        |bucket: usize, server: usize| servers.all()[server].database(&format!("raceway_{bucket}"));

    let sidecar = Sidecar::postgres(&proxy);
    sidecar.store(&traces(50));
    let folder = TempDir::new().expect("a folder");
    let dumped = crate::harness::server_folder();
    let file = dumped.path().join("raceway_1.dump").display().to_string();
    on(1).administer(&dump.replace("raceway_1.dump", &file));
    let later: Vec<_> = (0..50).map(|n| event(&format!("t{n}"), "later", NOON)).collect();
    let data = sidecar.post(&json!(later).to_string()).data();
    assert_eq!((&data["rejected"], &data["stored_in"]), (&json!([]), &json!("spool")), "{data}");
    on(0).administer(&restore.replace("raceway_1.dump", &file));
    let connection = proxy.to_string();
    let arguments = there(relocate).replace(&['\''][..], "");
    let (command, to) = arguments.split_once(" --to ").expect("where to");
    let command = command.strip_prefix("raceway-sidecar ").expect("the program");
    let arguments: Vec<&str> = command.split(' ').chain(["--to", to]).collect();
    assert!(run(&connection, &arguments, &folder).starts_with("database 1 is at "));
    sidecar.await_drained();
    assert_eq!(sidecar.get("/status").data()["events_captured"], 100);
    assert_eq!(sidecar.get("/status").data()["traces_active"], 50);
    let status = run(&connection, &["cluster", "status"], &folder);
    assert_eq!(status.lines().count(), 4, "{status}");
    assert!(status.lines().nth(1).expect("one").contains(&place(0)), "{status}");

    // What it was moved from can't be what it is moved to.
    let mut wrong = Sidecar::command_on(&connection);
    wrong.args(["cluster", "move", "1", "--to", &format!("{} dbname=raceway_0", place(0))]);
    let output = Sidecar::run(wrong);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("expected database 1 "), "{error}");
    let nodes = vec![node(0, 0), node(1, 0), node(2, 0), node(3, 1)];
    Sharded { nodes, proxies: vec![proxy] }.assert_is_true();
}
