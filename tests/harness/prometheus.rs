//! A Prometheus that scrapes sidecars, with the alerts of docs/watch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::port::free_port;
use crate::{Sidecar, await_until, http, percent_encoded};

const LIMIT: Duration = Duration::from_secs(30);

/// Debian's, on a free port; stopped when dropped.
pub struct Prometheus {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Prometheus {
    /// Scrapes sidecars twice a second, as the job `raceway`, and has looked at them.
    pub fn of(sidecars: &[&Sidecar]) -> Self {
        let folder = TempDir::with_prefix("raceway-prometheus-").expect("a folder");
        let address = |sidecar: &&Sidecar| sidecar.url().trim_start_matches("http://").to_owned();
        let targets: Vec<String> = sidecars.iter().map(address).collect();
        let configuration = json!({
            "global": { "scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "1s" },
            "rule_files": [alerts()],
            "scrape_configs": [{ "job_name": "raceway", "static_configs": [{ "targets": targets }] }]
        });
        let file = folder.path().join("prometheus.yml");
        // JSON is YAML.
        fs::write(&file, configuration.to_string()).expect("a file");
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address={address}"));
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("prometheus: run the suite with tests/run");
        let prometheus = Prometheus { process, url: format!("http://{address}"), _folder: folder };
        await_until("Prometheus answers", LIMIT, || {
            http::get_bytes(&format!("{}/-/ready", prometheus.url), &[]).is_ok()
        });
        // Rates need two values.
        await_until("Prometheus has scraped", LIMIT, || {
            let scrapes = prometheus.values("count_over_time(up[1m])");
            scrapes.len() == sidecars.len() && scrapes.iter().all(|&scrapes| scrapes >= 3.0)
        });
        prometheus
    }

    /// The values of an expression now; it must be valid.
    pub fn values(&self, expression: &str) -> Vec<f64> {
        let answer = self.ask(&format!("query?query={}", percent_encoded(expression)));
        let series = answer["result"].as_array().cloned().unwrap_or_default();
        let value = |series: &Value| series["value"][1].as_str().and_then(|text| text.parse().ok());
        series.iter().map(|series| value(series).expect("a number")).collect()
    }

    /// The rules of docs/watch, each evaluated.
    pub fn rules(&self) -> Vec<Value> {
        let rules = || match self.ask("rules")["groups"][0]["rules"].take() {
            Value::Array(rules) => rules,
            other => panic!("no rules: {other}"),
        };
        await_until("the rules are evaluated", LIMIT, || {
            rules().iter().all(|rule| rule["health"] != "unknown")
        });
        rules()
    }

    fn ask(&self, path: &str) -> Value {
        let answer = http::get(&format!("{}/api/v1/{path}", self.url));
        assert_eq!(answer.json["status"], "success", "{path}: {}", answer.json);
        answer.json["data"].clone()
    }
}

fn alerts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/watch/alerts.yml")
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
