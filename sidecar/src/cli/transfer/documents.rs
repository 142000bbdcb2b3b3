//! Events in a stream of text, whatever their packing.
//!
//! A document is a JSON value, on one line or over several; one may follow another as it likes. Where a
//! text turns out to be no JSON, each of its lines is a document by itself, and reading goes on at the
//! line that was not expected. So a line that is broken costs itself, as in newline-delimited JSON.

use std::io::{self, BufRead, Read};

use raceway_model::split_batch;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::batches::{Abandoned, Batches};

/// A longer document is taken for many events.
const LONG: usize = 1 << 20;
/// Of a document, which is held in memory.
const MAX_BYTES: usize = 256 << 20;
/// What some programs write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why no more is read.
#[derive(Debug)]
pub(super) enum Stop {
    Abandoned,
    Failed(io::Error),
}

impl From<Abandoned> for Stop {
    fn from(_: Abandoned) -> Self {
        Stop::Abandoned
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(error)
    }
}

/// Reads to the end.
pub(super) fn read(text: impl BufRead, batches: &mut Batches) -> Result<(), Stop> {
    each_document(text, MAX_BYTES, |document| push_document(document, batches))
}

/// Calls for each document, or what is to be one.
fn each_document(
    text: impl BufRead,
    max_bytes: usize,
    mut visit: impl FnMut(&[u8]) -> Result<(), Abandoned>,
) -> Result<(), Stop> {
    let mut lines = Lines { text, max_bytes, held: Vec::new(), start: 0, is_at_end: false };
    while lines.hold_one()? {
        let length = loop {
            let held = lines.held();
            match first(held) {
                First::Document(length) => {
                    visit(&held[..length])?;
                    break length;
                }
                First::Broken(length) => {
                    each_line(&held[..length], &mut visit)?;
                    break length;
                }
                First::Blank => break held.len(),
                First::Begun if lines.hold_twice()? => {}
                First::Begun => {
                    each_line(lines.held(), &mut visit)?;
                    break lines.held().len();
                }
            }
        };
        lines.start += length;
    }
    Ok(())
}

fn each_line(
    text: &[u8],
    visit: &mut impl FnMut(&[u8]) -> Result<(), Abandoned>,
) -> Result<(), Abandoned> {
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.try_for_each(visit)
}

/// Whole lines of a text that are held in memory.
struct Lines<R> {
    text: R,
    max_bytes: usize,
    held: Vec<u8>,
    /// Everything before has been visited.
    start: usize,
    is_at_end: bool,
}

impl<R: BufRead> Lines<R> {
    fn held(&self) -> &[u8] {
        &self.held[self.start..]
    }

    /// One line at least; false at the end.
    fn hold_one(&mut self) -> io::Result<bool> {
        if self.held().is_empty() {
            self.held.clear();
            self.start = 0;
            self.read_line()?;
            if self.held.starts_with(BYTE_ORDER_MARK) {
                self.start = BYTE_ORDER_MARK.len();
            }
        }
        Ok(!self.is_at_end || !self.held().is_empty())
    }

    /// Twice as much as now, if there is so much: trying again and again to find a document's end then
    /// takes as long as trying twice. False where there is no more.
    fn hold_twice(&mut self) -> io::Result<bool> {
        self.held.drain(..self.start);
        self.start = 0;
        let before = self.held.len();
        while self.held.len() < before * 2 && !self.is_at_end {
            self.read_line()?;
        }
        Ok(self.held.len() > before)
    }

    fn read_line(&mut self) -> io::Result<()> {
        let room = self.max_bytes + 1 - self.held.len();
        let length = self.text.by_ref().take(room as u64).read_until(b'\n', &mut self.held)?;
        if length == room {
            let expected = format!("expected documents of at most {} bytes", self.max_bytes);
            return Err(io::Error::new(io::ErrorKind::InvalidData, expected));
        }
        self.is_at_end = length == 0;
        Ok(())
    }
}

/// What a text begins with.
enum First {
    /// A document, up to here.
    Document(usize),
    /// Lines up to here that belong to none.
    Broken(usize),
    /// A document that goes on.
    Begun,
    Blank,
}

fn first(text: &[u8]) -> First {
    let mut values = Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    match values.next() {
        None => First::Blank,
        Some(Ok(_)) => First::Document(values.byte_offset()),
        Some(Err(error)) if error.is_eof() => First::Begun,
        // The line of the error may begin another document, unless this one began there.
        Some(Err(error)) => First::Broken(length_of(text, (error.line() - 1).max(1))),
    }
}

/// Of so many lines.
fn length_of(text: &[u8], lines: usize) -> usize {
    memchr::memchr_iter(b'\n', text).nth(lines - 1).map_or(text.len(), |end| end + 1)
}

/// An event, or several in what `POST /events` takes, or in an answer of the API. What is none of
/// these is passed on as an event: whoever should store it says what is wrong with it.
fn push_document(document: &[u8], batches: &mut Batches) -> Result<(), Abandoned> {
    let Ok(document) = str::from_utf8(document) else {
        batches.push_unreadable();
        return Ok(());
    };
    let document = document.trim();
    if document.starts_with('{') && document.len() <= LONG && !may_be_answer(document) {
        return batches.push(document);
    }
    let content = content_of_answer(document).unwrap_or(document);
    match split_batch(content) {
        Ok(events) => events.into_iter().try_for_each(|event| batches.push(event)),
        Err(_) => batches.push(document),
    }
}

/// Whether the object begins as answers of Raceway's API do, in either order of their fields.
fn may_be_answer(document: &str) -> bool {
    let Some(fields) = document.strip_prefix('{') else { return false };
    ["\"success\"", "\"data\"", "\"degraded\""]
        .iter()
        .any(|key| fields.trim_start().starts_with(key))
}

fn content_of_answer(document: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(rename = "success")]
        _success: bool,
        #[serde(borrow)]
        data: &'a RawValue,
    }
    let answer = may_be_answer(document).then(|| serde_json::from_str::<Answer>(document).ok())?;
    answer.map(|answer| answer.data.get())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn documents_of(text: &str, max_bytes: usize) -> Vec<String> {
        let mut documents = Vec::new();
        let read = each_document(text.as_bytes(), max_bytes, |document| {
            let document = str::from_utf8(document).expect("UTF-8").trim();
            documents.push(document.split_whitespace().collect::<Vec<_>>().join(" "));
            Ok(())
        });
        read.expect("a text that can be read");
        documents
    }

    fn documents(text: &str) -> Vec<String> {
        documents_of(text, 1 << 20)
    }

    #[test]
    fn documents_may_follow_each_other_as_they_like() {
        for (text, expected) in [
            ("", &[][..]),
            ("\u{feff}\n \r\n", &[]),
            ("{}", &["{}"]),
            ("{}\n[1]\r\n\n{}\n", &["{}", "[1]", "{}"]),
            ("{} {}[1]{}", &["{}", "{}", "[1]", "{}"]),
            ("{\n  \"a\": 1\n}\n{\n  \"a\": [\n2\n]\n}\n", &["{ \"a\": 1 }", "{ \"a\": [ 2 ] }"]),
            ("[\n{\"a\":1},\n{\"a\":2}\n]\n{}", &["[ {\"a\":1}, {\"a\":2} ]", "{}"]),
            ("\u{feff}{\"a\":\n\"}{\"\n}", &["{\"a\": \"}{\" }"]),
            ("\u{feff}{}\n\u{feff}{}", &["{}", "{}"]),
        ] {
            assert_eq!(documents(text), expected, "{text}");
        }
    }

    #[test]
    fn a_broken_line_costs_itself() {
        let good = ["{\"a\":1}", "{\"b\":[2,\"}\"]}"];
        for broken in [
            "nonsense",
            "{\"a\": oops}",
            "{\"a\": oops",
            "{\"a\": \"oops",
            "{\"a\": \"oops\\",
            "{\"a\": [1,",
            "{\"a\":",
            "{\"a\"",
            "{",
            "[",
            "[1,[2",
            "}",
            "]}",
            "{\"a\":1]",
            "\"oops",
        ] {
            for text in [
                format!("{broken}\n{}\n{}\n", good[0], good[1]),
                format!("{}\n{broken}\n{}\n", good[0], good[1]),
                format!("{}\n{}\n{broken}\n", good[0], good[1]),
                format!("{}\n{}\n{broken}", good[0], good[1]),
                format!("{broken}\n{broken}\n{}\n{broken}\n{}\n", good[0], good[1]),
            ] {
                let found = documents(&text);
                for good in good {
                    assert_eq!(found.iter().filter(|found| *found == good).count(), 1, "{text}");
                }
                let lines = text.lines().count();
                assert_eq!(found.len(), lines, "{text}: {found:?}");
            }
        }
    }

    #[test]
    fn a_document_that_is_too_long_is_refused() {
        let array = format!("[\n{}{{}}]\n", "{\"a\":1},\n".repeat(10));
        let line = format!("{{}}\n\"{}\"\n", "x".repeat(array.len()));
        for text in [array, line] {
            let read = each_document(text.as_bytes(), text.len() / 2, |_| Ok(()));
            assert!(matches!(read, Err(Stop::Failed(_))), "{read:?}");
            each_document(text.as_bytes(), text.len(), |_| Ok(())).expect("room");
        }
    }

    /// Each of these would take hours if every line looked at all that follow.
    #[test]
    fn what_is_broken_takes_no_longer_than_what_is_not() {
        const LIMIT: Duration = Duration::from_secs(20);
        for line in ["[\n", "{\"a\":\n", "[1,\n", "1,\n", "[[[\n", "{\"a\":[1,\n{}\n", "\"\n"] {
            let text = line.repeat((1 << 20) / line.len());
            let start = Instant::now();
            assert!(!documents_of(&text, 1 << 20).is_empty());
            assert!(start.elapsed() < LIMIT, "{line}: {:?}", start.elapsed());
        }
    }
}
