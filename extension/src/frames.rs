//! Templates to frame ids.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::pg_sys::BuiltinOid::TEXTARRAYOID;
use pgrx::pg_sys::{Oid, TransactionId};
use raceway_model::{Event, WHOLE_EVENT};

use crate::heap;
use crate::query::{Query, rows};

/// The frame of events that share nothing.
const WHOLE_EVENT_FRAME: i32 = 0;

/// How many templates a session remembers. They take about 600 bytes each.
const MAX_REMEMBERED: usize = 20_000;

thread_local! {
    static FRAME_IDS: Query = Query::new(
        "SELECT * FROM raceway_frame_ids($1, $2, $3, $4)",
        &[TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID],
    );
    static REMEMBERED: RefCell<Remembered> = RefCell::new(Remembered::default());
}

/// Frames by template, of one table.
#[derive(Default)]
struct Remembered {
    table: Oid,
    frames: HashMap<String, i32>,
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
        let unknown = look_up(events, remembered);
        events
            .iter()
            .map(|event| {
                let template = event.template.as_str();
                let id = remembered.frames.get(template).or_else(|| unknown.get(template));
                framed(event, id.copied().unwrap_or(WHOLE_EVENT_FRAME))
            })
            .collect()
    })
}

fn framed<'a>(event: &'a Event, id: i32) -> Framed<'a> {
    let values = if id == WHOLE_EVENT_FRAME && event.template != WHOLE_EVENT {
        Cow::Owned(event.to_escaped_json())
    } else {
        Cow::Borrowed(event.values.as_str())
    };
    Framed { id, values }
}

/// Remembers frames that others have committed, and returns the rest: one that this transaction
/// has made is gone if it is aborted.
fn look_up<'a>(events: &'a [Event], remembered: &mut Remembered) -> HashMap<&'a str, i32> {
    let mut unknown: HashMap<&str, &Event> = HashMap::new();
    for event in events {
        if !remembered.frames.contains_key(&event.template) {
            unknown.insert(&event.template, event);
        }
    }
    if unknown.is_empty() {
        return HashMap::new();
    }
    let (templates, events): (Vec<&str>, Vec<&Event>) = unknown.into_iter().unzip();
    let arguments = [
        templates.clone().into(),
        events.iter().map(|event| event.dialect.as_str()).collect::<Vec<_>>().into(),
        events.iter().map(|event| &*event.kind).collect::<Vec<_>>().into(),
        events.iter().map(|event| event.service_name.as_deref()).collect::<Vec<_>>().into(),
    ];
    let found =
        rows(&FRAME_IDS, &arguments, |row| (row.expect::<i32>(1), row.get::<TransactionId>(2)));
    let mut own = HashMap::new();
    for (template, (id, made_by)) in templates.into_iter().zip(found) {
        match made_by {
            Some(xid) if !heap::is_own_transaction(xid) => {
                remembered.frames.insert(template.to_owned(), id);
            }
            _ => drop(own.insert(template, id)),
        }
    }
    own
}
