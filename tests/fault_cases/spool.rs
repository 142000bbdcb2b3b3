//! A spool as it is on disk.
//!
//! A record is four bytes that start it, the length of its payload and a checksum (both u32, little
//! endian), and the payload: a line of JSON about the request, then its body.

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

const HEADER: usize = 12;

/// The segments that hold something, by name.
#[derive(Clone)]
pub(crate) struct Spool(Vec<Segment>);

#[derive(Clone)]
pub(crate) struct Segment {
    name: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct Record {
    /// Where it is in its segment.
    pub(crate) place: Range<usize>,
    /// Of its events.
    pub(crate) ids: Vec<String>,
}

impl Spool {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut segments = Vec::new();
        for entry in fs::read_dir(folder).expect("a spool") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "log") {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                let bytes = fs::read(path).expect("a segment");
                segments.push(Segment { name, bytes });
            }
        }
        segments.retain(|segment| !segment.bytes.is_empty());
        Spool(segments)
    }

    /// Makes a folder be this spool, whatever it was before.
    pub(crate) fn write(&self, folder: &Path) {
        drop(fs::remove_dir_all(folder));
        fs::create_dir(folder).expect("a folder");
        for segment in &self.0 {
            fs::write(folder.join(&segment.name), &segment.bytes).expect("a segment");
        }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    pub(crate) fn segment_mut(&mut self, number: usize) -> &mut Segment {
        &mut self.0[number]
    }
}

impl Segment {
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut start = 0;
        while start < self.bytes.len() {
            let record = self.record(start);
            start = record.place.end;
            records.push(record);
        }
        records
    }

    fn record(&self, start: usize) -> Record {
        assert_eq!(self.bytes[start], 0xFF, "{}: no record at {start}", self.name);
        let length = self.bytes[start + 4..start + 8].try_into().expect("four bytes");
        let length = usize::try_from(u32::from_le_bytes(length)).expect("a length");
        let payload = &self.bytes[start + HEADER..start + HEADER + length];
        let body = payload.splitn(2, |&byte| byte == b'\n').nth(1).expect("a line and a body");
        let events: Vec<Value> = serde_json::from_slice(body).expect("a body");
        let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
        Record { place: start..start + HEADER + length, ids: events.iter().map(id).collect() }
    }
}
