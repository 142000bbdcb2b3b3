//! A client of `GET /api/stream`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::Sidecar;

/// Until something is told.
const LIMIT: Duration = Duration::from_secs(30);

/// What was told.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// The name of the event.
    pub name: String,
    /// What it says.
    pub data: Value,
    /// Which one it is.
    pub id: Option<String>,
}

impl Streamed {
    /// How many events had been told with it; `None` of one that was told to one listener alone.
    pub fn number(&self) -> Option<u64> {
        self.id.as_ref()?.rsplit('-').next()?.parse().ok()
    }
}

/// Listens to a stream; gone when dropped.
pub struct Listener {
    lines: BufReader<TcpStream>,
    /// Of the answer.
    pub status: u16,
    /// Every event so far.
    pub heard: Vec<Streamed>,
}

impl Sidecar {
    /// Listens; the query is such as `?events=trace`.
    pub fn listen(&self, query: &str, headers: &[(&str, &str)]) -> Listener {
        Listener::of(self.open_stream(query, headers, None))
    }

    /// Asks for a stream, of which the system keeps so many bytes for the client at most.
    pub fn open_stream(
        &self,
        query: &str,
        headers: &[(&str, &str)],
        receive_buffer: Option<usize>,
    ) -> TcpStream {
        let address = self.url().trim_start_matches("http://");
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes).expect("a small buffer");
        }
        let place: std::net::SocketAddr = address.parse().expect("an address");
        socket.connect(&SockAddr::from(place)).expect("a connection");
        let mut stream = TcpStream::from(socket);
        let lines: String =
            headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
        let head = format!("GET /api/stream{query} HTTP/1.0\r\nhost: {address}\r\n{lines}\r\n");
        stream.write_all(head.as_bytes()).expect("a connection");
        stream
    }
}

impl Listener {
    /// Reads the head of the answer.
    pub fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        let mut lines = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a head");
            if line.trim_end().is_empty() {
                break;
            }
            head.push(line);
        }
        let status = head.first().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        Listener { lines, status: status.expect("a status"), heard: Vec::new() }
    }

    /// The next event; `None` at the end.
    pub fn next_event(&mut self) -> Option<Streamed> {
        let (mut name, mut data, mut id) = (String::new(), Value::Null, None);
        let start = Instant::now();
        loop {
            // Comments come for ever.
            assert!(start.elapsed() < LIMIT, "no event within {LIMIT:?}");
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("an event within the limit") == 0 {
                return None;
            }
            let line = line.trim_end();
            match line.split_once(": ") {
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => data = serde_json::from_str(value).expect("JSON"),
                Some(("id", value)) => id = Some(value.to_owned()),
                _ if line.is_empty() && !name.is_empty() => break,
                _ => assert!(line.is_empty() || line.starts_with(':'), "{line}"),
            }
        }
        let told = Streamed { name, data, id };
        self.heard.push(told.clone());
        Some(told)
    }

    /// Waits for a comment, while nothing else is told.
    pub fn await_comment(&mut self) {
        let mut line = String::new();
        while !line.starts_with(':') {
            line.clear();
            self.lines.read_line(&mut line).expect("a comment within the limit");
            assert!(line.starts_with(':') || line.trim_end().is_empty(), "{line}");
        }
    }

    /// The next event of this name for which this holds; those before it are passed over.
    pub fn await_event(
        &mut self,
        what: &str,
        name: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Streamed {
        let start = Instant::now();
        while let Some(told) = self.next_event() {
            if told.name == name && is_it(&told.data) {
                return told;
            }
            assert!(start.elapsed() < LIMIT, "{what}: not within {LIMIT:?}: {:?}", self.heard);
        }
        panic!("{what}: the stream has ended: {:?}", self.heard);
    }

    /// The next event about this trace.
    pub fn await_trace(&mut self, trace_id: &str, events: u64) -> Value {
        let what = format!("{trace_id} has {events} events");
        let is_it = |trace: &Value| trace["trace_id"] == trace_id && trace["event_count"] == events;
        self.await_event(&what, "trace", is_it).data
    }
}
