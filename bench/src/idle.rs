//! A sidecar to which nobody has sent anything yet.

use std::env;
use std::fs;
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Instant;

use raceway_tests::{Sidecar, Site};
use ureq::Agent;

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::timing::{as_float, milliseconds};

const MEGABYTE: f64 = 1e6;

pub(crate) fn measure(bench: &Bench) -> Section {
    let resident = (0..bench.scale.runs).map(|_| resident()).collect();
    let start = (0..bench.scale.runs).map(|_| first_answer()).collect();
    let binary = env::var("TEST_SIDECAR").expect("TEST_SIDECAR: start it with bench/run");
    let binary = as_float(fs::metadata(binary).expect("the sidecar").len()) / MEGABYTE;
    Section {
        title: "Idle sidecar",
        how: vec![
            "resident: with the store in memory, after the first answer".into(),
            "first answer: from the start of the process until `GET /livez` is answered".into(),
        ],
        figures: vec![
            Figure::new("resident, MB", "12", "6", resident),
            Figure::new("first answer, ms", "50", "20", start),
            Figure::new("binary, MB", "12", "8", [binary].into_iter().collect::<Samples>()),
        ],
    }
}

fn resident() -> f64 {
    let sidecar: Sidecar = Site::memory().start();
    sidecar.get("/livez").data();
    as_float(sidecar.resident_bytes()) / MEGABYTE
}

fn first_answer() -> f64 {
    let site = Site::memory();
    let address = site.url().trim_start_matches("http://").to_owned();
    let start = Instant::now();
    let process = site.command().stderr(Stdio::null()).spawn();
    let _sidecar = Killed(process.expect("raceway-sidecar"));
    // Nothing is worth waiting for between two tries.
    while TcpStream::connect(&address).is_err() {}
    let answer = Agent::new_with_defaults().get(format!("{}/livez", site.url())).call();
    let elapsed = start.elapsed();
    answer.expect("an answer");
    milliseconds(elapsed)
}

/// Ended when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
