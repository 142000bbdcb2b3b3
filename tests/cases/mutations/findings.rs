//! What is not as it should be: of each kind the first is told, and all are counted.

use std::collections::BTreeMap;

use crate::harness::{Difference, Sidecar};

const TOLD: usize = 5;

/// Of a body or a text so much is told, from either end.
const TOLD_BYTES: usize = 2_000;

#[derive(Default)]
pub(super) struct Findings(BTreeMap<String, Kind>);

#[derive(Default)]
struct Kind {
    count: usize,
    told: Vec<String>,
}

impl Kind {
    fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }
}

impl Findings {
    pub(super) fn add(&mut self, kind: String, what: impl FnOnce() -> String) {
        self.0.entry(kind).or_default().add(what);
    }

    /// What is different in an export of this one.
    pub(super) fn add_differences(&mut self, of_whom: &str, differences: Vec<Difference>) {
        for Difference { kind, event } in differences {
            self.add(format!("{of_whom} {kind}"), || shown(event.as_bytes()));
        }
    }

    /// What a sidecar exports; nothing where it breaks off.
    pub(super) fn export(&mut self, sidecar: &Sidecar, of_whom: &str) -> String {
        sidecar.try_export("").unwrap_or_else(|| {
            self.add(format!("{of_whom} breaks off an export"), || sidecar.log());
            String::new()
        })
    }

    pub(super) fn extend(&mut self, others: Findings) {
        for (kind, other) in others.0 {
            let known = self.0.entry(kind).or_default();
            known.count += other.count;
            known.told.extend(other.told.into_iter().take(TOLD.saturating_sub(known.told.len())));
        }
    }

    fn count(&self) -> usize {
        self.0.values().map(|kind| kind.count).sum()
    }

    pub(super) fn assert_none(self) {
        let kinds = self.0.iter().map(|(name, kind)| {
            let Kind { count, told } = kind;
            format!("== {name}: {count}\n{}\n\n", told.join("\n"))
        });
        assert!(self.count() == 0, "{} findings\n\n{}", self.count(), kinds.collect::<String>());
    }
}

/// Bytes as one line of ASCII.
pub(super) fn shown(bytes: &[u8]) -> String {
    if bytes.len() <= 2 * TOLD_BYTES {
        return bytes.escape_ascii().to_string();
    }
    let (start, end) = (&bytes[..TOLD_BYTES], &bytes[bytes.len() - TOLD_BYTES..]);
    format!("{} … {} bytes in all … {}", start.escape_ascii(), bytes.len(), end.escape_ascii())
}
