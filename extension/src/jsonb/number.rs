//! Numbers as `numeric` keeps them: digits to the base of 10,000 (`src/backend/utils/adt/numeric.c`).

const NEGATIVE: u16 = 0x4000;
const SHORT: u16 = 0x8000;
const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_MAX_SCALE: i64 = 63;
const SHORT_WEIGHTS: std::ops::RangeInclusive<i64> = -64..=63;
/// Decimal digits in one of a numeric.
const DIGITS: i64 = 4;

/// The bytes of a `numeric` without the header of its length, of a number of JSON.
pub(super) fn numeric(json: &str) -> Vec<u8> {
    let (is_negative, unsigned) = match json.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, json),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let scale = (length(fraction) - exponent).max(0);
    let (digits, weight) = digits(whole, fraction, exponent);
    encode(is_negative && !digits.is_empty(), scale, weight, &digits)
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// Without zeros at either end, and the power of 10,000 of the first.
fn digits(whole: &str, fraction: &str, exponent: i64) -> (Vec<u16>, i64) {
    let first = length(whole) + exponent - 1;
    let mut weight = first.div_euclid(DIGITS);
    let zeros = (weight + 1) * DIGITS - (first + 1);
    let mut decimals = std::iter::repeat_n(b'0', usize::try_from(zeros).unwrap_or(0))
        .chain(whole.bytes())
        .chain(fraction.bytes())
        .map(|digit| u16::from(digit.wrapping_sub(b'0')))
        .peekable();
    let mut digits = Vec::with_capacity(whole.len() / 4 + fraction.len() / 4 + 2);
    while decimals.peek().is_some() {
        let digit = (0..DIGITS).fold(0, |digit, _| digit * 10 + decimals.next().unwrap_or(0));
        if digit == 0 && digits.is_empty() {
            weight -= 1;
        } else {
            digits.push(digit);
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    (digits, weight)
}

fn encode(is_negative: bool, scale: i64, weight: i64, digits: &[u16]) -> Vec<u8> {
    let weight = if digits.is_empty() { 0 } else { weight };
    let mut words = Vec::with_capacity(digits.len() + 2);
    // Two's complement, of as many bits as there are for it.
    let bits = |number: i64, mask: u16| u16::try_from(number & i64::from(mask)).unwrap_or(0);
    if scale <= SHORT_MAX_SCALE && SHORT_WEIGHTS.contains(&weight) {
        let sign = if is_negative { SHORT_NEGATIVE } else { 0 };
        words.push(SHORT | sign | bits(scale, 0x3f) << 7 | bits(weight, 0x7f));
    } else {
        words.push(if is_negative { NEGATIVE } else { 0 } | bits(scale, 0x3fff));
        words.push(bits(weight, 0xffff));
    }
    words.extend(digits);
    words.into_iter().flat_map(u16::to_ne_bytes).collect()
}
