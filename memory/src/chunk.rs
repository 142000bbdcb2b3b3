//! Some events of a trace, packed.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};
use raceway_model::{IdKey, Timestamp, fill_event, unescape_json, uuid_text};
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::size::{allocated, shared};
use crate::template::Template;

/// Between the values of two events. No JSON text holds this character.
const END_OF_VALUES: char = '\u{1e}';

/// An event's place in its trace.
pub(crate) type Key<'a> = (Timestamp, Id<&'a str>);

/// An event of a trace.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) timestamp: Timestamp,
    pub(crate) id: Id,
    /// Only that of a UUID; any other is among the values.
    pub(crate) parent: Option<IdKey>,
    pub(crate) template: Arc<Template>,
    pub(crate) values: String,
}

impl Row {
    pub(crate) fn key(&self) -> Key<'_> {
        (self.timestamp, self.id.as_ref())
    }

    /// The event as it was sent.
    pub(crate) fn to_json(&self, trace_id: &str) -> String {
        let parent = self.parent.as_ref().map(uuid_text).unwrap_or_default();
        let ids = [&*self.id.text(), trace_id, &parent];
        let json = fill_event(&self.template.text, ids, self.timestamp, &self.values);
        unescape_json(&json).into_owned()
    }
}

/// Events in the order of their keys. The keys are packed, and can be read without the values; these
/// are compressed.
#[derive(Debug)]
pub(crate) struct Chunk {
    templates: Box<[Arc<Template>]>,
    /// [`Keys`], then the values.
    data: Box<[u8]>,
}

#[derive(Serialize, Deserialize)]
struct Keys<'a> {
    head: Head,
    #[serde(borrow)]
    rows: Vec<PackedRow<'a>>,
}

/// What can be known of a chunk without reading its keys.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The first instant.
    start: i64,
    /// How many microseconds after it the last one is.
    span: u64,
    /// How many events there are.
    len: usize,
}

#[derive(Serialize, Deserialize)]
struct PackedRow<'a> {
    /// Microseconds since the row before.
    elapsed: u64,
    /// Its place in the chunk.
    template: usize,
    #[serde(borrow)]
    id: Id<&'a str>,
    parent: Parent,
}

#[derive(Serialize, Deserialize)]
enum Parent {
    None,
    /// By its place in the chunk.
    Row(usize),
    Key(IdKey),
}

impl Chunk {
    /// Packs rows, which are in the order of their keys.
    pub(crate) fn pack(rows: &[Row]) -> Self {
        let templates = templates_of(rows);
        let mut data = postcard::to_stdvec(&Keys::of(rows, &templates)).expect("a Vec takes all");
        let mut values = String::with_capacity(256 * rows.len());
        for row in rows {
            values.push_str(&row.values);
            values.push(END_OF_VALUES);
        }
        let dictionary = dictionary(&templates);
        data.extend(compress_prepend_size_with_dict(values.as_bytes(), dictionary.as_bytes()));
        Chunk { templates: templates.into(), data: data.into() }
    }

    pub(crate) fn unpack(&self) -> Vec<Row> {
        let (keys, values) = self.read();
        let dictionary = dictionary(&self.templates);
        let values = decompress_size_prepended_with_dict(values, dictionary.as_bytes());
        let values = values.ok().and_then(|values| String::from_utf8(values).ok());
        let values = values.expect("what was compressed");
        let ids: Vec<&Id<&str>> = keys.rows.iter().map(|row| &row.id).collect();
        let rows = keys.timestamps().zip(&keys.rows).zip(values.split(END_OF_VALUES));
        rows.map(|((timestamp, row), values)| Row {
            timestamp,
            id: row.id.clone().into(),
            parent: row.parent.key(&ids),
            template: Arc::clone(&self.templates[row.template]),
            values: values.to_owned(),
        })
        .collect()
    }

    /// Takes those rows out that are here already.
    pub(crate) fn remove_known<T>(
        &self,
        rows: &mut Vec<T>,
        key: impl for<'r> Fn(&'r T) -> Key<'r>,
    ) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        let range = self.range();
        if key(first).0 > *range.end() || key(last).0 < *range.start() {
            return;
        }
        let (keys, _) = self.read();
        let known: Vec<Key> =
            keys.timestamps().zip(keys.rows.iter().map(|row| row.id.clone())).collect();
        rows.retain(|row| known.binary_search(&key(row)).is_err());
    }

    /// Those of its rows, each once.
    pub(crate) fn templates(&self) -> &[Arc<Template>] {
        &self.templates
    }

    /// Calls it with the time and the template of each row; values are not read.
    pub(crate) fn each_key(&self, mut take: impl FnMut(Timestamp, &Arc<Template>)) {
        let (keys, _) = self.read();
        for (timestamp, row) in keys.timestamps().zip(&keys.rows) {
            take(timestamp, &self.templates[row.template]);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        shared::<Self>() + allocated(size_of_val(&*self.templates)) + allocated(self.data.len())
    }

    pub(crate) fn len(&self) -> usize {
        self.head().len
    }

    pub(crate) fn range(&self) -> RangeInclusive<Timestamp> {
        let Head { start, span, .. } = self.head();
        Timestamp::nearest(start)..=Timestamp::nearest(start.saturating_add_unsigned(span))
    }

    /// The first and the last instant of its events in a time, in microseconds since 1970. Keys are read only of a
    /// chunk that reaches across an end of it.
    pub(crate) fn bounds_in(&self, times: &Range<i64>) -> Option<(i64, i64)> {
        let Head { start, span, .. } = self.head();
        let end = start.saturating_add_unsigned(span);
        if end < times.start || start >= times.end {
            return None;
        }
        if times.contains(&start) && times.contains(&end) {
            return Some((start, end));
        }
        let (keys, _) = self.read();
        let inside = keys.timestamps().map(Timestamp::micros).filter(|time| times.contains(time));
        inside.fold(None, |bounds, time| Some((bounds.map_or(time, |(first, _)| first), time)))
    }

    fn head(&self) -> Head {
        let (head, _) = postcard::take_from_bytes(&self.data).expect("what was packed");
        head
    }

    fn read(&self) -> (Keys<'_>, &[u8]) {
        postcard::take_from_bytes(&self.data).expect("what was packed")
    }
}

impl<'a> Keys<'a> {
    fn of(rows: &'a [Row], templates: &[Arc<Template>]) -> Self {
        let micros = |row: Option<&Row>| row.map_or(0, |row| row.timestamp.micros());
        let start = micros(rows.first());
        let mut before = start;
        let pack = |row: &'a Row| {
            let elapsed = row.timestamp.micros().abs_diff(before);
            before = row.timestamp.micros();
            let template = templates.iter().position(|known| Arc::ptr_eq(known, &row.template));
            let template = template.expect("a template of the rows");
            PackedRow { elapsed, template, id: row.id.as_ref(), parent: Parent::of(row, rows) }
        };
        let rows_packed = rows.iter().map(pack).collect();
        let span = micros(rows.last()).abs_diff(start);
        Keys { head: Head { start, span, len: rows.len() }, rows: rows_packed }
    }

    fn timestamps(&self) -> impl Iterator<Item = Timestamp> {
        self.rows.iter().scan(self.head.start, |micros, row| {
            *micros = micros.saturating_add_unsigned(row.elapsed);
            Some(Timestamp::nearest(*micros))
        })
    }
}

impl Parent {
    fn of(row: &Row, rows: &[Row]) -> Self {
        let Some(key) = row.parent else { return Parent::None };
        let place = rows.iter().position(|row| matches!(row.id, Id::Uuid(id) if id == key));
        place.map_or(Parent::Key(key), Parent::Row)
    }

    fn key(&self, ids: &[&Id<&str>]) -> Option<IdKey> {
        match *self {
            Parent::None => None,
            Parent::Key(key) => Some(key),
            Parent::Row(place) => match ids.get(place) {
                Some(Id::Uuid(key)) => Some(*key),
                _ => None,
            },
        }
    }
}

/// Those of the rows, each once.
fn templates_of(rows: &[Row]) -> Vec<Arc<Template>> {
    let mut templates: Vec<Arc<Template>> = Vec::with_capacity(8);
    for row in rows {
        if !templates.iter().any(|known| Arc::ptr_eq(known, &row.template)) {
            templates.push(Arc::clone(&row.template));
        }
    }
    templates
}

/// What the values are compressed with.
fn dictionary(templates: &[Arc<Template>]) -> String {
    templates.iter().map(|template| &*template.sample).collect()
}
