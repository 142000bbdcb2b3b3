//! `raceway-sidecar serve`

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::listen::Places;
use super::{CommandError, open, signals};
use crate::config::{self, Config};
use crate::http::{self, Access, Proxies, Settings, Ui, cors, server};

/// Serves until SIGTERM, SIGINT or SIGHUP, then finishes the requests that it has, and writes the snapshot.
pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    // What is wrong in the file is said before anything is begun.
    let (access, cors) = (Access::of(&config.server)?, cors::layer(&config)?);
    let proxies = Proxies::of(&config.server.trusted_proxies)?;
    let places = Places::of(&config.server).await?;
    let ui = ui(&config.server)?;
    let (store, snapshot) = open::store(&config).await?;
    let listeners = places.open().await?;
    let shutdown = signals::shutdown()?;
    let storage = store.state().stored_in.name();
    for listener in &listeners {
        tracing::info!(storage, "listening on {listener}");
    }
    let grace = config.server.shutdown_grace();
    let max_body_memory = config.server.max_body_memory_bytes;
    let options = config.analysis.into_options();
    let slow_request = config.logging.slow_request();
    let stop = CancellationToken::new();
    let settings = Settings {
        max_body_memory,
        options,
        access,
        proxies,
        cors,
        ui,
        slow_request,
        stop: stop.clone(),
    };
    let app = http::router(store, settings);
    notify(NotifyState::Ready);
    let shutdown = async {
        shutdown.await;
        stop.cancel();
        notify(NotifyState::Stopping);
    };
    let unfinished = server::serve(listeners, app, shutdown, grace).await;
    if let Some(snapshot) = snapshot {
        snapshot.finish().await?;
    }
    match unfinished {
        0 => Ok(()),
        requests => Err(CommandError::Unfinished { requests, grace }),
    }
}

/// The program's own page, another build, or none.
fn ui(server: &config::Server) -> Result<Option<Ui>, CommandError> {
    let path = match &server.ui_dir {
        _ if !server.ui => return Ok(None),
        None => return Ok(Some(Ui::Embedded)),
        Some(path) => path,
    };
    Ui::open(path).map(Some).map_err(|error| CommandError::Ui { path: path.clone(), error })
}

/// Tells systemd, if it has started this.
fn notify(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "can't tell systemd");
    }
}
