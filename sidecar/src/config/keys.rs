//! The keys that there are: those of the types, by what their defaults are written as.

use serde_json::Value;

use super::Config;

/// Two names that have at least so much in common are taken for one, misspelt (Jaro's measure, from 0 to 1).
const LEAST_SIMILARITY: f64 = 0.8;

/// The full names of all keys, such as `storage.postgres.schema`.
pub(super) struct Keys(Vec<String>);

impl Keys {
    pub(super) fn of_types() -> Self {
        let mut keys = Vec::new();
        collect(&written(&Config::default()), "", &mut keys);
        Keys(keys)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.iter().any(|known| known == key)
    }

    /// What somebody has meant by a key, or a section, that is not there: another one of its section, or one of
    /// this name elsewhere.
    pub(super) fn meant(&self, unknown: &str) -> Option<String> {
        let (section, name) = parts(unknown);
        let here = self.iter().filter_map(|key| child(section, key));
        similar(name, here).map(str::to_owned).or_else(|| self.elsewhere(name))
    }

    fn elsewhere(&self, name: &str) -> Option<String> {
        let mut named = self.iter().filter(|key| parts(key).1 == name);
        named.next().map(str::to_owned)
    }

    /// The keys of a section, and the sections in it.
    pub(super) fn in_section(&self, section: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self.iter().filter_map(|key| child(section, key)).collect();
        names.dedup();
        names
    }
}

/// The section of a key, and its name there.
pub(super) fn parts(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

/// What this key, or the section that it is in, is called in a section that is around it.
fn child<'a>(section: &str, key: &'a str) -> Option<&'a str> {
    let rest = match section {
        "" => key,
        section => key.strip_prefix(section)?.strip_prefix('.')?,
    };
    rest.split('.').next()
}

/// The name that is nearest to this one, if it is near at all.
pub(super) fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = names.map(|other| (strsim::jaro(name, other), other));
    let near = rated.filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// A configuration as JSON, in which secrets are masked. What is not set is null.
pub(super) fn written(config: &Config) -> Value {
    serde_json::to_value(config).expect("keys that are texts")
}

fn collect(value: &Value, path: &str, keys: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, &format!("{path}{dot}{name}"), keys);
            }
        }
        _ => keys.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let keys = Keys::of_types();
        for (unknown, meant) in [
            ("server.prot", Some("port")),
            ("storage.postgres.max_conections", Some("max_connections")),
            ("storge", Some("storage")),
            ("storage.postgers", Some("postgres")),
            ("storage.max_connections", Some("storage.postgres.max_connections")),
            ("server.colour", None),
        ] {
            assert_eq!(keys.meant(unknown).as_deref(), meant, "{unknown}");
        }
    }
}
