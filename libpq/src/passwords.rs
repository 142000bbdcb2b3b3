//! The password of a host: in the connection string, in a file that holds nothing else, in the
//! environment, or in libpq's password file.
//! The files are read for every connection, so that a password can be changed while the sidecar runs.
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::ParameterError;
use crate::environment::Environment;
use crate::hosts::Host;
use crate::parameters::Parameters;

/// Where passwords come from, the first that has one.
pub(crate) struct Passwords {
    file: Option<PathBuf>,
    given: Option<String>,
    passfile: Option<PathBuf>,
    /// By these, beside the host, a password file tells whose password it is.
    database: String,
    user: String,
    /// What was last complained of: the files are read often.
    complaint: Mutex<String>,
}

impl Passwords {
    pub(crate) fn new(
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
            complaint: Mutex::default(),
        };
        passwords.file.as_deref().map(read).transpose()?;
        Ok(passwords)
    }

    /// The password for this host, if there is one.
    pub(crate) fn of(&self, host: &Host) -> Option<String> {
        if let Some(file) = &self.file {
            match read(file) {
                Ok(password) => return Some(password),
                Err(error) => self.warn(error.to_string()),
            }
        }
        self.given.clone().or_else(|| self.find(host))
    }

    fn find(&self, host: &Host) -> Option<String> {
        let path = self.passfile.as_ref()?;
        let lines = match read_passfile(path) {
            Ok(lines) => lines?,
            Err(reason) => {
                self.warn(format!("{}: {reason}", path.display()));
                return None;
            }
        };
        let port = host.port.to_string();
        let wanted = [host.name_in_passfile(), &port, &self.database, &self.user];
        password_among(&lines, wanted)
    }

    fn warn(&self, complaint: String) {
        let mut last = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != complaint {
            tracing::warn!("password: {complaint}");
            *last = complaint;
        }
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

/// The lines, or why it is passed over; `None` where there is no such file. libpq passes over what
/// others can read, too.
fn read_passfile(path: &Path) -> Result<Option<String>, String> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if !metadata.is_file() {
        return Err("expected a plain file".into());
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err("expected that only its owner can access it: chmod 0600".into());
    }
    fs::read_to_string(path).map(Some).map_err(|error| error.to_string())
}

/// The password in the first line that is of this host, port, database and user.
pub(crate) fn password_among(lines: &str, wanted: [&str; 4]) -> Option<String> {
    lines.lines().find_map(|line| password_in(line, wanted))
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
