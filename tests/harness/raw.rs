//! HTTP as it is on the wire: requests that no library for clients would send, and answers with every
//! header and byte.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::Sidecar;

/// An answer as it came.
#[derive(Debug)]
pub struct RawAnswer {
    /// Of HTTP.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Compressed, if it came so.
    pub body: Vec<u8>,
}

impl RawAnswer {
    fn read(received: &[u8]) -> Self {
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&received[..end]).expect("UTF-8");
        let (first, lines) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a header");
            (name.to_owned(), value.to_owned())
        };
        RawAnswer {
            status: status.expect("a status"),
            headers: lines.lines().map(header).collect(),
            body: received[end + 4..].to_vec(),
        }
    }

    /// Of several of a name the first, and nothing if there is none.
    pub fn header(&self, name: &str) -> &str {
        let named = self.headers.iter().find(|(of, _)| of == name);
        named.map_or("", |(_, value)| value)
    }

    /// The body.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body, which must be JSON by its header too.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Sidecar {
    /// The answer to a request such as `GET /path`, byte for byte.
    pub fn request(&self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> RawAnswer {
        let address = self.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let length = body.len().to_string();
        let of_body = [("content-length", &*length)].into_iter().filter(|_| !body.is_empty());
        let lines = [("host", address)].into_iter().chain(of_body).chain(headers.iter().copied());
        let lines: String =
            lines.map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
        let head = format!("{request} HTTP/1.0\r\n{lines}\r\n");
        stream.write_all(&[head.as_bytes(), body].concat()).expect("a connection");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("an answer");
        RawAnswer::read(&received)
    }
}
