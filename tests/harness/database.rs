//! A database of a cluster, and who works in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use postgres::{Client, NoTls};

use crate::cluster::SUPERUSER;
use crate::{Proxy, Server, await_until, figures};

/// A database as one of its users sees it.
#[derive(Clone)]
pub struct Database {
    pub(crate) server: Server,
    pub(crate) socket_folder: PathBuf,
    pub(crate) port: u16,
    /// What `CREATE DATABASE` called it.
    pub name: String,
    /// Who connects to it.
    pub user: String,
}

/// As a connection string.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Database { port, name, user, .. } = self;
        write!(f, "host={} port={port} user={user} dbname={name}", self.socket_folder.display())
    }
}

impl Database {
    /// The same database for this role.
    #[must_use]
    pub fn for_role(&self, role: &str) -> Self {
        Database { user: role.to_owned(), ..self.clone() }
    }

    /// The same database for the superuser.
    #[must_use]
    pub fn for_superuser(&self) -> Self {
        self.for_role(SUPERUSER)
    }

    /// The same database for a new role, which may log in and nothing else.
    #[must_use]
    pub fn for_new_role(&self, purpose: &str) -> Self {
        let role = format!("{purpose}_of_{}", self.name);
        let sql = format!("CREATE ROLE {role} LOGIN");
        self.for_superuser().connect().batch_execute(&sql).expect("a role");
        self.for_role(&role)
    }

    /// A session on it.
    pub fn connect(&self) -> Client {
        Client::connect(&self.to_string(), NoTls).expect("connect")
    }

    /// Returns once one of its sessions waits for another.
    pub fn await_a_waiting_session(&self) {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut observer = self.connect();
        await_until("a session waits", Duration::from_secs(30), || {
            observer.query_one(sql, &[]).expect("pg_stat_activity").get::<_, i64>(0) > 0
        });
    }

    /// As a URL by this port of this machine.
    pub fn url(&self, port: u16) -> String {
        format!("postgresql://{}@127.0.0.1:{port}/{}", self.user, self.name)
    }

    /// As a connection string through these proxies, the first that serves being the one to use.
    pub fn through(&self, proxies: &[&Proxy]) -> String {
        let list = |part: fn(&Proxy) -> String| {
            proxies.iter().map(|&proxy| part(proxy)).collect::<Vec<_>>().join(",")
        };
        let hosts = list(|_| "127.0.0.1".to_owned());
        let ports = list(|proxy| proxy.port().to_string());
        format!("host={hosts} port={ports} user={} dbname={}", self.user, self.name)
    }

    /// The folder of the server's socket.
    pub fn socket_folder(&self) -> &Path {
        &self.socket_folder
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

    /// `traces` and kept figures say of `events` what is so.
    pub fn assert_traces_are_true(&self) {
        assert_eq!(self.untrue_traces(), 0, "rows of traces that differ from events");
        figures::assert_true(self);
    }

    /// A sidecar on it keeps figures that answer as events do.
    pub fn assert_figures_are_kept(&self) {
        figures::assert_by_http(self);
    }

    /// A client program of Postgres on this database.
    pub fn program(&self, name: &str) -> Command {
        self.found_by(self.server.program(name))
    }

    /// Runs commands of the server's administrator, which must succeed, and returns what they print.
    pub fn administer(&self, script: &str) -> String {
        let output = self.found_by(self.server.shell(script)).output().expect("bash");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn found_by(&self, mut command: Command) -> Command {
        command.env("PGHOST", &self.socket_folder).env("PGUSER", &self.user);
        command.env("PGPORT", self.port.to_string()).env("PGDATABASE", &self.name);
        command
    }
}
