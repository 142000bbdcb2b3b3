//! What a sidecar counts, as Prometheus reads it.

use std::collections::BTreeMap;

use crate::Sidecar;

/// What `GET /metrics` has answered once.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// As it came.
    pub text: String,
    /// By their names, with labels as they are written.
    values: BTreeMap<String, f64>,
}

impl Metrics {
    /// As they are now.
    pub fn of(sidecar: &Sidecar) -> Self {
        let answer = sidecar.request("GET /metrics", &[], b"");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer.header("content-type").starts_with("text/plain; version=0.0.4"),
            "{answer:?}"
        );
        let text = answer.text().to_owned();
        let values = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            (name.to_owned(), value.parse().expect("a number"))
        });
        let values = values.collect();
        Metrics { text, values }
    }

    /// Of a metric, all its label sets together; 0 if there is none.
    pub fn total(&self, name: &str) -> f64 {
        let with_labels = format!("{name}{{");
        let of_name = |known: &str| known == name || known.starts_with(&with_labels);
        self.values.iter().filter(|(known, _)| of_name(known)).map(|(_, value)| value).sum()
    }

    /// The same of what is counted in whole numbers.
    #[expect(clippy::cast_possible_truncation, reason = "tests count to some thousands")]
    pub fn count(&self, name: &str) -> i64 {
        self.total(name).round() as i64
    }

    /// Each metric with its type, by name.
    pub fn types(&self) -> BTreeMap<String, String> {
        let types = self.text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let pair = |line: &str| line.split_once(' ').map(|(name, kind)| (name.into(), kind.into()));
        types.filter_map(pair).collect()
    }

    /// What was received or found, without what was stored, known already, rejected, waits, or is lost: 0 while
    /// nothing is under way.
    pub fn unaccounted(&self) -> i64 {
        let events = |name| self.count(&format!("raceway_events_{name}_total"));
        let spool = |name| self.count(&format!("raceway_spool_events{name}"));
        let come = events("received") + spool("_found_total");
        let done = events("stored") + events("duplicate") + events("rejected");
        come - done - spool("") - spool("_lost_total")
    }
}
