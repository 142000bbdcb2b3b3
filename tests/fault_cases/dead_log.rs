//! Nobody takes what the sidecar has to say, while Postgres goes and comes: it serves all the same.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::fault_cases::stage::{Stage, conclude, light_load, times};
use crate::harness::{Driver, LogReader, Network, Sidecar, await_until};

const LIMIT: Duration = Duration::from_mins(1);

pub(crate) fn reader_is_gone() {
    through_outages("the log's reader was gone", LogReader::Gone);
}

pub(crate) fn nobody_reads() {
    through_outages("nobody read the log", LogReader::Waits);
}

/// From the first line on.
pub(crate) fn on_a_full_disk() {
    let stage = Stage::new();
    let site = stage.site();
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let sidecar = site.start_logging_to(full);
    let driver = Driver::start(light_load(&[&site]));
    survive("the disk of the log was full", &stage, driver, sidecar);
}

fn through_outages(name: &str, reader: LogReader) {
    let stage = Stage::new();
    let site = stage.site().with("LOGGING__LEVEL", "debug");
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    driver.await_acknowledged(5);
    sidecar.set_log_reader(reader);
    await_until("lines are lost", LIMIT, || {
        (0..50).for_each(|_| send_no_http(sidecar.url()));
        lost_lines(&sidecar) > 0
    });
    survive(name, &stage, driver, sidecar);
}

/// Outages of more than a second.
fn survive(name: &str, stage: &Stage, driver: Driver, mut sidecar: Sidecar) {
    for _ in 0..times(4) {
        stage.proxy.set(Network::Refuse);
        driver.await_acknowledged(30);
        stage.proxy.set(Network::Pass);
        sidecar.await_drained();
        driver.await_acknowledged(5);
    }
    let ledger = conclude(name, driver, &[&sidecar], &stage.database);
    assert_eq!(ledger.refusals().next(), None);
    assert!(lost_lines(&sidecar) > 0, "each line was written");
    assert!(sidecar.terminate().success());
}

/// A line in the log, of some bytes: it takes many to fill a pipe.
fn send_no_http(url: &str) {
    let address = url.strip_prefix("http://").expect("a URL");
    let mut connection = TcpStream::connect(address).expect("a connection");
    connection.write_all(b"no HTTP\r\n\r\n").expect("a request");
    let _ = connection.read_to_end(&mut Vec::new());
}

fn lost_lines(sidecar: &Sidecar) -> u64 {
    sidecar.get("/status").data()["lost_log_lines"].as_u64().expect("a number")
}
