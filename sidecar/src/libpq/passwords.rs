//! The password of a host: given, in a file that holds nothing else, or in libpq's password file.
//! The files are read for every connection, so that a password can be changed while the sidecar runs.
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ParameterError;
use super::environment::Environment;
use super::hosts::Host;
use super::parameters::Parameters;

/// Where passwords come from, the first that has one.
pub(super) struct Passwords {
    file: Option<PathBuf>,
    given: Option<String>,
    passfile: Option<PathBuf>,
    /// By these, beside the host, a password file tells whose password it is.
    database: String,
    user: String,
}

impl Passwords {
    pub(super) fn new(
        parameters: &Parameters,
        file: Option<&Path>,
        environment: &Environment,
        [user, database]: [&str; 2],
    ) -> Result<Self, ParameterError> {
        let passfile = parameters.get("passfile").map(PathBuf::from);
        let passwords = Passwords {
            file: file.map(Path::to_owned),
            given: parameters.get("password").map(str::to_owned),
            passfile: passfile.or_else(|| environment.in_home(".pgpass")),
            database: database.to_owned(),
            user: user.to_owned(),
        };
        passwords.file.as_deref().map(read).transpose()?;
        Ok(passwords)
    }

    /// The password for this host, if there is one.
    pub(super) fn of(&self, host: &Host) -> Option<String> {
        if let Some(file) = &self.file {
            match read(file) {
                Ok(password) => return Some(password),
                Err(error) => tracing::warn!(%error, "storage.postgres.password_file"),
            }
        }
        self.given.clone().or_else(|| self.find(host))
    }

    fn find(&self, host: &Host) -> Option<String> {
        let lines = read_passfile(self.passfile.as_ref()?)?;
        let port = host.port.to_string();
        let wanted = [host.name_in_passfile(), &port, &self.database, &self.user];
        lines.lines().find_map(|line| password_in(line, wanted))
    }
}

/// A file that holds a password, as Docker and Kubernetes mount them.
fn read(path: &Path) -> Result<String, ParameterError> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| ParameterError::File { path: path.to_owned(), error })?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(ParameterError::NoPassword(path.to_owned())),
        password => Ok(password.to_owned()),
    }
}

/// As libpq does, a file that others can read is passed over with a warning.
fn read_passfile(path: &Path) -> Option<String> {
    let warn = |reason: &str| tracing::warn!(path = %path.display(), "password file: {reason}");
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                warn(&error.to_string());
            }
            return None;
        }
    };
    if !metadata.is_file() {
        warn("expected a plain file");
        return None;
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        warn("expected that only its owner can access it: chmod 0600");
        return None;
    }
    fs::read_to_string(path).inspect_err(|error| warn(&error.to_string())).ok()
}

/// The password in `host:port:database:user:password`, if the first four match.
fn password_in(line: &str, wanted: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line.trim_end_matches('\r');
    for wanted in wanted {
        let (field, after) = split_field(rest)?;
        if field != "*" && unescape(field) != wanted {
            return None;
        }
        rest = after;
    }
    // A colon that is not escaped ends the password too.
    let password = split_field(rest).map_or(rest, |(field, _)| field);
    Some(unescape(password)).filter(|password| !password.is_empty())
}

/// What is before the first colon without a backslash, and what is after it.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let colon = text.char_indices().find(|&(_, next)| {
        let is_end = next == ':' && !is_escaped;
        is_escaped = next == '\\' && !is_escaped;
        is_end
    });
    colon.map(|(at, _)| (&text[..at], &text[at + 1..]))
}

fn unescape(field: &str) -> String {
    let mut characters = field.chars();
    let mut text = String::with_capacity(field.len());
    while let Some(next) = characters.next() {
        if next == '\\' {
            text.extend(characters.next());
        } else {
            text.push(next);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::password_in;

    #[test]
    fn the_first_four_fields_say_whose_password_it_is() {
        let wanted = ["db.example", "5432", "events", "me"];
        for (line, password) in [
            ("db.example:5432:events:me:secret", Some("secret")),
            ("*:*:*:*:secret", Some("secret")),
            (r"*:*:*:me:a\:b\\c", Some(r"a:b\c")),
            ("*:*:*:me:a:b", Some("a")),
            ("other:5432:events:me:secret", None),
            ("*:*:*:me", None),
            ("#*:*:*:*:secret", None),
            ("*:*:*:*:", None),
        ] {
            assert_eq!(password_in(line, wanted).as_deref(), password, "{line}");
        }
        assert_eq!(password_in(r"\:\:1:*:*:*:p", ["::1", "1", "d", "u"]).as_deref(), Some("p"));
    }
}
