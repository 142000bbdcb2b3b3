//! The service file, in which an administrator keeps connection parameters by a name.
//! <https://www.postgresql.org/docs/current/libpq-pgservice.html>

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::{Pairs, ParameterError};

/// Where the system's file is, unless `PGSYSCONFDIR` says otherwise: that of Debian.
const SYSTEM_FOLDER: &str = "/etc/postgresql-common";

/// What a service is defined as.
pub(crate) fn read(service: &str, environment: &Environment) -> Result<Pairs, ParameterError> {
    for path in files(environment) {
        if let Some(pairs) = read_from(&path, service)? {
            return Ok(pairs);
        }
    }
    Err(ParameterError::NoService(service.to_owned()))
}

/// The user's file, then the system's.
fn files(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    let variable = |name| environment.variable(name).map(PathBuf::from);
    let own = variable("PGSERVICEFILE").or_else(|| environment.in_home(".pg_service.conf"));
    let folder = variable("PGSYSCONFDIR").unwrap_or_else(|| SYSTEM_FOLDER.into());
    own.into_iter().chain([folder.join("pg_service.conf")])
}

fn read_from(path: &Path, service: &str) -> Result<Option<Pairs>, ParameterError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ParameterError::File { path: path.to_owned(), error }),
    };
    let wrong =
        |line, expected| ParameterError::ServiceFile { path: path.to_owned(), line, expected };
    section(&text, service).map_err(|(line, expected)| wrong(line, expected))
}

/// The pairs under `[service]`. The error names a line and what was expected there.
pub(crate) fn section(text: &str, service: &str) -> Result<Option<Pairs>, (usize, &'static str)> {
    let lines = text.lines().map(str::trim).enumerate();
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let is_header =
        |line: &str| line.strip_prefix('[')?.split_once(']').map(|(name, _)| name == service);
    if !lines.any(|(_, line)| is_header(line) == Some(true)) {
        return Ok(None);
    }
    let mut pairs = Vec::new();
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with('[')) {
        let (name, value) = line.split_once('=').ok_or((index + 1, "name=value"))?;
        match name {
            "service" => return Err((index + 1, "no service in a service")),
            _ if line.starts_with("ldap") => {
                return Err((index + 1, "no LDAP: it is not supported"));
            }
            _ => pairs.push((name.to_owned(), value.to_owned())),
        }
    }
    Ok(Some(pairs))
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "# comment\n[other]\nhost=a\n\n [mine] \nhost=b\n port=1 \n[third]\nhost=c\n";
        let pairs = section(text, "mine").expect("a file").expect("a section");
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["host=b", "port=1"]);
        assert_eq!(section(text, "fourth"), Ok(None));
    }

    #[test]
    fn a_line_that_is_no_pair_is_refused() {
        assert_eq!(section("[mine]\nhost", "mine"), Err((2, "name=value")));
        assert!(section("[mine]\nservice=other", "mine").is_err());
    }
}
