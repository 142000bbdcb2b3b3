//! A Postgres cluster of its own in a temporary folder, reached by its socket; by TCP where a case
//! needs that.

use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::account::{self, server_account};
use crate::port::free_port;
use crate::{Proxy, await_until, process, send_signal};

const START_LIMIT: Duration = Duration::from_mins(1);

/// Of the socket, where there is nobody to share it with.
const DEFAULT_PORT: u16 = 5432;

/// How the API came into a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `CREATE EXTENSION raceway`.
    Extension,
    /// The functions in plain SQL.
    PlainSql,
}

impl Flavour {
    /// Both.
    pub const ALL: [Flavour; 2] = [Flavour::Extension, Flavour::PlainSql];

    /// What `raceway_flavour()` answers, and the name of the template database.
    pub fn name(self) -> &'static str {
        match self {
            Flavour::Extension => "extension",
            Flavour::PlainSql => "sql",
        }
    }
}

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    folder: TempDir,
    port: u16,
    server: Child,
    databases: AtomicU32,
}

/// A database of a cluster.
#[derive(Clone)]
pub struct Database {
    socket_folder: PathBuf,
    port: u16,
    /// What `CREATE DATABASE` called it.
    pub name: String,
}

/// As a connection string.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (folder, port) = (self.socket_folder.display(), self.port);
        write!(f, "host={folder} port={port} user=postgres dbname={}", self.name)
    }
}

impl Cluster {
    /// Starts a cluster of the version that `tests/run` names, with pg_cron and these settings.
    pub fn start(settings: &str) -> Self {
        Cluster::start_on(DEFAULT_PORT, settings)
    }

    /// Starts one that is reached by TCP too.
    pub fn start_on_tcp() -> Self {
        Cluster::start_on(free_port(), "listen_addresses = '127.0.0.1'")
    }

    fn start_on(port: u16, settings: &str) -> Self {
        let folder = account::server_folder();
        let data = folder.path().join("data");
        let initialised = server_command("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .expect("initdb");
        assert!(initialised.success(), "initdb: {initialised}");
        let configuration = format!(
            "listen_addresses = ''\n\
             shared_preload_libraries = 'pg_cron'\n\
             max_connections = 200\n\
             fsync = off\n\
             port = {port}\n\
             {settings}\n"
        );
        fs::write(data.join("postgresql.auto.conf"), configuration).expect("configuration");
        Cluster::start_in(folder, port)
    }

    /// Starts a cluster that follows this one, and waits until it does.
    #[must_use]
    pub fn standby(&self) -> Self {
        let folder = account::server_folder();
        let mut command = server_command("pg_basebackup");
        command.arg("--host").arg(self.folder.path()).args(["--username=postgres", "--no-sync"]);
        command.arg("--port").arg(self.port.to_string());
        command.args(["--checkpoint=fast", "--write-recovery-conf", "--pgdata"]);
        let copied = command.arg(folder.path().join("data")).status().expect("pg_basebackup");
        assert!(copied.success(), "pg_basebackup: {copied}");
        let standby = Cluster::start_in(folder, self.port);
        let mut client = self.database("postgres").connect();
        await_until("the standby follows", START_LIMIT, || {
            let sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
            client.query_one(sql, &[]).expect("pg_stat_replication").get::<_, i64>(0) > 0
        });
        standby
    }

    /// Starts the server whose data is in this folder; its socket is there too.
    fn start_in(folder: TempDir, port: u16) -> Self {
        let socket = folder.path().display();
        let places = format!("unix_socket_directories = '{socket}'\ncron.host = '{socket}'\n");
        // Of equal settings, the last counts: a copied cluster has those of another folder too.
        let settings = folder.path().join("data/postgresql.auto.conf");
        let mut settings = fs::File::options().append(true).open(settings).expect("configuration");
        settings.write_all(places.as_bytes()).expect("configuration");
        let server = spawn_server(folder.path());
        let cluster = Cluster { folder, port, server, databases: AtomicU32::new(0) };
        cluster.await_connections();
        cluster
    }

    /// Waits until it takes connections.
    pub fn await_connections(&self) {
        let database = self.database("postgres");
        await_until("Postgres takes connections", START_LIMIT, || {
            Client::connect(&database.to_string(), NoTls).is_ok()
        });
    }

    /// A database that exists.
    pub fn database(&self, name: &str) -> Database {
        let socket_folder = self.folder.path().to_owned();
        Database { socket_folder, port: self.port, name: name.to_owned() }
    }

    /// A new database, like the template.
    pub fn create_database(&self, template: &str) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        self.create_named(&format!("test_{number}"), template)
    }

    /// A new database with the API.
    pub fn create_with(&self, flavour: Flavour) -> Database {
        self.create_database(flavour.name())
    }

    /// A new database of this name, like the template.
    pub fn create_named(&self, name: &str, template: &str) -> Database {
        self.database("postgres")
            .connect()
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .expect("CREATE DATABASE");
        self.database(name)
    }

    /// Stops the server at once, without a word to its clients' programs.
    pub fn stop(&mut self) {
        // SIGQUIT: the postmaster takes its backends along.
        send_signal("QUIT", self.server.id());
        self.server.wait().expect("wait");
    }

    /// Ends every process of the server without a chance to do anything about it.
    pub fn kill(&mut self) {
        let children = process::children(self.server.id());
        self.server.kill().expect("kill");
        self.server.wait().expect("wait");
        // A backend that outlives its postmaster would keep the next one from starting.
        for &child in &children {
            send_signal("KILL", child);
        }
        await_until("the backends are gone", START_LIMIT, || {
            !children.iter().any(|&child| process::is_running(child))
        });
    }

    /// How often the server has ended all of its processes, because one was killed, and gone on.
    pub fn recoveries(&self) -> usize {
        self.log().matches("reinitializing").count()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("log")
    }

    /// Holds every process of the server until the value is dropped: connections stay open, and
    /// nothing is answered.
    pub fn pause(&self) -> Paused {
        let postmaster = self.server.id();
        // First the one that could start others.
        send_signal("STOP", postmaster);
        let mut processes = process::children(postmaster);
        processes.push(postmaster);
        for &process in &processes {
            send_signal("STOP", process);
        }
        Paused(processes)
    }

    /// A network in front of the server.
    pub fn proxy(&self) -> Proxy {
        Proxy::start(&self.folder.path().join(format!(".s.PGSQL.{}", self.port)))
    }

    /// Writes a file of the server's data folder.
    pub fn write(&self, file: &str, text: &str) {
        account::write_private(&self.folder.path().join("data").join(file), text);
    }

    /// Makes the server read its configuration again, and waits until it has.
    pub fn reload(&self) {
        let database = self.database("postgres");
        let loaded = || -> SystemTime {
            let row = database.connect().query_one("SELECT pg_conf_load_time()", &[]);
            row.expect("pg_conf_load_time").get(0)
        };
        let before = loaded();
        database.connect().batch_execute("SELECT pg_reload_conf()").expect("pg_reload_conf");
        await_until("the configuration is read", START_LIMIT, || loaded() > before);
    }

    /// Where it listens, if it is reached by TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server again, which recovers from its log.
    pub fn restart(&mut self) {
        self.server = spawn_server(self.folder.path());
        self.await_connections();
    }
}

/// A server that is held.
#[must_use]
pub struct Paused(Vec<u32>);

impl Drop for Paused {
    fn drop(&mut self) {
        for &process in &self.0 {
            send_signal("CONT", process);
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

impl Database {
    /// A session on it.
    pub fn connect(&self) -> Client {
        Client::connect(&self.to_string(), NoTls).expect("connect")
    }

    /// As a connection string through these proxies, the first that serves being the one to use.
    pub fn through(&self, proxies: &[&Proxy]) -> String {
        let list = |part: fn(&Proxy) -> String| {
            proxies.iter().map(|&proxy| part(proxy)).collect::<Vec<_>>().join(",")
        };
        let hosts = list(|_| "127.0.0.1".to_owned());
        let ports = list(|proxy| proxy.port().to_string());
        format!("host={hosts} port={ports} user=postgres dbname={}", self.name)
    }

    /// The folder of the server's socket.
    pub fn socket_folder(&self) -> &Path {
        &self.socket_folder
    }

    /// Of the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The processes that serve the sidecars on it.
    pub fn sidecar_backends(&self) -> Vec<u32> {
        let sql = "SELECT pid FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'raceway-sidecar'";
        let rows = self.connect().query(sql, &[]).expect("pg_stat_activity");
        rows.iter().map(|row| row.get::<_, i32>(0).unsigned_abs()).collect()
    }

    /// How many rows of `traces` differ from what `events` holds, either way.
    pub fn untrue_traces(&self) -> i64 {
        let sql = "
            SELECT count(*)
            FROM traces AS t
            FULL JOIN (
                SELECT trace_id, count(*) AS event_count, min(timestamp) AS start_time,
                       max(timestamp) AS end_time,
                       coalesce(array_agg(DISTINCT service_name)
                           FILTER (WHERE service_name IS NOT NULL), '{}')::text[] AS services,
                       (array_agg(service_name ORDER BY parent_id IS NOT NULL, timestamp, service_name)
                           FILTER (WHERE service_name IS NOT NULL))[1] AS service_name
                FROM events GROUP BY trace_id) AS e ON e.trace_id = t.trace_id
            WHERE NOT (e.trace_id IS NULL AND t.event_count = 0)
              AND (t.event_count, t.start_time, t.end_time, t.services, t.service_name)
                  IS DISTINCT FROM
                  (e.event_count, e.start_time, e.end_time, e.services, e.service_name)";
        self.connect().query_one(sql, &[]).expect("traces and events").get(0)
    }

    /// `traces` says of `events` what is so.
    pub fn assert_traces_are_true(&self) {
        assert_eq!(self.untrue_traces(), 0, "rows of traces that differ from events");
    }

    /// A client program of Postgres on this database.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(server_binary(name));
        command.env("PGHOST", &self.socket_folder).env("PGUSER", "postgres");
        command.env("PGPORT", self.port.to_string()).env("PGDATABASE", &self.name);
        command
    }
}

fn spawn_server(folder: &Path) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"));
    let mut command = server_command("postgres");
    command.arg("-D").arg(folder.join("data")).stderr(log.expect("log file"));
    command.spawn().expect("postgres")
}

/// A program that comes with the server.
pub(crate) fn server_binary(name: &str) -> PathBuf {
    let folder = std::env::var("TEST_PG_BIN").expect("TEST_PG_BIN: run the suite with tests/run");
    Path::new(&folder).join(name)
}

/// A program of the server, as a user that Postgres agrees to run as.
fn server_command(name: &str) -> Command {
    let mut command = Command::new(server_binary(name));
    if let Some((user, group)) = server_account() {
        command.uid(user).gid(group);
    }
    command
}
