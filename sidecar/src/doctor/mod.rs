//! Looks at everything that a sidecar needs, and says what is wrong and what mends it.
//!
//! Nothing is changed, and nothing is taken for good that could not be looked at. Each topic has a
//! file: what it asks the server for, and a function without the server that judges the answer.

mod access;
mod autovacuum;
mod configuration;
mod connection;
mod connections;
mod cron_history;
mod default_partition;
mod disk;
mod durability;
mod files;
mod installation;
mod listener;
mod memory;
mod nodes;
mod partitions;
mod privileges;
mod queries;
mod rejected;
mod relations;
mod remedy;
mod replica;
mod retention;
mod server;
mod settings;
mod spool;
mod tls;
mod ui;
mod vacuum;
mod verdict;
mod version;
mod wraparound;
mod writable;

use std::path::Path;
use std::pin::Pin;

use serde::Serialize;

pub(crate) use self::configuration::check_values;
use self::server::Server;
pub(crate) use self::verdict::Status;
use self::verdict::{Unchecked, Verdict};
use crate::config::{Backend, Config, Loaded, Problems};

/// A verdict and what it is about.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// A check that asks the server.
type Check = for<'a> fn(&'a Server<'a>) -> Answer<'a>;
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Unchecked>> + 'a>>;

/// In the order in which they are shown.
const CHECKS: [(&str, Check); 24] = [
    ("tls", |server| Box::pin(tls::check(server))),
    ("version", |server| Box::pin(version::check(server))),
    ("encoding", |server| Box::pin(version::check_encoding(server))),
    ("writable", |server| Box::pin(writable::check(server))),
    ("connections", |server| Box::pin(connections::check(server))),
    ("schema", |server| Box::pin(installation::check(server))),
    ("privileges", |server| Box::pin(privileges::check(server))),
    ("role", |server| Box::pin(privileges::check_role(server))),
    ("access", |server| Box::pin(access::check(server))),
    ("retention", |server| Box::pin(retention::check(server))),
    ("cron_history", |server| Box::pin(cron_history::check(server))),
    ("partitions", |server| Box::pin(partitions::check(server))),
    ("default_partition", |server| Box::pin(default_partition::check(server))),
    ("rejected", |server| Box::pin(rejected::check(server))),
    ("autovacuum", |server| Box::pin(autovacuum::check(server))),
    ("vacuum", |server| Box::pin(vacuum::check(server))),
    ("wraparound", |server| Box::pin(wraparound::check(server))),
    ("durability", |server| Box::pin(durability::check(server))),
    ("shared_buffers", |server| Box::pin(settings::check_shared_buffers(server))),
    ("wal_buffers", |server| Box::pin(settings::check_wal_buffers(server))),
    ("checkpoint_completion_target", |server| Box::pin(settings::check_completion_target(server))),
    ("max_wal_size", |server| Box::pin(settings::check_max_wal_size(server))),
    ("queries", |server| Box::pin(queries::check(server))),
    ("disk", |server| Box::pin(disk::check(server))),
];

/// Of the proxy in front of a cluster: what else there is to know is of its databases, each of which can be examined by
/// itself.
const OF_PROXY: [(&str, Check); 7] = [
    ("tls", |server| Box::pin(tls::check(server))),
    ("version", |server| Box::pin(version::check(server))),
    ("encoding", |server| Box::pin(version::check_encoding(server))),
    ("writable", |server| Box::pin(writable::check(server))),
    ("connections", |server| Box::pin(connections::check(server))),
    ("schema", |server| Box::pin(installation::check(server))),
    ("nodes", |server| Box::pin(nodes::check(server))),
];

/// All that there is to say of a sidecar with this configuration.
pub(crate) async fn examine(file: Option<&Path>, loaded: Result<Loaded, Problems>) -> Vec<Finding> {
    let (verdict, config) = configuration::check(file, loaded);
    let mut findings = vec![finding("configuration", Ok(verdict))];
    if let Some(config) = config {
        findings.push(finding("listener", Ok(listener::check(&config.server))));
        findings.push(finding("ui", Ok(ui::check(&config.server))));
        findings.extend(examine_storage(&config).await);
    }
    findings
}

async fn examine_storage(config: &Config) -> Vec<Finding> {
    match config.storage.backend {
        Backend::Memory => memory::examine(config),
        Backend::Postgres | Backend::Supabase => {
            let mut findings = examine_server(config).await;
            findings.extend(replica::examine(config).await);
            findings.push(finding("spool", spool::check(&config.storage.fallback)));
            findings
        }
    }
}

async fn examine_server(config: &Config) -> Vec<Finding> {
    let (connection, server) = match connection::open(config).await {
        Ok((server, verdict)) => (verdict, Some(server)),
        Err(verdict) => (verdict, None),
    };
    let mut findings = vec![finding("connection", Ok(connection))];
    let checks: &[(&'static str, Check)] = match &server {
        Some(server) if server.is_proxy => &OF_PROXY,
        _ => &CHECKS,
    };
    for (name, check) in checks {
        let verdict = match &server {
            Some(server) => check(server).await,
            None => Err(Unchecked("there is no connection".into())),
        };
        findings.push(finding(name, verdict));
    }
    findings
}

fn finding(name: &'static str, verdict: Result<Verdict, Unchecked>) -> Finding {
    Finding { name, verdict: verdict.unwrap_or_else(Verdict::from) }
}
