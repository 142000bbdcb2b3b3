//! Timestamps: instants in UTC to the microsecond, as Postgres keeps them.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 0001-01-01T00:00:00.000000Z
const FIRST: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z
const LAST: i64 = 253_402_300_799_999_999;

/// Microseconds since 1970-01-01T00:00:00Z, within the years 0001 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(description = "To the microsecond, in the years 0001 to 9999, with an offset of at most 15:59.", value_type = String, format = DateTime)
)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Reads a date-time of RFC 3339; digits after the microsecond are cut off.
    ///
    /// A space may stand for the `T`, and the offset may be spelled `+HH` or `+HHMM` too. It goes up
    /// to 15:59 as in Postgres. A leap second (`:60`) is the second after it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if !has_date_and_time(text) {
            return None;
        }
        let (fraction, offset) = split_fraction(&text[LOCAL_BYTES..])?;
        let two = |place| number(&text[place..place + 2]);
        let date = NaiveDate::from_ymd_opt(number(&text[..4]).cast_signed(), two(5), two(8))?;
        let (is_leap, second) = if two(17) == 60 { (true, 59) } else { (false, two(17)) };
        let local = date.and_hms_micro_opt(two(11), two(14), second, micros_of(fraction))?;
        let leap = if is_leap { MICROS_PER_SECOND } else { 0 };
        let offset = offset_minutes(offset)? * 60 * MICROS_PER_SECOND;
        Timestamp::from_micros(local.and_utc().timestamp_micros() + leap - offset)
    }

    /// Whether a text would be an instant if it had an offset from UTC.
    pub(crate) fn lacks_offset(text: &str) -> bool {
        let text = text.as_bytes();
        has_date_and_time(text)
            && split_fraction(&text[LOCAL_BYTES..]).is_some_and(|(_, offset)| offset.is_empty())
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

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, or the first or last one there is.
    #[must_use]
    pub fn nearest(micros: i64) -> Self {
        Timestamp(micros.clamp(FIRST, LAST))
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

/// As it is printed.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As it is [parsed](Timestamp::parse).
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<str>>::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| de::Error::custom("expected an RFC 3339 date-time"))
    }
}

/// `YYYY-MM-DDTHH:MM:SS`
const LOCAL_BYTES: usize = 19;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// The strict layout, which chrono and Postgres each take more loosely than the other.
fn has_date_and_time(text: &[u8]) -> bool {
    text.len() >= LOCAL_BYTES
        && text.iter().zip(b"0000-00-00T00:00:00").all(|(&byte, &pattern)| match pattern {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            other => byte == other,
        })
}

/// Digits after a point, and what follows them; `None` where a point has no digits.
fn split_fraction(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(fraction) = text.strip_prefix(b".") else { return Some((&[], text)) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| fraction.split_at(digits))
}

/// What these digits stand for; there are few.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// Microseconds of these digits after the point of a second.
fn micros_of(fraction: &[u8]) -> u32 {
    let digits = &fraction[..fraction.len().min(6)];
    (digits.len()..6).fold(number(digits), |micros, _| micros * 10)
}

/// Minutes east of UTC.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *text {
        [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2] => (sign, [h1, h2], [b'0', b'0']),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, [h1, h2], [m1, m2]),
        _ => return None,
    };
    let is_offset = matches!(hours, [b'0', b'0'..=b'9'] | [b'1', b'0'..=b'5'])
        && matches!(minutes, [b'0'..=b'5', b'0'..=b'9']);
    let minutes = is_offset.then(|| i64::from(number(&hours) * 60 + number(&minutes)))?;
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
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
            ("2026-11-22 22:16:07.5+00", "2026-11-22T22:16:07.500000Z"),
            ("2026-11-22T22:16:07-0130", "2026-11-22T23:46:07.000000Z"),
            ("2026-11-22t22:16:07z", "2026-11-22T22:16:07.000000Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
            ("9999-12-31T22:59:60Z", "9999-12-31T23:00:00.000000Z"),
        ] {
            assert_eq!(utc(sent).as_deref(), Some(read), "{sent}");
        }
    }

    #[test]
    fn there_is_a_nearest_instant_to_each_number() {
        for (micros, nearest) in [
            (i64::MIN, "0001-01-01T00:00:00.000000Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(Timestamp::nearest(micros).to_string(), nearest);
            let instant = Timestamp::nearest(micros).micros();
            assert!(Timestamp::from_micros(instant).is_some(), "{micros}");
        }
    }

    #[test]
    fn what_is_no_rfc3339_instant_is_refused() {
        for text in [
            "yesterday",
            "",
            "2026-11-22",
            "2026-11-22T22:16:07",
            "2026-11-22_22:16:07Z",
            "2026-11-22T22:16:61Z",
            "2026-11-22T22:16:07+1",
            "2026-11-22T22:16:07+01:",
            "2026-11-22T22:16:07 +01:00",
            "2026-02-30T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T22:16:07.Z",
            "2026-11-22T22:16:07+16:00",
            "2026-11-22T22:16:07−01:00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:59:60.5Z",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }
    #[test]
    fn only_an_instant_without_its_offset_lacks_one() {
        for text in ["2026-11-22T22:16:07", "2026-11-22 22:16:07.125", "2026-99-99t99:99:99"] {
            assert!(Timestamp::lacks_offset(text), "{text}");
        }
        for text in ["2026-11-22T22:16:07Z", "2026-11-22", "2026-11-22T22:16:07.", "yesterday"] {
            assert!(!Timestamp::lacks_offset(text), "{text}");
        }
    }
}
