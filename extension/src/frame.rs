//! Frames by id, for whoever reads events.

use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt};
use pgrx::pg_sys::{FunctionCallInfo, Oid};
use raceway_model::FrameRow;

use crate::lookup;

/// How many frames a session remembers. They take some 3 kB each.
const MAX_REMEMBERED: usize = 20_000;

thread_local! {
    static REMEMBERED: RefCell<Remembered> = RefCell::new(Remembered::default());
}

/// Frames of one table.
#[derive(Default)]
struct Remembered {
    table: Oid,
    frames: HashMap<i32, FrameRow>,
}

/// What is read of the frame; `None` if there is none with this id.
pub(crate) fn with<T>(
    call: FunctionCallInfo,
    frame_id: i32,
    read: impl FnOnce(&FrameRow) -> Option<T>,
) -> Option<T> {
    let table = lookup::frames_table(call);
    REMEMBERED.with_borrow_mut(|remembered| {
        if remembered.table != table || lookup::is_stale() {
            *remembered = Remembered { table, frames: HashMap::new() };
        }
        if let Some(known) = remembered.frames.get(&frame_id) {
            return read(known);
        }
        let row = lookup::row(table, frame_id)?;
        let known = FrameRow::new(&row.dialect, row.kind, row.service_name, &row.template);
        if remembered.frames.len() >= MAX_REMEMBERED {
            remembered.frames.clear();
        }
        read(remembered.frames.entry(frame_id).insert_entry(known).get())
    })
}
