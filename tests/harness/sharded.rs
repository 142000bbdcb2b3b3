//! Many databases behind proxies, as docs/SHARD.md has them made.

use postgres::Client;

use crate::cluster::SUPERUSER;
use crate::{Cluster, Database, Flavour, Sidecar, create_templates};

/// The database that each proxy is copied from.
const TEMPLATE: &str = "proxy";

/// Two servers for databases and proxies.
pub struct Servers([Cluster; 2]);

impl Servers {
    /// Starts them.
    pub fn start() -> Self {
        Servers([(); 2].map(|()| {
            let server = Cluster::start("cron.database_name = 'cron'");
            create_templates(&server, &[Flavour::Extension]);
            let template = server.create_named(TEMPLATE, Flavour::Extension);
            let mut command = Sidecar::command_on(&template.to_string());
            command.args(["migrate", "--proxy"]);
            let output = Sidecar::run(command);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            server
        }))
    }

    /// Both.
    pub fn all(&self) -> &[Cluster; 2] {
        &self.0
    }
}

/// Four empty databases, which take turns on two servers, and a proxy on each server, which has the same name there.
pub struct Sharded {
    /// By their buckets.
    pub nodes: Vec<Database>,
    /// Each knows all of them.
    pub proxies: Vec<Database>,
}

impl Sharded {
    /// Reached by their sockets.
    pub fn on(servers: &Servers) -> Self {
        Sharded::reached_by(servers, |_, node| place(node))
    }

    /// Each where this says, by the number of its server.
    pub fn reached_by(servers: &Servers, place: impl Fn(usize, &Database) -> String) -> Self {
        let servers = servers.all();
        let nodes: Vec<Database> =
            (0..4).map(|bucket| servers[bucket % 2].create_with(Flavour::Extension)).collect();
        let places: Vec<String> = nodes
            .iter()
            .enumerate()
            .map(|(bucket, node)| format!("p{bucket} '{}'", place(bucket % 2, node)))
            .collect();
        let name = format!("proxy_of_{}", nodes[0].name);
        let map = format!(
            "CREATE SERVER raceway FOREIGN DATA WRAPPER plproxy OPTIONS ({});
             CREATE USER MAPPING FOR PUBLIC SERVER raceway OPTIONS (user '{SUPERUSER}');",
            places.join(", ")
        );
        let proxies = servers.each_ref().map(|server| {
            let proxy = server.create_like(&name, TEMPLATE);
            proxy.connect().batch_execute(&map).expect("a map");
            proxy
        });
        let found = "SELECT raceway_found_cluster()";
        for proxy in &proxies {
            let founded = proxy.connect().query_one(found, &[]).expect(found);
            assert_eq!(founded.get::<_, i32>(0), 4);
        }
        Sharded { nodes, proxies: proxies.into() }
    }

    /// A connection string for any of the proxies.
    pub fn connection(&self) -> String {
        let list = |part: fn(&Database) -> String| {
            self.proxies.iter().map(part).collect::<Vec<_>>().join(",")
        };
        let hosts = list(|proxy| proxy.socket_folder.display().to_string());
        let ports = list(|proxy| proxy.port.to_string());
        let name = &self.proxies[0].name;
        format!(
            "host={hosts} port={ports} user={SUPERUSER} dbname={name} load_balance_hosts=random"
        )
    }

    /// A sidecar by way of any of them.
    pub fn sidecar(&self) -> Sidecar {
        Sidecar::start(Sidecar::command_on(&self.connection()))
    }

    /// A session on a proxy.
    pub fn connect(&self) -> Client {
        self.proxies[0].connect()
    }

    /// Each database has what its own events say, and no trace of another's.
    pub fn assert_is_true(&self) {
        for (bucket, node) in self.nodes.iter().enumerate() {
            node.assert_traces_are_true();
            let others = format!(
                "SELECT count(*) FROM traces
                 WHERE _raceway_hash(trace_id) & 3 <> {bucket} OR trace_no >> 48 <> {bucket}"
            );
            let others = node.connect().query_one(&others, &[]).expect("traces");
            assert_eq!(others.get::<_, i64>(0), 0, "traces of other databases in {bucket}");
        }
    }
}

/// As a proxy on the same machine finds it.
fn place(node: &Database) -> String {
    let Database { port, name, .. } = node;
    format!("host={} port={port} dbname={name}", node.socket_folder.display())
}
