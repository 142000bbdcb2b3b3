//! How the process is asked to end.

use std::future::Future;
use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::log;

/// Ends with the first SIGTERM or SIGINT. The second one ends the process at once, whatever it is
/// doing then: somebody doesn't want to wait for it.
pub(crate) fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("shutting down");
        drop(stop);
        either(&mut terminate, &mut interrupt).await;
        tracing::warn!("a second signal: ending at once");
        log::flush();
        process::exit(1);
    });
    Ok(async move { drop(stopped.await) })
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
