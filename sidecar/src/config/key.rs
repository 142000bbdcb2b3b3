//! `[[server.keys]]`

use std::path::PathBuf;
use std::{fmt, fs};

use serde::{Deserialize, Serialize};

use super::{Secret, WrongSetting};

/// A key with a name of its own, and what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedKey {
    /// What logs and limits call it.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The key as it is.
    key: Option<Secret>,
    /// A file that holds it.
    key_file: Option<PathBuf>,
    /// Its SHA-256 in hexadecimal digits.
    key_sha256: Option<String>,
}

/// What the owner of a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Send events.
    Ingest,
    /// Read what is stored, exports among it.
    Read,
    /// Everything.
    Admin,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Ingest => "ingest",
            Role::Read => "read",
            Role::Admin => "admin",
        })
    }
}

/// A key as it is compared, or as it is sent.
pub(crate) enum KeyMaterial {
    Plain(Secret),
    Sha256([u8; 32]),
}

impl NamedKey {
    /// The key, from the one place that is given.
    pub(crate) fn material(&self) -> Result<KeyMaterial, WrongSetting> {
        match (&self.key, &self.key_file, &self.key_sha256) {
            (Some(key), None, None) => Ok(KeyMaterial::Plain(key.clone())),
            (None, Some(path), None) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    let path = path.display();
                    wrong(
                        "server.keys.key_file",
                        format!("a file with the key in it: {path}: {error}"),
                    )
                })?;
                Ok(KeyMaterial::Plain(text.trim_end_matches(['\r', '\n']).to_owned().into()))
            }
            (None, None, Some(digits)) => {
                let digest = from_hexadecimal(digits);
                let expected = "the 64 hexadecimal digits of a SHA-256";
                digest
                    .map(KeyMaterial::Sha256)
                    .ok_or_else(|| wrong("server.keys.key_sha256", expected))
            }
            _ => Err(wrong(
                "server.keys",
                "exactly one of key, key_file and key_sha256 of each of them",
            )),
        }
    }

    /// The key, where this process could present it to another.
    pub(super) fn plain(&self) -> Option<Secret> {
        match self.material() {
            Ok(KeyMaterial::Plain(key)) => Some(key),
            _ => None,
        }
    }
}

fn wrong(key: &'static str, expected: impl Into<String>) -> WrongSetting {
    WrongSetting { key, expected: expected.into() }
}

fn from_hexadecimal(digits: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    rest.is_empty().then(|| bytes.try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sha_256_has_64_digits() {
        let digits = "00ff".repeat(16);
        let digest = from_hexadecimal(&digits.to_uppercase()).expect("a digest");
        assert_eq!((digest[0], digest[1]), (0, 255));
        for wrong in
            ["", &digits[1..], &digits[2..], &format!("{digits}00"), &digits.replace('f', "g")]
        {
            assert_eq!(from_hexadecimal(wrong), None, "{wrong}");
        }
    }
}
