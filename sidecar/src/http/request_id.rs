//! The id of a request, by which a client's log and ours are brought together.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A longer id of a client is not kept.
const MAX_BYTES: usize = 128;

/// Another one for each process.
static PREFIX: LazyLock<u64> = LazyLock::new(|| getrandom::u64().unwrap_or_default());

/// The id that the client has sent, if it can be written into a log as it is: of printable ASCII without
/// blanks. Else a new one.
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    let sent = headers.get(HEADER).filter(|id| is_printable(id.as_bytes()));
    sent.cloned().unwrap_or_else(new)
}

fn is_printable(id: &[u8]) -> bool {
    (1..=MAX_BYTES).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

fn new() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:016x}-{:x}", *PREFIX, NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&id).expect("hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(sent: &[u8]) -> String {
        let sent = HeaderValue::from_bytes(sent).expect("a header");
        of(&HeaderMap::from_iter([(HEADER, sent)])).to_str().expect("text").to_owned()
    }

    #[test]
    fn an_id_is_kept_if_it_can_be_logged_as_it_is() {
        let longest = "x".repeat(MAX_BYTES);
        for sent in ["a", "4bf92f35-77b3/x=1", &longest] {
            assert_eq!(id_of(sent.as_bytes()), sent);
        }
        let too_long = "x".repeat(MAX_BYTES + 1);
        for sent in [&b""[..], b"a b", b"a\tb", b"\xff", too_long.as_bytes()] {
            assert_eq!(id_of(sent).split('-').next().map(str::len), Some(16), "{sent:?}");
        }
    }

    #[test]
    fn ids_that_are_made_differ() {
        assert_ne!(new(), new());
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
