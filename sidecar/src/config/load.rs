//! How the configuration is found: in a file, and in the environment over it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::{fs, io};

use super::keys::{self, Keys};
use super::problem::{Place, Problem, Problems};
use super::tree::{Node, Value};
use super::{Backend, Config, WrongSetting, environment, raceway, read, variables};

/// The file, if none is named.
pub(crate) const DEFAULT_PATH: &str = "raceway.toml";

/// The configuration, and what there is to say about it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// A line each.
    pub(crate) warnings: Vec<String>,
    /// Where each key is set, by its full name.
    pub(super) places: BTreeMap<String, Place>,
}

/// Reads `raceway.toml`, or the file given, which must then exist. Environment variables such as
/// `RACEWAY_STORAGE__BACKEND` win over it.
pub(crate) fn load(file: Option<&Path>) -> Result<Loaded, Problems> {
    let path = file.unwrap_or(Path::new(DEFAULT_PATH));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => String::new(),
        Err(error) => return Err(Problems(vec![unreadable(path, &error)])),
    };
    load_text(path, &text)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem { place: None, message: format!("{}: {error}", path.display()) }
}

fn load_text(path: &Path, text: &str) -> Result<Loaded, Problems> {
    let (mut tree, mut problems) = Node::parse(path, text);
    if !problems.is_empty() {
        return Err(in_order(problems));
    }
    let keys = Keys::of_types();
    let named = variables::expand(&mut tree, &mut problems);
    let mut warnings = environment::apply(&mut tree, &keys, &named);
    let written = tree.clone();
    let read::Read { value: mut config, unknown } = read::read::<Config>(&mut tree, &mut problems);
    let mut unknown_keys =
        Unknown { tree: &written, keys: &keys, problems: Vec::new(), idle: Vec::new() };
    for key in &unknown {
        unknown_keys.judge(key);
    }
    problems.append(&mut unknown_keys.problems);
    if !problems.is_empty() {
        return Err(in_order(problems));
    }
    warnings.extend(without_effect(&unknown_keys.idle));
    config.storage.postgres.is_supabase = config.storage.backend == Backend::Supabase;
    let place = |key: &str| Some((key.to_owned(), written.get(key)?.place.clone()?));
    let places = keys.iter().filter_map(place).collect();
    Ok(Loaded { config, warnings, places })
}

fn in_order(mut problems: Vec<Problem>) -> Problems {
    problems.sort_by_key(order);
    Problems(problems)
}

/// Those of the file by line.
fn order(problem: &Problem) -> (bool, usize, usize) {
    match problem.place {
        Some(Place::File { line, column, .. }) => (false, line, column),
        _ => (true, 0, 0),
    }
}

/// Looks at keys that no type has.
struct Unknown<'a> {
    tree: &'a Node,
    keys: &'a Keys,
    problems: Vec<Problem>,
    /// Keys of Raceway's own server that mean nothing here.
    idle: Vec<String>,
}

impl Unknown<'_> {
    fn judge(&mut self, key: &str) {
        let Some(node) = self.tree.get(key) else { return };
        match &node.value {
            _ if raceway::is_key(key) => {
                if !raceway::is_kept(key, node) {
                    self.idle.push(key.to_owned());
                }
            }
            Value::Table(table) if raceway::is_section(key) => {
                for name in table.keys() {
                    self.judge(&format!("{key}.{name}"));
                }
            }
            value => {
                let what = if matches!(value, Value::Table(_)) { "section" } else { "key" };
                let message = format!("unknown {what} {key}: {}", self.expected(key));
                self.problems.push(Problem { place: node.key.clone(), message });
            }
        }
    }

    fn expected(&self, key: &str) -> String {
        let section = keys::parts(key).0;
        match self.keys.meant(key) {
            Some(meant) => format!("did you mean {meant}?"),
            None => match self.keys.in_section(section).as_slice() {
                [] => "there is no such section".to_owned(),
                names => format!("expected one of {}", names.join(", ")),
            },
        }
    }
}

/// One line for all of them.
fn without_effect(keys: &[String]) -> Option<String> {
    let keys = keys.join(", ");
    (!keys.is_empty()).then(|| format!("these keys have no effect here: {keys}"))
}

impl Loaded {
    /// What is wrong with a setting, with the place where it is set.
    pub(crate) fn located(&self, wrong: &WrongSetting) -> Problem {
        Problem { place: self.places.get(wrong.key).cloned(), message: wrong.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let loaded = load_text(Path::new("raceway.toml"), text);
        let Problems(problems) = loaded.expect_err("problems");
        problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn every_problem_is_told_with_its_place_and_the_nearest_name() {
        let text = "[server]\n\
                    port = 70000\n\
                    hots = \"::1\"\n\
                    shutdown_grace_seconds = \"soon\"\n\
                    [storage]\n\
                    backend = \"postgre\"\n\
                    [storage.postgres]\n\
                    \x20 max_conections = 3\n\
                    schema = 7\n\
                    [storage.memory]\n\
                    max_age = \"long\"\n\
                    [loging]\n\
                    level = \"info\"\n";
        let whole = u64::MAX;
        assert_eq!(
            problems(text),
            [
                "raceway.toml:2:8: server.port: expected a whole number from 0 to 65535".to_owned(),
                "raceway.toml:3:1: unknown key server.hots: did you mean host?".to_owned(),
                format!(
                    "raceway.toml:4:26: server.shutdown_grace_seconds: expected a whole number from 0 to \
                     {whole}"
                ),
                "raceway.toml:6:11: storage.backend: expected one of \"memory\", \"postgres\", \"supabase\", \
                 not \"postgre\": did you mean \"postgres\"?"
                    .to_owned(),
                "raceway.toml:8:3: unknown key storage.postgres.max_conections: did you mean \
                 max_connections?"
                    .to_owned(),
                "raceway.toml:9:10: storage.postgres.schema: expected a string, not a number".to_owned(),
                "raceway.toml:11:11: storage.memory.max_age: expected a duration such as \"30 days\" or \
                 \"500 ms\""
                    .to_owned(),
                "raceway.toml:12:2: unknown section loging: did you mean logging?".to_owned(),
            ]
        );
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        let problems = problems("[server]\nport = \n[storage\n");
        assert!(problems[0].starts_with("raceway.toml:2:"), "{problems:?}");
        assert!(
            problems.iter().any(|problem| problem.starts_with("raceway.toml:3:")),
            "{problems:?}"
        );
    }

    #[test]
    fn secrets_are_in_no_message() {
        for text in [
            "[server]\nui_password = 12345678",
            "[server]\nport = \"12345678\"",
            "[server]\napi_keys = [12345678]",
            "[storage]\npostgres = \"12345678\"",
            "[storage.memory]\nmax_age = \"12345678\"",
        ] {
            let problems = problems(text);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(!problems[0].contains("12345678"), "{problems:?}");
        }
    }

    #[test]
    fn keys_of_raceway_are_accepted_and_those_without_effect_are_named_in_one_line() {
        let text = "[server]\nverbose = true\n\
                    [engine]\nbuffer_size = 10000\nbatch_size = 100\nflush_interval_ms = 100\n\
                    [race_detection]\nenabled = true\n\
                    [anomaly_detection]\nenabled = false\n\
                    [logging]\nlevel = \"info\"\n";
        let loaded = load_text(Path::new("raceway.toml"), text).expect("no problems");
        assert_eq!(
            loaded.warnings,
            ["these keys have no effect here: anomaly_detection.enabled, engine.batch_size, \
              engine.buffer_size, engine.flush_interval_ms, server.verbose"]
        );
        assert_eq!(problems("[engine]\nbufer_size = 1").len(), 1);
    }
}
