//! Content codings of a request's body (RFC 9110, 8.4): which there are, and how they are undone.

use async_compression::tokio::bufread::{GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::http::{HeaderMap, HeaderValue, header};
use tokio::io::{AsyncBufRead, BufReader};

/// Those that can be undone, as `Accept-Encoding` names them.
pub(super) const SUPPORTED: &str = "gzip, zstd, deflate";
/// Of one body. Nobody has a reason for more than one; each takes its time.
const MAX_CODINGS: usize = 4;
/// What a zstd frame may refer back to: what encoders for HTTP keep to (RFC 9659).
const WINDOW_LOG: u32 = 23;

/// Why a body can't be read at all: what was expected of its header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported(pub(super) String);

/// What was done to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    /// The data format of zlib.
    Deflate,
    Zstd,
}

impl Coding {
    fn of(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            "zstd" => Some(Coding::Zstd),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
            Coding::Zstd => "zstd",
        }
    }

    /// Undoes it, to the end of what was sent: every byte belongs to a member (or stream, or frame) that
    /// is whole, or reading fails.
    pub(super) fn undo<'a>(self, encoded: impl AsyncBufRead + Send + Unpin + 'a) -> Reader<'a> {
        match self {
            Coding::Gzip => {
                let mut decoder = GzipDecoder::new(encoded);
                decoder.multiple_members(true);
                Box::new(BufReader::new(decoder))
            }
            Coding::Deflate => {
                let mut decoder = ZlibDecoder::new(encoded);
                decoder.multiple_members(true);
                Box::new(BufReader::new(decoder))
            }
            Coding::Zstd => {
                let bound = [DParameter::window_log_max(WINDOW_LOG)];
                let mut decoder = ZstdDecoder::with_params(encoded, &bound);
                decoder.multiple_members(true);
                Box::new(BufReader::new(decoder))
            }
        }
    }

    /// Memory that this takes once so many bytes have been decoded, beside these.
    pub(super) fn memory(self, decoded: usize) -> usize {
        match self {
            Coding::Gzip | Coding::Deflate => 64 << 10,
            Coding::Zstd => (128 << 10) + decoded.min(1 << WINDOW_LOG),
        }
    }
}

/// Bytes as they are to be had.
pub(super) type Reader<'a> = Box<dyn AsyncBufRead + Send + Unpin + 'a>;

/// What was done to the body, the last first: in the order in which it is undone.
pub(super) fn to_undo(headers: &HeaderMap) -> Result<Vec<Coding>, Unsupported> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for name in names(value)? {
            codings.push(Coding::of(name).ok_or_else(|| unknown(name))?);
        }
    }
    if codings.len() > MAX_CODINGS {
        return Err(Unsupported(format!("content-encoding: expected at most {MAX_CODINGS}")));
    }
    codings.reverse();
    Ok(codings)
}

/// The names in a header's list, whose elements may be empty (RFC 9110, 5.6.1.2).
fn names(list: &HeaderValue) -> Result<impl Iterator<Item = &str>, Unsupported> {
    let list = list.to_str().map_err(|_| unknown("?"))?;
    let names = list.split(',').map(str::trim);
    Ok(names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity")))
}

fn unknown(name: &str) -> Unsupported {
    Unsupported(format!("content-encoding {name}: expected {SUPPORTED} or identity"))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use tokio::io::AsyncReadExt;

    use super::*;

    const ALL: [Coding; 3] = [Coding::Gzip, Coding::Deflate, Coding::Zstd];

    fn encode(coding: Coding, text: &[u8]) -> Vec<u8> {
        match coding {
            Coding::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text).and_then(|()| encoder.finish())
            }
            Coding::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text).and_then(|()| encoder.finish())
            }
            Coding::Zstd => zstd::encode_all(text, 1),
        }
        .expect("memory")
    }

    async fn decode(coding: Coding, encoded: &[u8]) -> io::Result<Vec<u8>> {
        let mut decoded = Vec::new();
        coding.undo(encoded).read_to_end(&mut decoded).await?;
        Ok(decoded)
    }

    fn sent(lines: &[&str]) -> Result<Vec<Coding>, Unsupported> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::CONTENT_ENCODING, line.parse().expect("a header"));
        }
        to_undo(&headers)
    }

    #[test]
    fn codings_are_undone_in_reverse_whatever_their_case() {
        use Coding::{Deflate, Gzip, Zstd};
        for (lines, expected) in [
            (&[][..], vec![]),
            (&["identity"], vec![]),
            (&["GZIP"], vec![Gzip]),
            (&["X-Gzip , ,deflate"], vec![Deflate, Gzip]),
            (&["gzip", "Identity, zstd"], vec![Zstd, Gzip]),
            (&["gzip,gzip,gzip,gzip,identity"], vec![Gzip; 4]),
        ] {
            assert_eq!(sent(lines), Ok(expected), "{lines:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_is() {
        for (line, expected) in [
            ("br", "content-encoding br: expected gzip, zstd, deflate or identity"),
            ("gzip;q=1", "content-encoding gzip;q=1: expected gzip, zstd, deflate or identity"),
            ("gzip,gzip,gzip,gzip,gzip", "content-encoding: expected at most 4"),
        ] {
            assert_eq!(sent(&[line]), Err(Unsupported(expected.into())));
        }
    }

    #[tokio::test]
    async fn every_member_is_decoded() {
        for coding in ALL {
            let members = [&b"first, "[..], b"", b"second"].map(|text| encode(coding, text));
            let decoded = decode(coding, &members.concat()).await;
            assert_eq!(decoded.expect("whole"), b"first, second", "{coding:?}");
        }
    }

    #[tokio::test]
    async fn a_part_is_never_taken_for_the_whole() {
        let text: Vec<u8> = (0..300_u32).flat_map(u32::to_le_bytes).collect();
        for coding in ALL {
            let member = encode(coding, &text);
            let two = [&member[..], &member].concat();
            for length in (0..two.len()).filter(|&length| length != member.len()) {
                let decoded = decode(coding, &two[..length]).await;
                assert!(decoded.is_err(), "{coding:?}: {length} of {} bytes", two.len());
            }
        }
    }

    #[tokio::test]
    async fn what_follows_the_last_member_is_refused() {
        for coding in ALL {
            for rest in [&b"\0"[..], b"\n", b"{}", &[0; 512], b"\x1f", b"\x1f\x8b"] {
                let sent = [&encode(coding, b"member")[..], rest].concat();
                assert!(decode(coding, &sent).await.is_err(), "{coding:?}: {rest:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_window_beyond_that_of_http_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
        encoder.window_log(WINDOW_LOG + 1).expect("a parameter");
        encoder.write_all(b"text").expect("memory");
        assert!(decode(Coding::Zstd, &encoder.finish().expect("memory")).await.is_err());
    }
}
