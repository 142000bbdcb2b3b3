//! A request's body on its way to where it is stored.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use raceway_model::Timestamp;
use raceway_spool::Body;
use thiserror::Error;

use crate::body_budget::Share;

/// A request's body. It may go from hand to hand: to Postgres, then to the spool because Postgres is
/// away.
pub(crate) struct Delivery {
    pub(crate) body: Arc<Body>,
    /// Its share of the memory for requests, given back when this is dropped. What keeps the body for
    /// longer has bounds of its own.
    _share: Option<Share>,
}

impl Deref for Delivery {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.body
    }
}

impl Delivery {
    /// One that has arrived now.
    pub(crate) fn new(text: String, source: IpAddr, share: Share) -> Self {
        Delivery { body: Arc::new(Body::new(text, source, now())), _share: Some(share) }
    }

    /// One that this process has read from a file.
    pub(crate) fn of_ourselves(text: String) -> Self {
        let body = Body::new(text, Ipv4Addr::LOCALHOST.into(), now());
        Delivery { body: Arc::new(body), _share: None }
    }

    /// A part of the events of this one, of which so many are acknowledged.
    pub(crate) fn rest(&self, text: String, events: usize) -> Self {
        Delivery { body: Arc::new(rest(&self.body, text, events)), _share: None }
    }

    /// Works through the text. A large one takes so long that others would wait for the thread: the
    /// runtime is told to have them served by another.
    pub(crate) fn read<'a, T>(&'a self, work: impl FnOnce(&'a str) -> T) -> T {
        /// Read in a millisecond or less.
        const SMALL_BYTES: usize = 256 * 1024;
        if self.text.len() <= SMALL_BYTES {
            return work(&self.text);
        }
        tokio::task::block_in_place(|| work(&self.text))
    }
}

/// A body with a part of the events of another, of which so many are acknowledged.
pub(crate) fn rest(body: &Body, text: String, events: usize) -> Body {
    let rest = Body::new(text, body.source, body.received_at);
    rest.acknowledge(events);
    rest
}

/// A body in another encoding than JSON's.
#[derive(Debug, Error)]
#[error("expected UTF-8: this body is UTF-16 or UTF-32")]
pub(crate) struct WideEncoding;

/// What stands for what no JSON and no Postgres takes: bytes that are not UTF-8, and U+0000. No JSON
/// takes this either, so that the event is rejected, and its neighbours are not.
const NO_JSON: &str = "\u{1}";

/// A body as text, of which nothing is left out.
pub(crate) fn json_text(bytes: Vec<u8>) -> Result<String, WideEncoding> {
    if is_wide(&bytes) {
        return Err(WideEncoding);
    }
    Ok(without_nul(String::from_utf8(bytes).unwrap_or_else(|error| of_chunks(error.as_bytes()))))
}

/// Whether the text is in UTF-16 or UTF-32, by its byte order mark or, as JSON begins with two ASCII
/// characters, by where the first four bytes are 0 (RFC 4627, section 3). One that is 0 by itself is
/// an event with something wrong.
fn is_wide(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe]
            | [0xfe, 0xff]
            | [0xff, 0xfe, _, 0, ..]
            | [0xfe, 0xff, 0, 1..=255, ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [0, _, 0, 1..=255, ..]
            | [1..=255, 0, _, 0, ..]
    )
}

/// The text, in which what no JSON takes stands for U+0000.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', NO_JSON) } else { text }
}

fn of_chunks(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(if chunk.invalid().is_empty() { "" } else { NO_JSON });
    }
    text
}

/// By the clock of this machine.
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_1970.as_micros()).unwrap_or_default();
    Timestamp::from_micros(micros).expect("a clock between the years 1970 and 9999")
}

#[cfg(test)]
mod tests {
    use super::json_text;

    #[test]
    fn bytes_that_are_not_utf8_become_what_no_json_takes() {
        let text = |bytes: &[u8]| json_text(bytes.to_vec()).ok();
        assert_eq!(text(b"[\"\xff\xfe\", \"\0\"]").as_deref(), Some("[\"\u{1}\u{1}\", \"\u{1}\"]"));
        assert_eq!(text("\u{feff}{}".as_bytes()).as_deref(), Some("\u{feff}{}"));
        assert_eq!(text(b"").as_deref(), Some(""));
        assert_eq!(text(b"\0\n{}").as_deref(), Some("\u{1}\n{}"));
        for wide in [
            &b"{\0\"\0"[..],
            b"\0{\0\"",
            b"\xff\xfe{\0",
            b"\xfe\xff\0{",
            b"\0\0\xfe\xff",
            b"\xff\xfe",
            b"\xfe\xff",
        ] {
            assert_eq!(text(wide), None, "{wide:?}");
        }
    }
}
