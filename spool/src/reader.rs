//! Reads a spool from its front, past what is damaged.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::Body;
use crate::backlog;
use crate::damage;
use crate::disk::Log;
use crate::record::{self, Found, HEADER_BYTES};
use crate::segment::{self, Segment};

/// A segment that can't be read so often in a row is set aside.
const MAX_FAILURES: u32 = 10;

/// Where the front is.
#[derive(Default)]
pub(crate) struct Reader {
    /// In the first segment.
    offset: u64,
    /// Where the bodies end that were returned last, and how many events of each wait.
    ends: VecDeque<(u64, u64)>,
    /// Whether the events that waited at the start of the process have been counted.
    has_counted: bool,
    /// To read the first segment, in a row.
    failures: u32,
}

impl Reader {
    /// Counts what has waited at the start of the process, the first time that it is called. What can't be
    /// read is left to who reads the bodies.
    pub(crate) fn count_backlog(&mut self, log: &Log) {
        if std::mem::replace(&mut self.has_counted, true) {
            return;
        }
        let waiting: Vec<Segment> = log.segments().iter().copied().collect();
        for segment in waiting.iter().filter(|segment| segment.number < log.first_own) {
            let path = segment::path(&log.folder, segment.number);
            log.found(segment.number, backlog::events(&path, segment.length).unwrap_or_default());
        }
    }

    pub(crate) fn front(&mut self, log: &Log, max_bytes: usize) -> io::Result<Vec<Arc<Body>>> {
        self.ends.clear();
        while let Some(first) = { log.segments().front().copied() } {
            if self.offset >= first.length {
                self.finish_segment(log);
                continue;
            }
            match self.read(log, first, max_bytes) {
                Ok(bodies) if bodies.is_empty() => {}
                Ok(bodies) => return Ok(bodies.into_iter().map(Arc::new).collect()),
                Err(error) => self.failed(log, first, error)?,
            }
        }
        Ok(Vec::new())
    }

    pub(crate) fn remove(&mut self, log: &Log, bodies: usize) {
        let mut events = 0;
        for (end, of_body) in self.ends.drain(..bodies) {
            self.offset = end;
            events += of_body;
        }
        log.drained(events);
        self.finish_segment(log);
    }

    fn finish_segment(&mut self, log: &Log) {
        if log.remove_first(self.offset) {
            self.offset = 0;
            self.failures = 0;
        }
    }

    /// Bodies of one segment; none where damage was passed.
    fn read(&mut self, log: &Log, segment: Segment, max_bytes: usize) -> io::Result<Vec<Body>> {
        let file = File::open(segment::path(&log.folder, segment.number))?;
        let rest = usize::try_from(segment.length - self.offset).unwrap_or(usize::MAX);
        let mut window = read_at(&file, self.offset, rest.min(max_bytes.max(HEADER_BYTES)))?;
        if let Found::Incomplete(size) = record::decode(&window)
            && (window.len() + 1..=rest).contains(&size)
        {
            window = read_at(&file, self.offset, size)?;
        }
        let mut bodies = Vec::new();
        let mut end = 0;
        while let Found::Body(body, size) = record::decode(&window[end..]) {
            end += size;
            self.ends.push_back((self.offset + end as u64, body.waiting_events().into()));
            bodies.push(body);
        }
        if bodies.is_empty() {
            let rest = read_at(&file, self.offset, rest)?;
            self.pass_damage(log, segment, &rest);
        }
        self.failures = 0;
        Ok(bodies)
    }

    fn pass_damage(&mut self, log: &Log, segment: Segment, rest: &[u8]) {
        let end = record::end_of_damage(rest);
        damage::set_aside(log, segment.number, self.offset, &rest[..end]);
        self.offset = if end == rest.len() { segment.length } else { self.offset + end as u64 };
    }

    /// Returns the error, unless it has come too often.
    fn failed(&mut self, log: &Log, segment: Segment, error: io::Error) -> io::Result<()> {
        self.failures += 1;
        if self.failures < MAX_FAILURES {
            return Err(error);
        }
        damage::set_segment_aside(log, segment.number, &error);
        self.offset = segment.length;
        Ok(())
    }
}

/// The last bodies of whole segments of at most so many bytes together, oldest first.
pub(crate) fn tail(log: &Log, max_bytes: u64) -> io::Result<Vec<Body>> {
    let segments: Vec<Segment> = log.segments().iter().copied().collect();
    let mut bytes = 0;
    let fits = |segment: &&Segment| {
        bytes += segment.length;
        bytes <= max_bytes
    };
    let first = segments.len() - segments.iter().rev().take_while(fits).count();
    let mut bodies = Vec::new();
    for segment in &segments[first..] {
        let content = std::fs::read(segment::path(&log.folder, segment.number))?;
        let mut rest = &content[..];
        while !rest.is_empty() {
            match record::decode(rest) {
                Found::Body(body, size) => {
                    bodies.push(body);
                    rest = &rest[size..];
                }
                _ => rest = &rest[record::end_of_damage(rest)..],
            }
        }
    }
    Ok(bodies)
}

/// So many bytes from there, or those that there are.
pub(crate) fn read_at(file: &File, offset: u64, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    let mut read = 0;
    while read < size {
        match file.read_at(&mut bytes[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}
