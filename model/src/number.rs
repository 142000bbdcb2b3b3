//! JSON numbers by their exact value, beyond what any machine type holds.

use serde_json::{Number, Value};

/// A number has at most so many digits before its decimal point, and so many after it, once its
/// exponent is written out, as Postgres does. `numeric` takes 131,072 and 16,383: then `1e131071`, of
/// eight bytes, would become 131 kB wherever an event is printed.
pub(crate) const MAX_DIGITS: usize = 1000;
/// What `numeric` takes before and after the point.
const NUMERIC_DIGITS: [i64; 2] = [131_072, 16_383];
/// `numeric` reads no exponent beyond this, even of zero.
const MAX_EXPONENT: i64 = (i32::MAX / 2) as i64;

/// Whether two JSON values are the same: numbers by exact value (`3.0` is `3`), objects
/// whatever the order of their keys.
#[must_use]
pub fn json_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Decimal::of(a) == Decimal::of(b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| json_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| json_equal(a, b)))
        }
        _ => a == b,
    }
}

/// The value as a whole number from 0 to `u64::MAX`, if it is one, also spelled `3.0`.
pub(crate) fn as_whole_number(value: &Value) -> Option<u64> {
    let Value::Number(number) = value else { return None };
    if let Some(clock) = number.as_u64() {
        return Some(clock);
    }
    let decimal = Decimal::of(number);
    let zeros = usize::try_from(decimal.exponent).ok().filter(|&zeros| zeros < 20)?;
    if decimal.negative {
        return None;
    }
    format!("0{}{}", decimal.digits, "0".repeat(zeros)).parse().ok()
}

/// Whether the JSON is a whole number from 0 to `u64::MAX`, also spelled `3.0`.
pub(crate) fn is_whole_number(json: &str) -> bool {
    // Nearly all are plain digits.
    (json.len() < 20 && json.bytes().all(|byte| byte.is_ascii_digit()))
        || serde_json::from_str(json).is_ok_and(|value| as_whole_number(&value).is_some())
}

/// Whether the number has no more than [`MAX_DIGITS`] on either side of its point.
pub(crate) fn is_short(json: &str) -> bool {
    let fits = |number: Number| {
        let (integer_digits, fraction_digits) = extent(&number);
        integer_digits.max(fraction_digits) <= places(MAX_DIGITS)
    };
    serde_json::from_str(json).is_ok_and(fits)
}

/// Whether Postgres reads this number at all, as it does also where a later field of the same name
/// replaces it.
pub(crate) fn is_read_by_postgres(json: &str) -> bool {
    let fits = |number: Number| {
        let (integer_digits, fraction_digits) = extent(&number);
        integer_digits <= NUMERIC_DIGITS[0] && fraction_digits <= NUMERIC_DIGITS[1]
    };
    serde_json::from_str(json).is_ok_and(fits)
}

/// Digits before and after the decimal point once the exponent is written out.
fn extent(number: &Number) -> (i64, i64) {
    let (mantissa, exponent) = split_exponent(number.as_str());
    if !(-MAX_EXPONENT..MAX_EXPONENT).contains(&exponent) {
        return (i64::MAX, i64::MAX);
    }
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| places(fraction.len()));
    let decimal = Decimal::of(number);
    (places(decimal.digits.len()) + decimal.exponent, fraction - exponent)
}

/// Mantissa and exponent; an exponent too long to read counts as the greatest.
fn split_exponent(number: &str) -> (&str, i64) {
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return (number, 0) };
    (mantissa, exponent.parse().unwrap_or(i64::MAX).clamp(-MAX_EXPONENT, MAX_EXPONENT))
}

fn places(digits: usize) -> i64 {
    i64::try_from(digits).unwrap_or(i64::MAX)
}

/// `±digits · 10^exponent`, with neither leading nor trailing zeros in `digits`.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn of(number: &Number) -> Self {
        let (mantissa, exponent) = split_exponent(number.as_str());
        let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{integer}{fraction}");
        let digits = all.trim_matches('0').to_owned();
        if digits.is_empty() {
            return Decimal { negative: false, digits, exponent: 0 };
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent = exponent - places(fraction.len()) + places(zeros);
        Decimal { negative: mantissa.starts_with('-'), digits, exponent }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    use super::{as_whole_number, is_read_by_postgres, is_short, is_whole_number, json_equal};

    fn value(json: &str) -> Value {
        from_str(json).expect("test JSON")
    }

    #[test]
    fn numbers_are_equal_by_exact_value() {
        for (a, b) in [
            ("3", "3.0"),
            ("100", "1e2"),
            ("-0.0", "0"),
            ("1180591620717411303424", "1180591620717411303424.00"),
            ("12.5e-1", "1.25"),
        ] {
            assert!(json_equal(&value(a), &value(b)), "{a} = {b}");
        }
        for (a, b) in [
            ("18446744073709551615", "18446744073709551616"),
            ("9223372036854775807", "9223372036854775808"),
            ("0.1", "0.10000000000000001"),
            ("1", "-1"),
            ("1", "\"1\""),
        ] {
            assert!(!json_equal(&value(a), &value(b)), "{a} ≠ {b}");
        }
    }

    #[test]
    fn whole_numbers_start_at_zero() {
        for (json, clock) in [
            ("0", Some(0)),
            ("3.0", Some(3)),
            ("1e3", Some(1000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.5", None),
            ("\"1\"", None),
            ("null", None),
            ("1e400", None),
        ] {
            assert_eq!(as_whole_number(&value(json)), clock, "{json}");
            assert_eq!(is_whole_number(json), clock.is_some(), "{json}");
        }
    }

    #[test]
    fn a_number_is_short_once_it_is_written_out() {
        for json in ["1e999", "1e-1000", "0.5e-999", "0e99999", "-1.5"] {
            assert!(is_short(json), "{json}");
        }
        for json in
            ["1e1000", "1e-1001", "[{\"a\": 1e999999999999999999999}]", "0e-99999", "0e9999999999"]
        {
            assert!(!is_short(json), "{json}");
        }
    }

    #[test]
    fn postgres_reads_longer_numbers_than_are_kept() {
        for (json, is_read) in [
            ("1e131071", true),
            ("1e131072", false),
            ("0e-16383", true),
            ("0e-16384", false),
            ("1e999999999999", false),
        ] {
            assert_eq!(is_read_by_postgres(json), is_read, "{json}");
        }
    }
}
