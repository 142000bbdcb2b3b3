//! The command line.

mod ask;
mod cluster;
mod completions;
mod configuration;
mod doctor;
mod health;
mod key;
mod listen;
mod logging;
mod migrate;
mod open;
mod quarantine;
mod reach;
mod retention;
mod serve;
mod signals;
mod snapshot;
mod stdout;
mod tail;
mod transfer;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use deadpool::managed;
use raceway_libpq::{ConnectError, TlsError};
use raceway_spool::OpenError;
use thiserror::Error;

use self::ask::{AskError, RacesArgs, StatsArgs, TraceArgs, TracesArgs};
use self::cluster::ClusterAction;
use self::configuration::ConfigAction;
use self::quarantine::QuarantineAction;
use crate::config::{self, Config, Loaded, Problems};
use crate::doctor::check_values;
use crate::log;
use crate::schema::MigrateError;
use crate::store::StoreError;
use crate::store::postgres::PoolError;
use crate::takeout::NotTaken;

/// Stores Raceway events in Postgres or in memory, behind one HTTP API.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Configuration file [default: raceway.toml, if there is one]
    #[arg(short, long, global = true)]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Default, Subcommand)]
enum Command {
    /// Take events over HTTP (the default)
    #[default]
    Serve,
    /// Install the schema in Postgres: the extension where the server has it, else plain SQL
    Migrate(migrate::MigrateArgs),
    /// Rejected events: read them, store them after all, or forget them
    Quarantine {
        #[command(subcommand)]
        action: QuarantineAction,
    },
    /// The databases behind a proxy: where they are, and that one is elsewhere now
    Cluster {
        #[command(subcommand)]
        action: ClusterAction,
    },
    /// Delete what is older than is kept
    Retention(retention::RetentionArgs),
    /// Write events as newline-delimited JSON, oldest trace first
    Export(transfer::ExportArgs),
    /// Store events from a file; what is there already is not stored twice
    Import(transfer::ImportArgs),
    /// Copy everything from a store to another, while both are in use
    Move(transfer::MoveArgs),
    /// List the traces of a running sidecar, newest first
    Traces(TracesArgs),
    /// Show a trace of a running sidecar: its calls, and what is wrong with it
    Trace(TraceArgs),
    /// List the races that a running sidecar has found
    Races(RacesArgs),
    /// Show what a running sidecar holds, and where most happens
    Stats(StatsArgs),
    /// Print traces as they come, and what is found in them
    Tail(tail::TailArgs),
    /// Look into the configuration
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Write a configuration file with every key, a sentence about it and its default
    Init(configuration::InitArgs),
    /// Print a script that completes commands in a shell
    Completions(completions::CompletionsArgs),
    /// Look for what is wrong, and say what mends it: exit status 0 if nothing is, 1 after warnings,
    /// 2 after problems
    Doctor(doctor::DoctorArgs),
    /// Ask a running sidecar whether it is alive: exit status 0 if it is, 1 if not
    Health(health::HealthArgs),
}

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error("the configuration can't be used:\n{0}")]
    Configuration(#[from] Problems),
    #[error("{}: expected no file there: --force writes over it", .0.display())]
    Exists(PathBuf),
    #[error("logging.level: {0}")]
    LogFilter(#[from] tracing_subscriber::filter::ParseError),
    #[error(transparent)]
    Pool(#[from] PoolError),
    #[error("can't listen on {address}: {error}")]
    Listen { address: std::net::SocketAddr, error: io::Error },
    #[error(
        "server.host {host:?}: expected an address of this machine, or a name that stands for one: \
         {error}"
    )]
    Host { host: String, error: io::Error },
    #[error(
        "{address} is reached from other machines, and everybody could read and write: expected \
         auth_enabled = true with keys, or allow_unauthenticated = true, in [server]"
    )]
    Open { address: std::net::IpAddr },
    #[error("server.host: expected an address or a name, where there is no unix_socket either")]
    Nowhere,
    #[error(
        "server.unix_socket {}: expected a path where nothing is, or a socket that nobody listens \
         on: {error}",
        path.display()
    )]
    Socket { path: PathBuf, error: io::Error },
    #[error("LISTEN_FDS: expected sockets of TCP or Unix that listen: {0}")]
    Passed(io::Error),
    #[error(transparent)]
    Setting(#[from] config::WrongSetting),
    #[error("server.ui_dir {}: expected a folder with an index.html: {error}", path.display())]
    Ui { path: PathBuf, error: io::Error },
    #[error("storage.fallback.path {}: {error}", path.display())]
    Spool { path: PathBuf, error: OpenError },
    #[error("{requests} requests were not finished within {grace:?}")]
    Unfinished { requests: usize, grace: std::time::Duration },
    #[error(transparent)]
    Connect(#[from] StoreError),
    #[error("migrate: {0}")]
    Migrate(#[from] MigrateError),
    #[error(
        "the database has another version of the schema, or none: expected {}; see `raceway-sidecar \
         migrate`",
        crate::schema::VERSION
    )]
    ForeignSchema,
    #[error("the schema: Postgres has not answered within {0:?}")]
    SchemaTimeout(std::time::Duration),
    #[error("expected how long events are kept: --keep, or keep in [retention]")]
    NothingToKeep,
    #[error("quarantine: {0}")]
    Quarantine(String),
    #[error("cluster: {0}")]
    Cluster(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: expected certificates in PEM format: {error}", path.display())]
    Certificate { path: PathBuf, error: String },
    #[error(transparent)]
    Trust(#[from] TlsError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("{0:?}: expected http://host:port, https://host:port or postgres://...")]
    Address(String),
    #[error("--url {0:?}: expected http://host:port or https://host:port")]
    Url(String),
    #[error("the export ends too early: {0}")]
    CutOff(StoreError),
    #[error("the export ends too early: {error}; what there is of it is in {}", path.display())]
    Partial { error: StoreError, path: PathBuf },
    #[error("--format {0}: expected one trace by --trace-id, and no --service")]
    Format(String),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error("{0} events were rejected")]
    Rejected(usize),
    #[error(
        "{0} events were evicted: the store is full, and may have none of those that came first"
    )]
    Evicted(u64),
    #[error("events still come to the old store: stop that, and move again what is left")]
    StillWritten,
    #[error("{probe}: expected 200: {error}")]
    Unhealthy { probe: String, error: Box<ureq::Error> },
    #[error("standard output: {0}")]
    Stdout(io::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<managed::PoolError<ConnectError>> for CommandError {
    fn from(error: managed::PoolError<ConnectError>) -> Self {
        CommandError::Connect(error.into())
    }
}

/// Runs the command that was asked for; returns its exit status. Behind a pointer that one function makes: each part of the
/// program that polls a future gets a copy of it, with all that it calls.
pub(crate) fn run() -> Pin<Box<dyn Future<Output = ExitCode>>> {
    Box::pin(async {
        let ended = match Args::try_parse() {
            Ok(args) => obey(args).await,
            Err(message) => explain(&message),
        };
        let ended =
            ended.or_else(|error| stdout::unless_gone(Err(error)).map(|()| ExitCode::SUCCESS));
        ended.unwrap_or_else(|error| failed(&error))
    })
}

/// Help that was asked for, or what is wrong with the arguments.
fn explain(message: &clap::Error) -> Result<ExitCode, CommandError> {
    let is_error = message.use_stderr();
    let is_terminal =
        if is_error { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let text = message.render();
    let text = if is_terminal { text.ansi().to_string() } else { text.to_string() };
    if is_error {
        log::tell(text.trim_end());
        return Ok(ExitCode::from(2));
    }
    stdout::print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn failed(error: &CommandError) -> ExitCode {
    log::tell(&format!("raceway-sidecar: {error}"));
    ExitCode::FAILURE
}

async fn obey(args: Args) -> Result<ExitCode, CommandError> {
    let file = args.config.as_deref();
    let loaded = config::load(file);
    match args.command.unwrap_or_default() {
        Command::Serve => serve(loaded).await,
        Command::Migrate(args) => migrate::run(&configure(loaded)?, args).await,
        Command::Quarantine { action } => quarantine::run(&configure(loaded)?, action).await,
        Command::Cluster { action } => cluster::run(&configure(loaded)?, action).await,
        Command::Retention(args) => retention::run(&configure(loaded)?, args).await,
        Command::Export(args) => transfer::export(&configure(loaded)?, args).await,
        Command::Import(args) => transfer::import(&configure(loaded)?, args).await,
        Command::Move(args) => transfer::relocate(&configure(loaded)?, args).await,
        Command::Traces(args) => ask::run(configure(loaded)?, args).await,
        Command::Trace(args) => ask::run(configure(loaded)?, args).await,
        Command::Races(args) => ask::run(configure(loaded)?, args).await,
        Command::Stats(args) => ask::run(configure(loaded)?, args).await,
        Command::Tail(args) => tail::run(&configure(loaded)?, args).await,
        Command::Config { action } => return configuration::run(file, loaded, &action),
        Command::Init(args) => configuration::init(&args),
        Command::Completions(args) => completions::print(&args),
        Command::Health(args) => health::run(&configure(loaded)?, args).await,
        Command::Doctor(args) => return doctor::run(file, loaded, &args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

/// What is wrong with a setting is told with the place where it is set.
async fn serve(loaded: Result<Loaded, Problems>) -> Result<(), CommandError> {
    let loaded = loaded?;
    check_values(&loaded).map_err(|problem| Problems(vec![problem]))?;
    start_log(&loaded)?;
    serve::run(loaded.config).await
}

/// The configuration, with the log started.
fn configure(loaded: Result<Loaded, Problems>) -> Result<Config, CommandError> {
    let loaded = loaded?;
    start_log(&loaded)?;
    Ok(loaded.config)
}

/// The log begins with what there is to say of the configuration.
fn start_log(loaded: &Loaded) -> Result<(), CommandError> {
    logging::start(&loaded.config.logging)?;
    for warning in &loaded.warnings {
        tracing::warn!("configuration: {warning}");
    }
    Ok(())
}
