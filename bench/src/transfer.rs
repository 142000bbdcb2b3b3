//! How fast events leave a sidecar by `export`, and come to another one by `import`.

use std::path::Path;
use std::process::Command;

use raceway_tests::{Sidecar, Site};
use tempfile::TempDir;

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::timing::rate;

pub(crate) fn measure(bench: &Bench) -> Section {
    let events = bench.scale.kept_in_memory;
    let source = Site::memory().start();
    bench.loadgen.post(source.url(), events, 100, 16);
    let folder = TempDir::new().expect("temporary folder");
    let measure = |file: &str| -> [Samples; 2] {
        let file = folder.path().join(file);
        let runs = (0..bench.scale.runs).map(|_| {
            let exported = rate(events, || transfer("export", &source, &file));
            let target = Site::memory().start();
            let imported = rate(events, || transfer("import", &target, &file));
            assert_eq!(target.get("/status").data()["events_captured"], events);
            (exported, imported)
        });
        let (exported, imported): (Vec<f64>, Vec<f64>) = runs.unzip();
        [exported, imported].map(|rates| rates.into_iter().collect())
    };
    let [exported, imported] = measure("events.ndjson");
    let [exported_zstd, imported_zstd] = measure("events.ndjson.zst");
    Section {
        title: "Export and import",
        how: vec![format!(
            "{events} events of a sidecar with the store in memory, by the commands of that name, \
             from their start to their end; the command and the sidecar share the cores"
        )],
        figures: vec![
            Figure::new("export, events/s", "100,000", "200,000", exported),
            Figure::new("import, events/s", "100,000", "200,000", imported),
            Figure::untargeted("export to .zst, events/s", exported_zstd),
            Figure::untargeted("import from .zst, events/s", imported_zstd),
        ],
    }
}

fn transfer(command: &str, sidecar: &Sidecar, file: &Path) {
    let mut transfer: Command = Sidecar::command();
    transfer.args([command, "--url", sidecar.url()]).arg(file);
    let output = Sidecar::run(transfer);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
