//! A Postgres cluster of its own in a temporary folder, reached by its socket; by TCP where a case
//! needs that.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::port::free_port;
use crate::{Database, Proxy, Server, account, await_until, process, send_signal};

const START_LIMIT: Duration = Duration::from_mins(1);

/// Of the socket, where there is nobody to share it with.
const DEFAULT_PORT: u16 = 5432;

/// Who may do everything.
pub(crate) const SUPERUSER: &str = "postgres";

/// Who may log in, and do in databases of their own what their owner may.
pub(crate) const OWNER: &str = "owner";

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

    /// Who owns its databases and works in them. Plain SQL is for those who are no superusers.
    pub fn owner(self) -> &'static str {
        match self {
            Flavour::Extension => SUPERUSER,
            Flavour::PlainSql => OWNER,
        }
    }
}

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    server: Server,
    folder: TempDir,
    port: u16,
    postmaster: Child,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a cluster of Debian's version, with pg_cron and these settings.
    pub fn start(settings: &str) -> Self {
        Cluster::start_on(Server::debian(), DEFAULT_PORT, settings)
    }

    /// Starts one of another major version.
    pub fn start_version(major: u32) -> Self {
        let cluster = Cluster::start_on(Server::version(major), DEFAULT_PORT, "");
        let version = "SELECT current_setting('server_version_num')::int / 10000";
        let row = cluster.database("postgres").connect().query_one(version, &[]);
        assert_eq!(u32::try_from(row.expect("a version").get::<_, i32>(0)), Ok(major));
        cluster
    }

    /// Starts one that is reached by TCP too.
    pub fn start_on_tcp() -> Self {
        Cluster::start_on(Server::debian(), free_port(), "listen_addresses = '127.0.0.1'")
    }

    fn start_on(server: Server, port: u16, settings: &str) -> Self {
        let folder = account::server_folder();
        let data = folder.path().join("data");
        let initialised = server
            .command("initdb")
            .args(["--auth=trust", "--username", SUPERUSER])
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .expect("initdb");
        assert!(initialised.success(), "initdb: {initialised}");
        let configuration = format!(
            "listen_addresses = ''\n\
             max_connections = 200\n\
             fsync = off\n\
             port = {port}\n\
             {}{settings}\n",
            server.settings
        );
        fs::write(data.join("postgresql.auto.conf"), configuration).expect("configuration");
        let cluster = Cluster::start_in(server, folder, port);
        let role = format!("CREATE ROLE {OWNER} LOGIN");
        cluster.database("postgres").connect().batch_execute(&role).expect("a role");
        cluster
    }

    /// Starts a cluster that follows this one, and waits until it does.
    #[must_use]
    pub fn standby(&self) -> Self {
        let folder = account::server_folder();
        let mut command = self.server.command("pg_basebackup");
        command.arg("--host").arg(self.folder.path()).args(["--username", SUPERUSER, "--no-sync"]);
        command.arg("--port").arg(self.port.to_string());
        command.args(["--checkpoint=fast", "--write-recovery-conf", "--pgdata"]);
        let copied = command.arg(folder.path().join("data")).status().expect("pg_basebackup");
        assert!(copied.success(), "pg_basebackup: {copied}");
        let standby = Cluster::start_in(self.server.clone(), folder, self.port);
        let mut client = self.database("postgres").connect();
        await_until("the standby follows", START_LIMIT, || {
            let sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
            client.query_one(sql, &[]).expect("pg_stat_replication").get::<_, i64>(0) > 0
        });
        standby
    }

    /// Starts a server like this one, on what somebody has put into `data` of this folder.
    #[must_use]
    pub fn start_like(&self, folder: TempDir) -> Self {
        Cluster::start_in(self.server.clone(), folder, self.port)
    }

    /// Starts the server whose data is in this folder; its socket is there too.
    fn start_in(server: Server, folder: TempDir, port: u16) -> Self {
        let socket = folder.path().display();
        let places = format!("unix_socket_directories = '{socket}'\ncron.host = '{socket}'\n");
        // Of equal settings, the last counts: a copied cluster has those of another folder too.
        let settings = folder.path().join("data/postgresql.auto.conf");
        let mut settings = fs::File::options().append(true).open(settings).expect("configuration");
        settings.write_all(places.as_bytes()).expect("configuration");
        let postmaster = start_postmaster(&server, folder.path());
        let databases = AtomicU32::new(0);
        let cluster = Cluster { server, folder, port, postmaster, databases };
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

    /// A database that exists, for the superuser.
    pub fn database(&self, name: &str) -> Database {
        Database {
            server: self.server.clone(),
            socket_folder: self.folder.path().to_owned(),
            port: self.port,
            name: name.to_owned(),
            user: SUPERUSER.to_owned(),
        }
    }

    /// A new database with the API.
    pub fn create_with(&self, flavour: Flavour) -> Database {
        self.create(&self.next_name(), flavour.name(), flavour.owner())
    }

    /// A new database for the API to come.
    pub fn create_for(&self, flavour: Flavour) -> Database {
        self.create_named(&self.next_name(), flavour)
    }

    /// The same by this name.
    pub fn create_named(&self, name: &str, flavour: Flavour) -> Database {
        self.create(name, "template1", flavour.owner())
    }

    /// A new database with what this one holds, for the same user.
    pub fn copy(&self, database: &Database) -> Database {
        self.create(&self.next_name(), &database.name, &database.user)
    }

    /// A new database by this name, with what this template holds.
    pub(crate) fn create_like(&self, name: &str, template: &str) -> Database {
        self.create(name, template, SUPERUSER)
    }

    fn create(&self, name: &str, template: &str, owner: &str) -> Database {
        let database = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}");
        self.database("postgres").connect().batch_execute(&database).expect("CREATE DATABASE");
        self.database(name).for_role(owner)
    }

    /// Drops a database that nobody needs any more.
    #[allow(clippy::needless_pass_by_value, reason = "it is gone")]
    pub fn drop_database(&self, database: Database) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", database.name);
        self.database("postgres").connect().batch_execute(&sql).expect("DROP DATABASE");
    }

    fn next_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// Stops the server at once, without a word to its clients' programs.
    pub fn stop(&mut self) {
        // SIGQUIT: the postmaster takes its backends along.
        send_signal("QUIT", self.postmaster.id());
        self.postmaster.wait().expect("wait");
    }

    /// Ends every process of the server without a chance to do anything about it.
    pub fn kill(&mut self) {
        let children = process::children(self.postmaster.id());
        self.postmaster.kill().expect("kill");
        self.postmaster.wait().expect("wait");
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
        let postmaster = self.postmaster.id();
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
        self.postmaster = start_postmaster(&self.server, self.folder.path());
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
        if matches!(self.postmaster.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

fn start_postmaster(server: &Server, folder: &Path) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"));
    let mut command = server.command("postgres");
    command.arg("-D").arg(folder.join("data")).stderr(log.expect("log file"));
    command.spawn().expect("postgres")
}
