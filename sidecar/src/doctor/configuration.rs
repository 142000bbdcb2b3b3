//! What is configured, and whether all of it has an effect.

use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::verdict::Verdict;
use crate::config::{Config, DEFAULT_PATH, Loaded, Problem, Problems, WrongSetting};
use crate::http::{Access, Proxies, cors};

/// What is configured, if it can be read at all.
pub(super) fn check(
    file: Option<&Path>,
    loaded: Result<Loaded, Problems>,
) -> (Verdict, Option<Config>) {
    let path = file.unwrap_or(Path::new(DEFAULT_PATH));
    match loaded {
        Ok(loaded) => {
            let verdict = match check_values(&loaded) {
                Ok(()) => judge(path, &loaded.warnings),
                Err(problem) => wrong(path, &problem.to_string()),
            };
            (verdict, Some(loaded.config))
        }
        Err(error) => (wrong(path, &error.to_string()), None),
    }
}

/// What `serve` makes something of.
pub(crate) fn check_values(loaded: &Loaded) -> Result<(), Problem> {
    let config = &loaded.config;
    let filter = config.logging.level.parse::<EnvFilter>().map_err(|error| WrongSetting {
        key: "logging.level",
        expected: format!("a level, or a filter: {error}"),
    });
    let access = Access::of(&config.server).map(drop);
    let cors = cors::layer(config).map(drop);
    let proxies = Proxies::of(&config.server.trusted_proxies).map(drop);
    let wrong = filter.map(drop).and(access).and(cors).and(proxies);
    wrong.map_err(|wrong| loaded.located(&wrong))
}

/// With it, no command starts.
fn wrong(path: &Path, error: &str) -> Verdict {
    Verdict::problem(error, format!("put it right in {}, or in the environment", path.display()))
}

fn judge(path: &Path, warnings: &[String]) -> Verdict {
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = place.display();
    if !warnings.is_empty() {
        let message = format!("{place}, and the environment: {}", warnings.join("; "));
        return Verdict::warning(message, "take them out, or look for a misspelling");
    }
    if path.exists() {
        Verdict::ok(place.to_string())
    } else {
        Verdict::ok(format!("there is no {place}: defaults, and the environment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_key_without_effect_is_worth_a_warning() {
        assert_eq!(judge(Path::new("/missing.toml"), &[]).status, Status::Ok);
        let verdict = judge(Path::new("/missing.toml"), &["storage.postgrse".into()]);
        assert_eq!(verdict.status, Status::Warning);
        assert!(verdict.message.contains("storage.postgrse"), "{verdict:?}");
    }
}
