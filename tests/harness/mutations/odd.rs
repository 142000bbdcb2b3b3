//! What parsers of JSON, and readers of events, may take for different things.

use crate::Random;

/// Values for any place of an event.
const VALUES: [&str; 58] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "3.0",
    "\"\"",
    "\" \"",
    "\"x\"",
    "\"5\"",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "{\"\":\"\"}",
    "{\"a\":{\"b\":{}}}",
    "[1,\"2\",null,true,[],{}]",
    "[[\"c\",1]]",
    "{\"c\":1}",
    "{\"StateChange\":{}}",
    "{\"A\":1,\"B\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":\"\\ud800\",\"a\":1}",
    "{\"\\u0000\":\"\\u0000\"}",
    "{\"\\u0061\":1}",
    "\"\\u0000\"",
    "\"\\u0010\"",
    "\"\\u00100\"",
    "\"\\\\u0000\"",
    "\"\\ud83d\\ude80\"",
    "\"\\uD83D\\uDE80\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\udc00\\ud800\"",
    "\"a\\ud83d\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\u0041\"",
    "\"\\u000\"",
    "\"\\uD8\"",
    "\"\\u00zz\"",
    "\"\\x41\"",
    "\"\\",
    "\"unfinished",
    "\"\u{1}\"",
    "\"\t\"",
    "\"a\nb\"",
    "\"\u{7f}\u{85}\u{2028}\u{ffff}\u{feff}\u{10ffff}\"",
    "\"\u{1f}\"",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "nul",
    "True",
    "None",
    "'x'",
    "0x1F",
    "",
];

const NUMBERS: [&str; 44] = [
    "0",
    "-0",
    "-0.0",
    "0.0",
    "1e5",
    "1E+5",
    "1e-5",
    "3.0",
    "1.50",
    "1e0",
    "-1",
    "1.5",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "1180591620717411303424",
    "0.1000000000000000055511151231257827",
    "5e-324",
    "1.7976931348623157e308",
    "1e309",
    "1e999",
    "1e1000",
    "1e1001",
    "1e-1000",
    "1e-1001",
    "1e999999",
    "1e-999999",
    "0e99999",
    "0e-99999",
    "0e9999999999999999999999",
    "1e131071",
    "1e2147483648",
    "01",
    "-",
    "+1",
    ".5",
    "5.",
    "1e",
    "1e+",
    "1_000",
    "1.2.3",
];

const TIMESTAMPS: [&str; 62] = [
    "2026-11-26T12:00:00Z",
    "2026-11-26t12:00:00z",
    "2026-11-26 12:00:00Z",
    "2026-11-26 12:00:00.5+00",
    "2026-11-26T12:00:00+00",
    "2026-11-26T12:00:00+0000",
    "2026-11-26T12:00:00-0130",
    "2026-11-26T12:00:00",
    "2026-11-26T12:00:00.123456",
    "2026-11-26T12:00",
    "2026-11-26",
    "2026-11-26T12:00Z",
    "2026-11-26T12Z",
    "20261126T120000Z",
    "2026-W48-4T12:00:00Z",
    "2026-330T12:00:00Z",
    "2026-11-26T12:00:00,5Z",
    "2026-11-26T12:00:00.Z",
    "2026-11-26T12:00:00.0000000Z",
    "2026-11-26T12:00:00.1234564Z",
    "2026-11-26T12:00:00.1234565Z",
    "2026-11-26T12:00:00.9999999Z",
    "2026-11-26T12:00:00.123456789012345678901234567890Z",
    "2026-11-26T12:00:60Z",
    "2026-11-26T12:00:61Z",
    "2026-12-31T23:59:60Z",
    "2026-12-31T23:59:60.999999Z",
    "2026-12-31T23:59:60.9999999Z",
    "2016-12-31T15:59:60-08:00",
    "2026-11-26T24:00:00Z",
    "2026-11-26T25:00:00Z",
    "2026-02-29T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-26T12:00:00+15:59",
    "2026-11-26T12:00:00+16:00",
    "2026-11-26T12:00:00-15:59",
    "2026-11-26T12:00:00+23:59",
    "2026-11-26T12:00:00-00:00",
    "2026-11-26T12:00:00+00:60",
    "2026-11-26T12:00:00 Z",
    "2026-11-26T12:00:00 +00:00",
    "2026-11-26T12:00:00UTC",
    "2026-11-26T12:00:00 UTC",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "0001-01-01T00:00:00-00:01",
    "0000-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60+00:01",
    "10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "1764158400",
    " 2026-11-26T12:00:00Z",
    "infinity",
    "2026-11-26T12:00:00Z\\u0000",
];

const KINDS: [&str; 24] = [
    "\"K\"",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"K\\u0000\"",
    "\"\\u0010\"",
    "\"\\u0041\"",
    "\"\\ud800\"",
    "\"🚀\"",
    "{\"K\":null}",
    "{\"K\":{}}",
    "{\"K\":5}",
    "{\"K\":[]}",
    "{\"K\":\"x\"}",
    "{\"\":{}}",
    "{\"K\\u0000\":{}}",
    "{\"\\u0010\":{\"a\":\"\\u0010\"}}",
    "{\"K\":{},\"L\":{}}",
    "{\"K\":1,\"K\":2}",
    "{\"\\ud800\":{}}",
    "{}",
    "[\"K\"]",
    "[]",
    "{\"K\":{\"duration_ms\":1e999,\"file\":\"f\",\"line\":1.0}}",
];

const CLOCKS: [&str; 36] = [
    "[]",
    "{}",
    "null",
    "5",
    "\"x\"",
    "[[\"c\",1]]",
    "{\"c\":1}",
    "[[\"c\",0]]",
    "[[\"c\",-0]]",
    "[[\"c\",-0.0]]",
    "[[\"c\",3.0]]",
    "[[\"c\",1e3]]",
    "[[\"c\",0e-99999]]",
    "[[\"c\",1.5]]",
    "[[\"c\",-1]]",
    "[[\"c\",18446744073709551615]]",
    "[[\"c\",18446744073709551616]]",
    "[[\"c\",18446744073709551615.0]]",
    "[[\"c\",\"1\"]]",
    "[[\"c\",null]]",
    "[[\"c\"]]",
    "[[\"c\",1,2]]",
    "[[1,\"c\"]]",
    "[\"c\",1]",
    "[[]]",
    "[null]",
    "[[\"c\",1],[\"c\",2]]",
    "[[\"\",1],[\"\\u0000\",2],[\"\\u0010\",3]]",
    "[[\"\\ud800\",1]]",
    "{\"c\":1,\"c\":2}",
    "{\"c\":-1}",
    "{\"c\":1.0}",
    "{\"c\":\"1\"}",
    "{\"\":1,\"\\u0000\":2}",
    "{\"c\":18446744073709551616}",
    "{\"c\":{}}",
];

const ESCAPES: [&str; 18] = [
    "\\u0000",
    "\\u0010",
    "\\u00100",
    "\\ud83d",
    "\\ude80",
    "\\ud83d\\ude80",
    "\\ude80\\ud83d",
    "\\u000",
    "\\u",
    "\\",
    "\\x",
    "\\\\",
    "\\/",
    "\\u00e9",
    "\\uFFFF",
    "\\ufeff",
    "\\b\\f\\n\\r\\t",
    "\\u0022",
];

const BODIES: [&str; 26] = [
    "",
    " ",
    "\n\n",
    "\u{feff}",
    "\u{feff}\u{feff}[]",
    "null",
    "5",
    "\"text\"",
    "nonsense",
    "NaN",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "[,]",
    "[null,5,\"x\"]",
    "{\"events\":[]}",
    "{\"events\":{}}",
    "{\"events\":null}",
    "{\"events\":[[]]}",
    "[{\"events\":[]}]",
    "{\"events\":[{}",
    "{\"\\u0065vents\":[{}]}",
    "{\"resourceSpans\":[{\"scopeSpans\":[]}]}",
    "{\"traceEvents\":[{\"ph\":\"X\",\"ts\":1,\"pid\":1}]}",
    "[{\"traceId\":\"5af7183fb1d4cf5f\",\"id\":\"352bff9a74ca9ad2\",\"kind\":\"SERVER\"}]",
];

/// Ids are of so many characters at most.
const ID_CHARACTERS: usize = 255;
const KIND_CHARACTERS: usize = 50;

/// Digits that a number may have on either side of its point.
const DIGITS: usize = 1000;

/// That JSON may be nested in, and from where parsers may overflow.
const DEPTH: usize = 128;
const DEEP: [usize; 2] = [1_000, 10_000];

/// Few: each is as long as a hundred other bodies.
const DEEPEST: usize = 100_000;

/// For any place.
pub(super) fn value(random: &mut Random) -> String {
    (*random.choose(&VALUES)).to_owned()
}

/// One that types of machines don't hold, that is near a limit, or that is no number.
pub(super) fn number(random: &mut Random) -> String {
    let digits = |count: usize| "7".repeat(count);
    let near = DIGITS - 2 + random.below(5);
    match random.below(12) {
        0 => digits(near),
        1 => format!("-{}.5", digits(near)),
        2 => format!("0.{}", digits(near)),
        3 => format!("1.5e{near}"),
        4 => format!("1.5e-{near}"),
        _ => (*random.choose(&NUMBERS)).to_owned(),
    }
}

/// A string, or what should be one.
pub(super) fn timestamp(random: &mut Random) -> String {
    format!("\"{}\"", random.choose(&TIMESTAMPS))
}

/// The name of a kind, or what should be one.
pub(super) fn kind(random: &mut Random) -> String {
    let length = KIND_CHARACTERS - 1 + random.below(3);
    match random.below(6) {
        0 => format!("\"{}\"", "k".repeat(length)),
        1 => format!("{{\"{}\":{{}}}}", "é".repeat(length)),
        _ => (*random.choose(&KINDS)).to_owned(),
    }
}

/// A clock of either dialect, or what should be one.
pub(super) fn clock(random: &mut Random) -> String {
    (*random.choose(&CLOCKS)).to_owned()
}

/// An id that no other body has, in a spelling or of a length that is odd; or what is none.
pub(super) fn id(number: u64, random: &mut Random) -> String {
    let number = format!("{number:08}");
    let filled = |letter: &str, length: usize| letter.repeat(length - number.len()) + &number;
    let length = ID_CHARACTERS - 1 + random.below(3);
    let id = match random.below(16) {
        0 => filled("i", length),
        1 => filled("é", length),
        2 => filled("🚀", length),
        3 => filled("\\ud83d\\ude80", length),
        4 => filled("\\u0069", length),
        5 => format!("a\\u0000{number}"),
        6 => format!("a\\u0010{number}"),
        7 => format!("\\ud800{number}"),
        8 => format!(" {number} "),
        9 => format!("%1$s{number}"),
        10 => format!("0B67F052-A9C4-4FDC-86A6-{number}0000"),
        11 => format!("0b67f052a9c44fdc86a6{number}0000"),
        12 => format!("\u{ffff}\u{feff}{number}"),
        13 => String::new(),
        14 => return value(random),
        _ => return number,
    };
    format!("\"{id}\"")
}

/// Something that begins with a backslash.
pub(super) fn escape(random: &mut Random) -> &'static str {
    ESCAPES[random.below(ESCAPES.len())]
}

/// A value in about as many arrays or objects as may be, or in far more.
pub(super) fn deep_value(random: &mut Random) -> String {
    let depth = match random.below(200) {
        0 => DEEPEST,
        1..20 => *random.choose(&DEEP),
        _ => DEPTH - 8 + random.below(16),
    };
    let (open, close) = *random.choose(&[("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")]);
    let depth = if open.len() > 5 { depth / 2 } else { depth };
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// A whole body that holds no event, or more that are none than are listed.
pub(super) fn body(random: &mut Random) -> Vec<u8> {
    let text = match random.below(4) {
        0 => format!("[{}]", vec!["1"; 98 + random.below(5)].join(",")),
        1 => "x\n".repeat(98 + random.below(5)) + "{}",
        _ => (*random.choose(&BODIES)).to_owned(),
    };
    text.into_bytes()
}
