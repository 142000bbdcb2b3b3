//! What a Raceway event is: both wire dialects, validation, vector clocks, and the summary of a
//! trace.
//!
//! Pure: no Postgres, no runtime, no I/O. The SQL in `sql/` follows the same rules; the tests of
//! the workspace hold the two against each other.

mod batch;
mod clock;
mod decode;
mod escape;
mod event;
mod field;
mod fields;
mod foreign;
mod id;
mod lexical;
mod list;
mod meaning;
mod number;
mod rejection;
mod replaced;
mod row;
mod sdk;
mod skeleton;
mod stored;
mod summary;
mod tape;
mod template;
mod timestamp;
mod view;
mod write;

pub use batch::{
    Batch, BatchError, MAX_LISTED_REJECTIONS, parse_batch, rejected_events, sent_id, split_batch,
};
pub use clock::VectorClock;
pub use escape::{escape_json, escape_text, unescape_json};
pub use event::{Dialect, Event, EventKey, fill_event};
pub use field::Field;
pub use id::{IdKey, id_key, parse_uuid, trace_hash, uuid_text};
pub use list::{ListedTrace, TracePage, TracePlace, TraceQuery};
pub use meaning::{Escape, Found, Meaning};
pub use number::json_equal;
pub use rejection::{Reason, Rejection};
pub use row::{EventRow, FrameRow, Reading};
pub use sdk::{sdk_event, sdk_payload};
pub use skeleton::{Name, Part};
pub use stored::{Frame, StoredEvent};
pub use summary::TraceSummary;
pub use tape::{Json, Tape};
pub use template::{Column, VALUE_SEPARATOR, WHOLE_EVENT, split_values};
pub use timestamp::Timestamp;
pub use view::{EventHead, EventView};
