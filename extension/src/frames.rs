//! Templates to frame ids.

use std::borrow::Cow;
use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt};
use pgrx::pg_sys::BuiltinOid::TEXTARRAYOID;
use pgrx::pg_sys::{Oid, TransactionId};
use raceway_model::{Event, WHOLE_EVENT};

use crate::error::internal_error;
use crate::heap;
use crate::query::{Query, column, rows};

/// How many templates a session remembers. They take about 600 bytes each.
const MAX_REMEMBERED: usize = 20_000;

thread_local! {
    static FRAME_IDS: Query = const {
        Query::new(
            "SELECT * FROM _raceway_frame_ids($1, $2, $3, $4)",
            &[TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID],
        )
    };
    static REMEMBERED: RefCell<Remembered> = RefCell::new(Remembered::default());
}

/// Frames by template, of one table.
#[derive(Default)]
struct Remembered {
    table: Oid,
    frames: HashMap<String, Frame>,
}

#[derive(Clone, Copy)]
struct Frame {
    id: i32,
    /// Of events whose template got no frame of its own.
    is_whole: bool,
}

/// How an event is stored.
pub(crate) struct Framed<'a> {
    pub(crate) id: i32,
    pub(crate) values: Cow<'a, str>,
}

/// The frame of each event. Those that this session does not know yet are looked up, and made if
/// need be, all at once.
pub(crate) fn frame_ids<'a>(events: &'a [Event]) -> Vec<Framed<'a>> {
    REMEMBERED.with_borrow_mut(|remembered| {
        let table = heap::relation(c"frames");
        if remembered.table != table || remembered.frames.len() > MAX_REMEMBERED {
            *remembered = Remembered { table, frames: HashMap::new() };
        }
        let new = look_up(events, remembered);
        events
            .iter()
            .map(|event| {
                let name = name(event);
                match remembered.frames.get(&*name).or_else(|| new.get(&name)) {
                    Some(frame) => framed(event, *frame),
                    None => internal_error("an event without a frame"),
                }
            })
            .collect()
    })
}

/// The template; where that says nothing of the event, what else tells its frame from others.
fn name<'a>(event: &'a Event) -> Cow<'a, str> {
    if event.template != WHOLE_EVENT {
        return Cow::Borrowed(&event.template);
    }
    let service_name = event.service_name.as_deref().unwrap_or_default();
    Cow::Owned(format!("{}\n{}\n{service_name}", event.dialect.as_str(), event.kind))
}

fn framed<'a>(event: &'a Event, frame: Frame) -> Framed<'a> {
    let values = if frame.is_whole {
        Cow::Owned(event.to_escaped_json())
    } else {
        Cow::Borrowed(event.values.as_str())
    };
    Framed { id: frame.id, values }
}

/// Remembers frames that others have committed, and returns the rest: one that this transaction
/// has made is gone if it is aborted.
fn look_up<'a>(events: &'a [Event], remembered: &mut Remembered) -> HashMap<Cow<'a, str>, Frame> {
    let mut unknown: HashMap<Cow<str>, &Event> = HashMap::new();
    for event in events {
        let name = name(event);
        if !remembered.frames.contains_key(&*name) {
            unknown.insert(name, event);
        }
    }
    if unknown.is_empty() {
        return HashMap::new();
    }
    let (names, events): (Vec<Cow<str>>, Vec<&Event>) = unknown.into_iter().unzip();
    let mut new = HashMap::new();
    for (name, (frame, made_by)) in names.into_iter().zip(find(&events)) {
        if heap::is_own_transaction(made_by) {
            new.insert(name, frame);
        } else {
            remembered.frames.insert(name.into_owned(), frame);
        }
    }
    new
}

fn find(events: &[&Event]) -> Vec<(Frame, TransactionId)> {
    let arguments = [
        column(events, |event| event.template.as_str()),
        column(events, |event| event.dialect.as_str()),
        column(events, |event| &*event.kind),
        column(events, |event| event.service_name.as_deref().unwrap_or_default()),
    ];
    rows(&FRAME_IDS, &arguments, |row| {
        (Frame { id: row.expect(1), is_whole: row.expect(2) }, row.expect(3))
    })
}
