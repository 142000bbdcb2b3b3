//! Keys of Raceway's own server that no type here has.

use super::tree::{Node, Value};

/// The key, and the value for which this sidecar does what it says. Without one, no value has an effect.
const KEYS: [(&str, Option<bool>); 9] = [
    ("anomaly_detection.enabled", Some(true)),
    ("distributed_tracing.enabled", Some(true)),
    ("engine.batch_size", None),
    ("engine.buffer_size", None),
    ("engine.flush_interval_ms", None),
    ("logging.include_modules", Some(true)),
    ("race_detection.enabled", Some(true)),
    ("server.verbose", Some(false)),
    ("storage.supabase", None),
];

pub(super) fn is_key(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| *known == key)
}

/// Whether some of these keys are in this section.
pub(super) fn is_section(section: &str) -> bool {
    let is_within = |key: &str| key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(|(key, _)| is_within(key))
}

/// Whether the sidecar does what this key says.
pub(super) fn is_kept(key: &str, node: &Node) -> bool {
    let done = KEYS.iter().find(|(known, _)| *known == key).and_then(|(_, done)| *done);
    let said = match &node.value {
        Value::Bool(said) => Some(*said),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    done.is_some() && done == said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::Keys;

    #[test]
    fn a_key_that_means_something_here_is_not_among_them() {
        let keys = Keys::of_types();
        let both: Vec<&str> =
            KEYS.iter().map(|(key, _)| *key).filter(|key| keys.contains(key)).collect();
        assert_eq!(both, [""; 0]);
    }
}
