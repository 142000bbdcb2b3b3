//! How the process is asked to end.

use std::future::{Future, pending};
use std::{fs, io, process};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::log;

/// Ends with the first SIGTERM, SIGINT or SIGHUP. The second SIGTERM or SIGINT ends the process at
/// once, whatever it is doing then: somebody doesn't want to wait for it. The second SIGHUP means
/// nothing: a terminal that is closed and its shell may send one each.
pub(crate) fn shutdown() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = hangup()?;
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        tokio::select! {
            () = either(&mut terminate, &mut interrupt) => {}
            () = hung_up(&mut hangup) => {}
        }
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

/// `None` where whoever started the process has had it ignored, as `nohup` does.
fn hangup() -> io::Result<Option<Signal>> {
    let kind = SignalKind::hangup();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if is_ignored(kind, &status) { Ok(None) } else { signal(kind).map(Some) }
}

async fn hung_up(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => pending().await,
    }
}

/// By the process's status, which has a bit for each signal, from 1.
fn is_ignored(kind: SignalKind, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_may_be_ignored_from_the_start() {
        let status = |mask: &str| format!("Name:\tsidecar\nSigIgn:\t{mask}\nSigCgt:\t0001\n");
        let is_ignored = |mask| is_ignored(SignalKind::hangup(), &status(mask));
        assert!(is_ignored("0000000000000001") && is_ignored("0000000000001001"));
        assert!(!is_ignored("0000000000001000") && !is_ignored(""));
    }
}
