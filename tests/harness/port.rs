//! Ports for servers that must know theirs before they start.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that the system gives to clients: one of them could have it while the server is
/// down.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 1000).expect("below 1000") * 10;
    let candidates =
        std::iter::repeat_with(|| 20_000 + (own + NEXT.fetch_add(1, Ordering::SeqCst)) % 10_000);
    candidates
        .take(10_000)
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("a free port")
}
