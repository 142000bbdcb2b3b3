//! What is configured, and whether all of it has an effect.

use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::verdict::Verdict;
use crate::config::{Config, Loaded};
use crate::http::{Access, Proxies, cors};

/// What is configured, if it can be read at all.
pub(super) fn check(
    file: Option<&Path>,
    loaded: Result<Loaded, config::ConfigError>,
) -> (Verdict, Option<Config>) {
    let path = file.unwrap_or(Path::new("raceway.toml"));
    match loaded {
        Ok(Loaded { config, unknown_keys }) => {
            let verdict = match check_values(&config) {
                Ok(()) => judge(path, &unknown_keys),
                Err(error) => wrong(path, &error),
            };
            (verdict, Some(config))
        }
        Err(error) => (wrong(path, &error.to_string()), None),
    }
}

/// What `serve` makes something of.
fn check_values(config: &Config) -> Result<(), String> {
    let filter = config.logging.level.parse::<EnvFilter>();
    filter.map_err(|error| format!("logging.level: {error}"))?;
    let access = Access::of(&config.server).map(drop);
    let cors = cors::layer(config).map(drop);
    let proxies = Proxies::of(&config.server.trusted_proxies).map(drop);
    access.and(cors).and(proxies).map_err(|error| error.to_string())
}

/// With it, no command starts.
fn wrong(path: &Path, error: &str) -> Verdict {
    Verdict::problem(error, format!("put it right in {}, or in the environment", path.display()))
}

fn judge(path: &Path, unknown_keys: &[String]) -> Verdict {
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = place.display();
    if !unknown_keys.is_empty() {
        let message = format!("of {place}, these have no effect: {}", unknown_keys.join(", "));
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
