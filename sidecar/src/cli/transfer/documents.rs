//! Events in a stream of text, whatever their packing.

use std::io::{self, BufRead};

use raceway_model::split_batch;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::batches::{Abandoned, Batches};

/// A longer line is taken for many events.
const LONG_LINE: usize = 1 << 20;

/// Why no more is read.
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

/// Reads to the end: a document a line, or one of several lines, which is held in memory.
pub(super) fn read(mut text: impl BufRead, batches: &mut Batches) -> Result<(), Stop> {
    let mut line = Vec::new();
    let mut is_first = true;
    while text.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            if is_first && serde_json::from_slice::<IgnoredAny>(&line).is_err() {
                text.read_to_end(&mut line)?;
                read_several_lines(&line, batches)?;
                break;
            }
            is_first = false;
            push_document(&line, batches)?;
        }
        line.clear();
    }
    Ok(batches.flush()?)
}

/// One document, or else a document a line of which the first is no JSON.
fn read_several_lines(text: &[u8], batches: &mut Batches) -> Result<(), Abandoned> {
    if serde_json::from_slice::<IgnoredAny>(text).is_ok() {
        return push_document(text, batches);
    }
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.try_for_each(|line| push_document(line, batches))
}

/// An event, or several in what `POST /events` takes, or in an answer of the API. What is none of
/// these is passed on as an event: whoever should store it says what is wrong with it.
fn push_document(document: &[u8], batches: &mut Batches) -> Result<(), Abandoned> {
    let Ok(document) = str::from_utf8(document) else {
        batches.push_unreadable();
        return Ok(());
    };
    let document = document.trim();
    if document.len() <= LONG_LINE && !may_be_answer(document) {
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
