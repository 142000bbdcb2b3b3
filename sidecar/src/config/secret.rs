//! Passwords and keys.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// What is shown in place of a secret.
const MASK: &str = "***";

/// A text that is shown to nobody, wherever the configuration is printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// Writes a connection string without its password.
#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
pub(super) fn connection<S: Serializer>(
    connection: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    connection.as_deref().map(masked).serialize(serializer)
}

/// A connection string with a mask for each password in it.
fn masked(connection: &str) -> String {
    match connection.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", masked_url(rest)),
        None => masked_values(connection, |rest| match rest.strip_prefix('\'') {
            Some(quoted) => end_of_quoted(quoted) + 1,
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        }),
    }
}

/// A password may have an `@` of its own that nobody has encoded: the last one counts.
fn masked_url(rest: &str) -> String {
    let (user, place) =
        rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
    let place = masked_values(place, |rest| rest.find('&').unwrap_or(rest.len()));
    match user.map(|user| user.split_once(':').map_or((user, ""), |(name, _)| (name, ":***"))) {
        Some((name, password)) => format!("{name}{password}@{place}"),
        None => place,
    }
}

/// Masks what follows each `password =`, of which `length` says how many bytes it has.
fn masked_values(text: &str, length: impl Fn(&str) -> usize) -> String {
    const NAME: &str = "password";
    let mut rest = text;
    let mut masked = String::new();
    while let Some(start) = rest.find(NAME) {
        let (before, after) = rest.split_at(start + NAME.len());
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        masked.push_str(before);
        rest = after;
        if let Some(value) = value {
            masked.extend(["=", MASK]);
            rest = &value[length(value).min(value.len())..];
        }
    }
    masked + rest
}

/// Of a text after its first quote: how many bytes there are up to its end.
fn end_of_quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (place, character) in text.char_indices() {
        match character {
            '\'' if !is_escaped => return place + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_shown_without_passwords() {
        for (written, shown) in [
            ("postgresql://user:secret@host:5432/db", "postgresql://user:***@host:5432/db"),
            ("postgresql://user:sec@ret@host/db", "postgresql://user:***@host/db"),
            ("postgresql://user@host/db", "postgresql://user@host/db"),
            (
                "postgresql://host/db?user=a&password=secret&x=1",
                "postgresql://host/db?user=a&password=***&x=1",
            ),
            ("postgresql:///db", "postgresql:///db"),
            ("host=h password=secret user=u", "host=h password=*** user=u"),
            ("host=h password = 'sec ret\\' x' user=u", "host=h password=*** user=u"),
            ("password='secret", "password=***"),
            ("sslpassword=secret passfile=/f", "sslpassword=*** passfile=/f"),
            ("", ""),
        ] {
            assert_eq!(masked(written), shown);
        }
    }
}
