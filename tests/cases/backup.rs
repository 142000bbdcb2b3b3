//! Backups, and restores of them, by the commands of docs/BACKUP.md.

use std::path::Path;
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use super::documentation::section;
use crate::harness::{
    Cluster, Database, Flavour, Sidecar, Site, assert_goes_on, contents, event, fill, server_folder,
};
use crate::{World, install};

const PAGE: &str = "docs/BACKUP.md";

/// Folders that the page names.
const BACKUPS: &str = "/var/backups/raceway";
const RESTORED: &str = "/var/lib/postgresql/15/restored";

/// The moment that the page shows.
const DOCUMENTED_TIME: &str = "2026-11-28 10:00:00+00";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let dump = |&flavour: &Flavour| {
        let name = format!("backup::{}::a_dump_is_restored_on_another_server", flavour.name());
        world.trial(&name, move |_| dump_and_restore(flavour))
    };
    let mut trials: Vec<Trial> = world.flavours().iter().map(dump).collect();
    let name = "backup::a_point_in_time_is_restored_beside_the_server_that_goes_on";
    trials.push(world.trial(name, |_| point_in_time()));
    trials
}

/// A cluster whose database has the name that the page shows.
fn documented(flavour: Flavour) -> (Cluster, Database) {
    let cluster = Cluster::start("");
    let database = cluster.create_named("raceway", flavour);
    install(&database, flavour);
    (cluster, database)
}

/// The account of the server writes its backups here.
fn backups() -> (TempDir, String) {
    let folder = server_folder();
    let path = text(folder.path());
    (folder, path)
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn dump_and_restore(flavour: Flavour) {
    let [dump, restore] = &section(PAGE, "A dump", "sh")[..] else { panic!("other commands") };
    let (source, original) = documented(flavour);
    fill(&mut original.connect());
    let expected = contents(&mut original.connect());
    let (_folder, backups) = backups();
    source.database("postgres").administer(&dump.replace(BACKUPS, &backups));
    drop(source);
    let other = Cluster::start("");
    other.database("postgres").administer(&restore.replace(BACKUPS, &backups));
    let restored = other.database("raceway").for_role(flavour.owner());
    assert_eq!(contents(&mut restored.connect()), expected);
    restored.assert_traces_are_true();
    assert_goes_on(&restored);
}

/// A database of both flavours in one cluster, and what happens to each.
struct Archived {
    cluster: Cluster,
    extension: Database,
    plain_sql: Database,
    /// Where the base backup and the archive are.
    backups: String,
    _folder: TempDir,
}

impl Archived {
    /// Both databases hold something already when the base backup is made.
    fn new() -> Self {
        let (mut cluster, extension) = documented(Flavour::Extension);
        let plain_sql = cluster.create_named("raceway_plain_sql", Flavour::PlainSql);
        install(&plain_sql, Flavour::PlainSql);
        let (folder, backups) = backups();
        let commands = section(PAGE, "Every commit", "sh");
        let [settings, restart, base] = &commands[..] else { panic!("other commands") };
        assert_eq!(restart, "sudo systemctl restart postgresql@15-main");
        let administrator = cluster.database("postgres");
        administrator.administer(&format!("mkdir {backups}/wal"));
        administrator.administer(&settings.replace(BACKUPS, &backups));
        cluster.stop();
        cluster.restart();
        for database in [&extension, &plain_sql] {
            fill(&mut database.connect());
        }
        administrator.administer(&base.replace(BACKUPS, &backups));
        Archived { cluster, extension, plain_sql, backups, _folder: folder }
    }

    fn databases(&self) -> [&Database; 2] {
        [&self.extension, &self.plain_sql]
    }

    fn now(&self) -> String {
        let mut client = self.extension.connect();
        client.query_one("SELECT clock_timestamp()::text", &[]).expect("a time").get(0)
    }

    /// The cluster as it was then, beside this one.
    fn restored(&self, time: &str) -> Cluster {
        let commands = section(PAGE, "To a point in time", "sh");
        let [archive, create, copy, start, ready, _] = &commands[..] else {
            panic!("other commands")
        };
        // These two are of Debian: tests/packages runs them.
        assert!(create.starts_with("sudo pg_createcluster ") && start.starts_with("sudo pg_ctlcl"));
        let administrator = self.cluster.database("postgres");
        administrator.administer(&archive.replace(BACKUPS, &self.backups));
        let folder = server_folder();
        let there = [
            (BACKUPS, &*self.backups),
            (RESTORED, &format!("{}/data", folder.path().display())),
            (DOCUMENTED_TIME, time),
        ];
        let copy = there.iter().fold(copy.clone(), |copy, (documented, there)| {
            assert!(copy.contains(documented), "{documented} in {copy}");
            copy.replace(documented, there)
        });
        administrator.administer(&copy);
        let restored = self.cluster.start_like(folder);
        let ready = ready.replace(" --port=5433", "");
        restored.database("postgres").administer(&ready);
        restored
    }
}

/// The same database in another cluster.
fn in_cluster(database: &Database, cluster: &Cluster) -> Database {
    cluster.database(&database.name).for_role(&database.user)
}

fn numbered(trace_id: &str) -> Vec<Value> {
    let at = |number| format!("2026-11-22T12:00:{number:02}Z");
    (10..30).map(|number| event(trace_id, &format!("{trace_id}-{number}"), &at(number))).collect()
}

/// How many of these events are new to a sidecar, and how many it knows.
fn sent_again(sidecar: &Sidecar, events: &[Value]) -> (Value, Value) {
    let data = sidecar.post(&Value::from(events).to_string()).data();
    (data["accepted"].clone(), data["duplicates"].clone())
}

fn point_in_time() {
    let archived = Archived::new();
    let [before, after, since] = ["before", "after", "since"].map(numbered);
    let sites = archived.databases().map(|database| Site::on(&database.to_string()));
    let [on_extension, mut on_plain_sql] = sites.each_ref().map(Site::start);
    for sidecar in [&on_extension, &on_plain_sql] {
        sidecar.store(&before);
    }
    let time = archived.now();
    let expected = archived.databases().map(|database| contents(&mut database.connect()));
    for sidecar in [&on_extension, &on_plain_sql] {
        sidecar.store(&after);
    }
    // The accidents.
    let of = |database: &Database| database.for_superuser().connect();
    of(&archived.extension).batch_execute("DELETE FROM traces").expect("DELETE");
    of(&archived.plain_sql)
        .batch_execute("DROP TABLE traces, events_default CASCADE")
        .expect("DROP");
    on_extension.store(&since);
    let waiting = on_plain_sql.post(&Value::from(&since[..]).to_string()).data();
    assert_eq!(waiting["stored_in"], "spool", "{waiting}");
    on_plain_sql.terminate();

    let restored = archived.restored(&time);
    for (database, expected) in archived.databases().into_iter().zip(&expected) {
        let database = in_cluster(database, &restored);
        assert_eq!(contents(&mut database.connect()), *expected);
        database.assert_traces_are_true();
    }
    what_was_deleted_goes_back(&archived, &restored, &on_extension);
    the_sidecar_goes_on(&in_cluster(&archived.plain_sql, &restored), &sites[1]);
    for database in archived.databases().map(|database| in_cluster(database, &restored)) {
        let sidecar = Sidecar::postgres(&database);
        assert_eq!(sent_again(&sidecar, &before), (0.into(), before.len().into()));
        assert_eq!(sent_again(&sidecar, &after), (after.len().into(), 0.into()));
        database.assert_figures_are_kept();
        drop(sidecar);
        assert_goes_on(&database);
    }
}

/// The server that went on has again what it had then, and still has what came since.
fn what_was_deleted_goes_back(archived: &Archived, restored: &Cluster, sidecar: &Sidecar) {
    let commands = section(PAGE, "To a point in time", "sh");
    let documented = |port: u16| format!("host=/var/run/postgresql&port={port}'");
    let there = |cluster: &Cluster| {
        let folder = text(cluster.database("raceway").socket_folder());
        format!("host={folder}&port={}'", cluster.port())
    };
    let move_back = commands[5]
        .replace(&documented(5433), &there(restored))
        .replace(&documented(5432), &there(&archived.cluster));
    for expected in ["pass 1: ", "pass 1: 0 new, "] {
        let mut command = Sidecar::shell(&move_back);
        command.env("PGUSER", &archived.extension.user);
        let output = Sidecar::run(command);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(printed.starts_with(expected), "{printed}");
    }
    let of = |database: &Database, sql: &str| -> Vec<String> {
        let rows = database.connect().query(sql, &[]).expect(sql);
        rows.iter().map(|row| row.get(0)).collect()
    };
    let all = "SELECT trace_id || ' ' || event_id FROM events ORDER BY 1";
    let mut expected = of(&in_cluster(&archived.extension, restored), all);
    expected.extend((10..30).map(|number| format!("since since-{number}")));
    expected.sort_unstable();
    let mut there = of(&archived.extension, all);
    there.sort_unstable();
    assert_eq!(there, expected);
    assert_eq!(sidecar.events("before").len(), 20);
    archived.extension.assert_traces_are_true();
}

/// What was acknowledged and waited is stored in the restored database, once.
fn the_sidecar_goes_on(restored: &Database, site: &Site) {
    let copy = TempDir::with_prefix("raceway-test-").expect("a folder");
    copy_files(&site.spool(), copy.path());
    for _ in 0..2 {
        let mut command = site.command();
        command.env("RACEWAY_STORAGE__POSTGRES__CONNECTION_STRING", restored.to_string());
        let mut sidecar = Sidecar::start(command);
        sidecar.await_drained();
        assert_eq!(sidecar.events("since").len(), 20);
        assert_eq!(sidecar.get("/api/traces/after").status, 404);
        sidecar.terminate();
        // The second time, a spool that is older than the database.
        copy_files(copy.path(), &site.spool());
    }
    restored.assert_traces_are_true();
}

fn copy_files(from: &Path, to: &Path) {
    for file in from.read_dir().expect("a folder").map(|file| file.expect("a file").path()) {
        std::fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("a copy");
    }
}
