//! `raceway.toml` as `init` writes it: every key, with a sentence about it and its default.

/// It says nothing until a key is uncommented.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::Value;

    use super::TEMPLATE;
    use crate::config::Config;
    use crate::config::keys::{Keys, written};
    use crate::config::read::read;
    use crate::config::tree::Node;

    /// The configuration that a text is, which must have nothing wrong in it; and the text as a tree.
    fn read_text(text: &str) -> (Config, Node) {
        let (mut tree, mut problems) = Node::parse(Path::new("template.toml"), text);
        let whole = tree.clone();
        let read = read::<Config>(&mut tree, &mut problems);
        assert_eq!((problems, read.unknown), (vec![], vec![]));
        (read.value, whole)
    }

    /// A key that is commented out.
    fn key(line: &str) -> Option<&str> {
        line.strip_prefix('#')
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
    }

    fn uncommented() -> String {
        TEMPLATE.lines().flat_map(|line| [key(line).unwrap_or(line), "\n"]).collect()
    }

    #[test]
    fn the_template_says_nothing_but_the_defaults() {
        let (config, _) = read_text(TEMPLATE);
        assert_eq!(written(&config), written(&Config::default()));
    }

    #[test]
    fn the_template_has_every_key_with_its_default() {
        let (config, tree) = read_text(&uncommented());
        let keys = Keys::of_types();
        let missing: Vec<&str> = keys.iter().filter(|key| tree.get(key).is_none()).collect();
        assert_eq!(missing, [""; 0], "write these into sidecar/src/config/template.toml");
        let (shown, defaults) = (written(&config), written(&Config::default()));
        let at = |value: &Value, key: &str| {
            value.pointer(&format!("/{}", key.replace('.', "/"))).cloned().unwrap_or_default()
        };
        for key in keys.iter().filter(|key| !at(&defaults, key).is_null()) {
            assert_eq!(at(&shown, key), at(&defaults, key), "{key} has another default");
        }
    }

    #[test]
    fn each_key_of_the_template_has_a_sentence_and_stands_once() {
        let mut before = "";
        let mut seen = BTreeSet::new();
        let mut section = "";
        for line in TEMPLATE.lines() {
            if line.starts_with('[') {
                section = line;
            }
            if let Some(key) = key(line) {
                assert!(before.starts_with("# ") && before.ends_with('.'), "{key} has no sentence");
                let name = key.split(" = ").next().expect("a name");
                assert!(seen.insert((section, name)), "{section} {name} stands there twice");
            }
            before = line;
        }
    }
}
