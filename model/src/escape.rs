//! U+0000 in `jsonb`, which can't hold it, by a reversible escape on JSON text.
//!
//! U+0000 becomes U+0010 `0`, and U+0010 itself (DATA LINK ESCAPE) is doubled. JSON text always
//! spells the two `\u0000` and `\u0010`, so text without them, nearly all of it, stays as it is.

use std::borrow::Cow;

/// JSON text that `jsonb` can hold.
#[must_use]
pub fn escape_json(json: &str) -> Cow<'_, str> {
    rewrite(json, |at_backslash| {
        if at_backslash.starts_with(r"\u0000") {
            Some((6, r"\u00100"))
        } else if at_backslash.starts_with(r"\u0010") {
            Some((6, r"\u0010\u0010"))
        } else {
            None
        }
    })
}

/// Text as a string of `jsonb` holds it: what [`escape_json`] makes of its JSON. It has no U+0000.
#[must_use]
pub fn escape_text(text: &str) -> String {
    text.replace('\u{10}', "\u{10}\u{10}")
}

/// What [`escape_json`] was given, from the text that `jsonb` prints.
#[must_use]
pub fn unescape_json(json: &str) -> Cow<'_, str> {
    rewrite(json, |at_backslash| {
        let rest = at_backslash.strip_prefix(r"\u0010")?;
        if rest.starts_with('0') {
            Some((7, r"\u0000"))
        } else {
            rest.starts_with(r"\u0010").then_some((12, r"\u0010"))
        }
    })
}

/// Replaces escape sequences: `replacement` is given the text from a backslash on, and answers how
/// many bytes to replace, by what.
fn rewrite(
    json: &str,
    replacement: impl Fn(&str) -> Option<(usize, &'static str)>,
) -> Cow<'_, str> {
    if !json.contains(r"\u00") {
        return Cow::Borrowed(json);
    }
    let mut written = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(backslash) = rest.find('\\') {
        let (before, sequence) = rest.split_at(backslash);
        written.push_str(before);
        // A sequence is a backslash and one more character, in JSON always ASCII.
        let (length, text) =
            replacement(sequence).unwrap_or_else(|| (2, sequence.get(..2).unwrap_or(sequence)));
        written.push_str(text);
        rest = sequence.get(length..).unwrap_or_default();
    }
    written.push_str(rest);
    Cow::Owned(written)
}

#[cfg(test)]
mod tests {
    use super::{escape_json, unescape_json};

    #[test]
    fn nul_is_escaped_and_comes_back() {
        for (sent, held) in [
            (r#""a\u0000b""#, r#""a\u00100b""#),
            (r#""a\u0010b""#, r#""a\u0010\u0010b""#),
            (r#""\u0010\u0000""#, r#""\u0010\u0010\u00100""#),
            (r#""a\\u0000b""#, r#""a\\u0000b""#),
            (r#""a\\\u0000b""#, r#""a\\\u00100b""#),
            (r#""\n\u001f plain""#, r#""\n\u001f plain""#),
        ] {
            assert_eq!(escape_json(sent), held);
            assert_eq!(unescape_json(held), sent);
        }
    }
}
