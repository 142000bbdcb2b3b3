//! Measures the product on real servers: `bench/run` starts it. A run of everything at full size
//! writes `bench/RESULTS.md`; any other only prints its tables.

mod access;
mod answers;
mod bench;
mod copy;
mod growth;
mod http;
mod idle;
mod ingest;
mod insert;
mod loadgen;
mod machine;
mod memory;
mod memory_reads;
mod outage;
mod packing;
mod questions;
mod read_api;
mod reader;
mod reads;
mod report;
mod retention;
mod samples;
mod scale;
mod session;
mod size;
mod stock;
mod timing;
mod transfer;
mod wrong_keys;

use std::fs;
use std::path::Path;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use tikv_jemallocator::Jemalloc;

use crate::bench::Bench;
use crate::report::Section;
use crate::scale::{FULL, QUICK};

/// That of the sidecar, as the store in memory is measured in this process too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

type Measurement = (&'static str, fn(&Bench) -> Section);

/// Every measurement by its name, in the order of the report.
const MEASUREMENTS: [Measurement; 18] = [
    ("ingest", ingest::measure),
    ("http", http::measure),
    ("access", access::measure),
    ("pooled", http::measure_pooled),
    ("outage", outage::measure),
    ("size", size::measure),
    ("growth", growth::measure),
    ("reads", reads::measure),
    ("questions", questions::measure),
    ("questions-plain", questions::measure_plain_sql),
    ("answers", answers::measure),
    ("read-api", read_api::measure),
    ("retention", retention::measure),
    ("memory", memory::measure),
    ("packing", packing::measure),
    ("memory-reads", memory_reads::measure),
    ("transfer", transfer::measure),
    ("idle", idle::measure),
];

#[derive(Parser)]
struct Arguments {
    /// Small sizes: shows that it works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// What to measure; everything when none is named.
    #[arg(value_parser = PossibleValuesParser::new(MEASUREMENTS.map(|(name, _)| name)))]
    names: Vec<String>,
}

fn main() {
    let arguments = Arguments::parse();
    let bench = Bench::start(if arguments.quick { QUICK } else { FULL });
    let mut report = machine::describe(&bench);
    println!("{report}");
    for (name, measure) in MEASUREMENTS {
        if arguments.names.is_empty() || arguments.names.iter().any(|chosen| chosen == name) {
            let section = measure(&bench).markdown();
            println!("{section}");
            report.push('\n');
            report.push_str(&section);
        }
    }
    if !arguments.quick && arguments.names.is_empty() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
        fs::write(file, report).expect("RESULTS.md");
    }
}
