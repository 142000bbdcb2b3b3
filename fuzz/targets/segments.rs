//! A spool's file with anything between two sound records: both are found, and reading ends.
#![no_main]

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use raceway_model::Timestamp;
use raceway_spool::{Body, DiskSpool, Spool};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const FIRST: &str = "the first";
const LAST: &str = "the last";
const MAX_BYTES: u64 = 1 << 20;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));
static RECORDS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [record(FIRST), record(LAST)]);

fuzz_target!(|data: &[u8]| {
    let (max_bytes, data) = data.split_first().unwrap_or((&0, &[]));
    let [first, last] = &*RECORDS;
    let folder = TempDir::new().expect("a folder");
    fs::write(segment(folder.path()), [first, data, last].concat()).expect("a file");
    let spool = DiskSpool::open(folder.path(), MAX_BYTES).expect("a spool");
    RUNTIME.block_on(async {
        let tail = spool.tail(MAX_BYTES).await.expect("a file that can be read");
        let tail: Vec<String> = tail.into_iter().map(|body| body.text).collect();
        assert_eq!(drain(&spool, usize::from(*max_bytes)).await, tail);
        assert_eq!(tail.first().map(String::as_str), Some(FIRST));
        assert_eq!(tail.last().map(String::as_str), Some(LAST));
        assert!(!segment(folder.path()).exists());
    });
});

async fn drain(spool: &DiskSpool, max_bytes: usize) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let bodies = spool.front(max_bytes).await.expect("a file that can be read");
        if bodies.is_empty() {
            assert_eq!(spool.usage().borrow().bytes, 0);
            return texts;
        }
        texts.extend(bodies.iter().map(|body| body.text.clone()));
        spool.remove(bodies.len()).await;
    }
}

/// As a spool writes it.
fn record(text: &str) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    let spool = DiskSpool::open(folder.path(), MAX_BYTES).expect("a spool");
    let now = Timestamp::from_micros(0).expect("in range");
    let body = Arc::new(Body::new(text.to_owned(), Ipv4Addr::LOCALHOST.into(), now));
    RUNTIME.block_on(spool.append(body)).expect("room");
    fs::read(segment(folder.path())).expect("a segment")
}

fn segment(folder: &Path) -> PathBuf {
    folder.join(format!("{:020}.log", 0))
}
