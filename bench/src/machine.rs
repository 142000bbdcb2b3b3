//! Where, when and with which versions the figures were measured.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use raceway_tests::Flavour;

use crate::bench::Bench;

/// The head of the report.
pub(crate) fn describe(bench: &Bench) -> String {
    let sql = "SELECT current_setting('server_version'), raceway_version(), current_date::text";
    let mut client = bench.cluster.create_with(Flavour::Extension).connect();
    let row = client.query_one(sql, &[]).expect("versions");
    let [postgres, raceway, date] = [0, 1, 2].map(|column| row.get::<_, String>(column));
    format!(
        "# Results\n\n\
         `bench/run` wrote this on {date}: Postgres {postgres}, raceway {raceway}, {rustc}; \
         {cores} cores of {model}, {memory}, shared by the server, the sidecar and whoever sends. \
         Each figure is the median of {runs} runs unless it says otherwise; runs that are compared \
         take turns.\n",
        rustc = rustc_version(),
        cores = available_parallelism().expect("number of cores"),
        model = field("/proc/cpuinfo", "model name"),
        memory = memory(),
        runs = bench.scale.runs,
    )
}

fn rustc_version() -> String {
    let output = Command::new("rustc").arg("--version").output().expect("rustc").stdout;
    let text = String::from_utf8(output).expect("what rustc prints");
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn memory() -> String {
    let kilobytes = field("/proc/meminfo", "MemTotal");
    let kilobytes: u64 = kilobytes.trim_end_matches(" kB").parse().expect("kB of memory");
    format!("{} GB of memory", kilobytes >> 20)
}

/// The value of a line `name : value`.
fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).expect(file);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
