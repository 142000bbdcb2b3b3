//! Environment variables such as `RACEWAY_STORAGE__BACKEND`, which stand for keys.

use std::collections::BTreeSet;
use std::env;

use super::keys::{Keys, similar};
use super::problem::Place;
use super::raceway;
use super::tree::Node;

const PREFIX: &str = "RACEWAY_";
/// Those that commands and other programs of Raceway read.
const OTHERS: [&str; 3] = ["RACEWAY_API_KEY", "RACEWAY_KEY", "RACEWAY_PROGRAMS"];

/// Puts what they say over what a file says; returns warnings about those that stand for nothing, but for those that
/// a file names.
pub(super) fn apply(tree: &mut Node, keys: &Keys, named: &BTreeSet<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, value) in env::vars_os() {
        let (Ok(name), value) = (name.into_string(), value.to_string_lossy().into_owned()) else {
            continue;
        };
        let Some(key) = key(&name) else { continue };
        if keys.contains(&key) || raceway::is_key(&key) {
            tree.set(&key, value, &Place::Variable(name));
        } else if !OTHERS.contains(&name.as_str()) && !named.contains(&name) {
            warnings.push(unknown(&name, &key, keys));
        }
    }
    warnings.sort();
    warnings
}

/// The key that a variable stands for, if it is one of ours.
fn key(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    Some(upper.strip_prefix(PREFIX)?.replace("__", ".").to_ascii_lowercase())
}

/// The variable that stands for a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

fn unknown(name: &str, key: &str, keys: &Keys) -> String {
    match similar(key, keys.iter()) {
        Some(meant) => format!("{name}: no key has this name: did you mean {}?", variable(meant)),
        None => format!("{name}: no key has this name"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_a_key() {
        for (name, expected) in [
            ("RACEWAY_SERVER__PORT", Some("server.port")),
            ("raceway_storage__postgres__schema", Some("storage.postgres.schema")),
            ("RACEWAY", None),
            ("PATH", None),
        ] {
            assert_eq!(key(name).as_deref(), expected, "{name}");
        }
        let keys = Keys::of_types();
        for known in keys.iter() {
            assert_eq!(key(&variable(known)).as_deref(), Some(known));
        }
        let warning = unknown("RACEWAY_SERVER__PROT", "server.prot", &keys);
        assert!(warning.ends_with("did you mean RACEWAY_SERVER__PORT?"), "{warning}");
    }
}
