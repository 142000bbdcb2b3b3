//! A client that tries one wrong key after the other, over one connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::timing::as_float;

/// Requests are written together so often, so that the client takes little of the machine.
const WRITES_A_SECOND: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// Tries until it is stopped.
pub(crate) struct WrongKeys {
    is_over: Arc<AtomicBool>,
    start: Instant,
    writer: JoinHandle<()>,
    reader: JoinHandle<u64>,
}

impl WrongKeys {
    /// So many a second.
    pub(crate) fn present(url: &str, a_second: usize) -> Self {
        let address = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let answers = BufReader::new(stream.try_clone().expect("the connection"));
        let is_over = Arc::<AtomicBool>::default();
        let stop = Arc::clone(&is_over);
        let request =
            format!("GET /api/traces HTTP/1.1\r\nhost: {address}\r\nx-raceway-key: wrong\r\n\r\n");
        let together = request.repeat(a_second / WRITES_A_SECOND);
        let writer = thread::spawn(move || {
            let mut next = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                stream.write_all(together.as_bytes()).expect("the connection stays open");
                next += PAUSE;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            stream.shutdown(Shutdown::Write).expect("an open connection");
        });
        let reader = thread::spawn(move || {
            // The body before it does not end its line.
            let refused =
                |line: &String| line.contains("HTTP/1.1 401") || line.contains("HTTP/1.1 429");
            answers.lines().map_while(Result::ok).filter(refused).count() as u64
        });
        WrongKeys { is_over, start: Instant::now(), writer, reader }
    }

    /// How many a second were refused.
    pub(crate) fn stop(self) -> f64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.writer.join().expect("the writer");
        let refused = self.reader.join().expect("the reader");
        as_float(refused) / self.start.elapsed().as_secs_f64()
    }
}
