//! `key=value` pairs.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>

use std::iter::Peekable;
use std::str::Chars;

use crate::{Pairs, ParameterError};

/// The pairs, in order.
pub(crate) fn parse(text: &str) -> Result<Pairs, ParameterError> {
    let mut pairs = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        skip_blanks(&mut rest);
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let name = name(&mut rest);
        skip_blanks(&mut rest);
        if rest.next() != Some('=') {
            return Err(ParameterError::Syntax { expected: "=", after: name });
        }
        skip_blanks(&mut rest);
        let value = value(&mut rest).ok_or_else(|| ParameterError::Syntax {
            expected: "a closing quote",
            after: name.clone(),
        })?;
        pairs.push((name, value));
    }
}

fn skip_blanks(rest: &mut Peekable<Chars>) {
    while rest.next_if(char::is_ascii_whitespace).is_some() {}
}

fn name(rest: &mut Peekable<Chars>) -> String {
    let mut name = String::new();
    while let Some(next) = rest.next_if(|&next| next != '=' && !next.is_ascii_whitespace()) {
        name.push(next);
    }
    name
}

/// `None` where a quote is not closed.
fn value(rest: &mut Peekable<Chars>) -> Option<String> {
    let is_quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match rest.next_if(|next| is_quoted || !next.is_ascii_whitespace()) {
            Some('\'') if is_quoted => return Some(value),
            Some('\\') => value.extend(rest.next()),
            Some(next) => value.push(next),
            None => return (!is_quoted).then_some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).expect(text)
    }

    #[test]
    fn values_are_bare_or_quoted() {
        let expected = [("host", "a b"), ("user", "it's"), ("password", ""), ("port", "1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs(r"host='a b' user = it\'s password='' port=1"), expected);
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        for text in ["host", "host='a", "host 'a'"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
