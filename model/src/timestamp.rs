//! Timestamps: instants in UTC to the microsecond, as Postgres keeps them.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

/// Microseconds since 1970-01-01T00:00:00Z, within the years 0001 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Reads a date-time of RFC 3339; digits after the microsecond are cut off.
    ///
    /// Offsets go up to 15:59 as in Postgres. A leap second (`:60`) is the second after it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !has_rfc3339_layout(text.as_bytes()) {
            return None;
        }
        let utc = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
        (1..=9999).contains(&utc.year()).then(|| Timestamp(utc.timestamp_micros()))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, if its year is 0001 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        let utc = DateTime::from_timestamp_micros(micros)?;
        (1..=9999).contains(&utc.year()).then_some(Timestamp(micros))
    }

    fn format(self, use_z: bool) -> String {
        DateTime::from_timestamp_micros(self.0)
            .unwrap_or_default()
            .to_rfc3339_opts(SecondsFormat::Micros, use_z)
    }

    /// With an offset of `+00:00`, as Raceway's trace list writes it.
    #[must_use]
    pub fn to_offset_string(self) -> String {
        self.format(false)
    }
}

/// `2026-01-31T12:00:00.000001Z`
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(true))
    }
}

/// The strict layout, which chrono and Postgres each take more loosely than the other:
/// `YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM)`, offset below 16 hours.
fn has_rfc3339_layout(text: &[u8]) -> bool {
    let Some((head, tail)) = text.split_at_checked(19) else { return false };
    let head_fits =
        head.iter().zip(b"0000-00-00T00:00:00").all(|(&byte, &pattern)| match pattern {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't'),
            other => byte == other,
        });
    head_fits && is_offset(skip_fraction(tail))
}

/// What follows the fraction of a second; `tail` itself where there is none.
fn skip_fraction(tail: &[u8]) -> &[u8] {
    let Some(fraction) = tail.strip_prefix(b".") else { return tail };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { tail } else { &fraction[digits..] }
}

fn is_offset(text: &[u8]) -> bool {
    match text {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            matches!((h1, h2), (b'0', b'0'..=b'9') | (b'1', b'0'..=b'5'))
                && matches!((m1, m2), (b'0'..=b'5', b'0'..=b'9'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn utc(text: &str) -> Option<String> {
        Timestamp::parse(text).map(|timestamp| timestamp.to_string())
    }

    #[test]
    fn every_spelling_of_the_sdks_is_read() {
        for (sent, read) in [
            ("2026-11-22T22:16:23.889369893Z", "2026-11-22T22:16:23.889369Z"),
            ("2026-11-22T22:16:07.867861+00:00", "2026-11-22T22:16:07.867861Z"),
            ("2026-11-22T22:16:02.521Z", "2026-11-22T22:16:02.521000Z"),
            ("2026-11-22T22:16:07+00:00", "2026-11-22T22:16:07.000000Z"),
            ("2026-11-22T23:46:07+01:30", "2026-11-22T22:16:07.000000Z"),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000000Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(utc(sent).as_deref(), Some(read), "{sent}");
        }
    }

    #[test]
    fn what_is_no_rfc3339_instant_is_refused() {
        for text in [
            "yesterday",
            "",
            "2026-11-22",
            "2026-11-22T22:16:07",
            "2026-11-22 22:16:07Z",
            "2026-02-30T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T22:16:07.Z",
            "2026-11-22T22:16:07+16:00",
            "2026-11-22T22:16:07−01:00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }
}
