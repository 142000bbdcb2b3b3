//! Where libpq looks beyond the connection string: environment variables and the home directory.

use std::path::PathBuf;

/// What surrounds the process.
pub(crate) struct Environment {
    variable: fn(&str) -> Option<String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// The real one.
    pub(crate) fn of_process() -> Self {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        Environment { variable: |name| std::env::var(name).ok(), home }
    }

    /// The value of a variable; an empty one is a value too.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// A file of the user.
    pub(crate) fn in_home(&self, file: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(file))
    }
}

#[cfg(test)]
impl Environment {
    /// Only these variables, and nobody's home.
    pub(crate) fn of_test(variable: fn(&str) -> Option<String>) -> Self {
        Environment { variable, home: None }
    }
}
