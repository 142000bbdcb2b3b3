//! How people read instants, durations and what others have written.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use raceway_model::Timestamp;

/// As a part of a path.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Text of others, with escapes for what would do something to a terminal instead of being shown there.
pub(super) fn clean(text: &str) -> String {
    // Quotation marks do no harm.
    text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

/// In UTC to the millisecond: `2026-01-31 12:00:00.000`.
pub(super) fn utc(instant: Timestamp) -> String {
    let text = instant.to_string().replace('T', " ");
    text.get(..23).unwrap_or(&text).to_owned()
}

/// Milliseconds from one instant to another, 0 if that one is earlier.
pub(super) fn milliseconds(from: Timestamp, to: Timestamp) -> f64 {
    let micros = u64::try_from(to.micros() - from.micros()).unwrap_or(0);
    std::time::Duration::from_micros(micros).as_secs_f64() * 1e3
}

/// Of so many milliseconds, the two figures or units that matter: `12.3 ms`, `3 min 20 s`.
pub(super) fn duration(ms: f64) -> String {
    let whole = |unit: f64, rest: f64, names: [&str; 2]| {
        let parts = (ms / rest).floor();
        let more = unit / rest;
        format!("{} {} {} {}", (parts / more).floor(), names[0], parts % more, names[1])
    };
    match ms {
        0.0 => "0".to_owned(),
        ..1.0 => format!("{:.0} µs", ms * 1e3),
        ..1e3 => format!("{ms:.1} ms"),
        ..60e3 => format!("{:.2} s", ms / 1e3),
        ..3_600e3 => whole(60e3, 1e3, ["min", "s"]),
        ..86_400e3 => whole(3_600e3, 60e3, ["h", "min"]),
        _ => whole(86_400e3, 3_600e3, ["d", "h"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_but_characters() {
        for (written, shown) in [
            ("alice's \"account\"", "alice's \"account\""),
            ("\u{1b}[2J\u{7}\r\n", "\\u{1b}[2J\\u{7}\\r\\n"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2028}", "a\\u{202e}b\\u{2028}"),
            ("Konto é 口座", "Konto é 口座"),
            ("a\\\"b", "a\\\\\"b"),
        ] {
            assert_eq!(clean(written), shown);
        }
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (ms, shown) in [
            (0.0, "0"),
            (0.0125, "12 µs"),
            (12.34, "12.3 ms"),
            (1_500.0, "1.50 s"),
            (200_000.0, "3 min 20 s"),
            (3_660_000.0, "1 h 1 min"),
            (90_000_000.0, "1 d 1 h"),
        ] {
            assert_eq!(duration(ms), shown);
        }
    }
}
