//! The events of one trace, in their order. Whoever reads a long trace holds a window of it at a time,
//! in whatever order its events came.

use std::iter::FusedIterator;
use std::sync::Arc;
use std::vec;

use raceway_model::{EventKey, Timestamp};

use crate::chunk::{Chunk, Key, Row};
use crate::id::Id;
use crate::trace::Chunks;

/// A window has so many bytes, or up to twice as many while it is read. Chunks of which a part lies
/// behind it are unpacked again for the next one: all of them, where events came in no order.
const WINDOW_BYTES: usize = 2 << 20;

/// The events of a trace as they were when it was asked for, each as JSON.
pub struct Events {
    trace_id: String,
    /// Those with events that are still to come, by their start.
    chunks: Vec<Arc<Chunk>>,
    window: vec::IntoIter<Row>,
    /// The last of the window.
    last: Option<Place>,
    left: usize,
}

impl Events {
    pub(crate) fn new(trace_id: &str, chunks: Chunks) -> Self {
        let mut chunks = chunks.into_vec();
        chunks.sort_by_key(|chunk| *chunk.range().start());
        let left = chunks.iter().map(|chunk| chunk.len()).sum();
        let (window, last) = (Vec::new().into_iter(), None);
        Events { trace_id: trace_id.to_owned(), chunks, window, last, left }
    }

    fn read_window(&mut self) {
        if let Some((last, _)) = &self.last {
            self.chunks.retain(|chunk| chunk.range().end() >= last);
        }
        let mut window = Window::default();
        for chunk in &self.chunks {
            if window.ends_before(*chunk.range().start()) {
                break;
            }
            for row in chunk.unpack() {
                if self.last.as_ref().is_none_or(|last| borrowed(last) < row.key()) {
                    window.add(row);
                }
            }
            window.end_if_full();
        }
        let rows = window.into_rows();
        self.last = rows.last().map(place);
        self.window = rows.into_iter();
    }
}

impl Iterator for Events {
    type Item = (EventKey, String);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        if self.window.as_slice().is_empty() {
            self.read_window();
        }
        let row = self.window.next()?;
        self.left -= 1;
        let event_id = row.id.text().into_owned();
        Some((EventKey { timestamp: row.timestamp, event_id }, row.to_json(&self.trace_id)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Events {}
impl FusedIterator for Events {}

/// The first rows of those that it is given.
#[derive(Default)]
struct Window {
    rows: Vec<Row>,
    bytes: usize,
    /// Later rows do not belong to it.
    end: Option<Timestamp>,
    /// Once rows had to go: neither do those behind this one.
    bound: Option<Place>,
}

impl Window {
    fn ends_before(&self, start: Timestamp) -> bool {
        self.end.is_some_and(|end| end < start)
    }

    fn add(&mut self, row: Row) {
        let is_behind = |bound| row.key() > borrowed(bound);
        if self.ends_before(row.timestamp) || self.bound.as_ref().is_some_and(is_behind) {
            return;
        }
        self.bytes += bytes(&row);
        self.rows.push(row);
        if self.bytes > 2 * WINDOW_BYTES {
            self.shorten();
        }
    }

    fn end_if_full(&mut self) {
        if self.end.is_none() && self.bytes >= WINDOW_BYTES {
            self.end = self.rows.iter().map(|row| row.timestamp).max();
        }
    }

    /// Lets the last rows go: one is left at least.
    fn shorten(&mut self) {
        self.sort();
        let mut kept = 0;
        let has_room = |row: &Row| {
            kept += bytes(row);
            kept <= WINDOW_BYTES
        };
        let fitting = self.rows.iter().map(has_room).take_while(|&fits| fits).count();
        self.rows.truncate(fitting.max(1));
        self.bytes = self.rows.iter().map(bytes).sum();
        self.bound = self.rows.last().map(place);
        self.end = self.bound.as_ref().map(|(timestamp, _)| *timestamp);
    }

    fn into_rows(mut self) -> Vec<Row> {
        self.sort();
        self.rows
    }

    fn sort(&mut self) {
        self.rows.sort_by(|a, b| a.key().cmp(&b.key()));
    }
}

/// The place of a row that is gone.
type Place = (Timestamp, Id);

fn place(row: &Row) -> Place {
    (row.timestamp, row.id.clone())
}

fn borrowed((timestamp, id): &Place) -> Key<'_> {
    (*timestamp, id.as_ref())
}

/// What a row takes of memory.
fn bytes(row: &Row) -> usize {
    size_of::<Row>() + row.values.len()
}
