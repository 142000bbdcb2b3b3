//! Raceway events in memory: packed, bounded, read back as they came. No I/O, no runtime.
//!
//! A map has everything of a trace in one entry ([`MemoryStore`]); an entry has its events in chunks,
//! so that what is idle and what is written are packed alike. Resident memory for each event of
//! loadgen, 690 bytes in traces of 20, everything counted: 84 bytes. What each step gains:
//!
//! | step | bytes before | after |
//! |---|---|---|
//! | template and values (`raceway_model`): names, service, tags are kept once | 690 | 125 and the keys |
//! | values of a chunk compressed together by LZ4 | 125 | 41 |
//! | the same, starting from a sample of each template | 41 | 29 |
//! | id and trace id as 16 bytes, parent as its place, time as what has passed since the one before | 135 | 22 |
//!
//! The other 33 are the trace's place in the map and the orders, its summary, and what the allocator
//! rounds up. LZ4 takes 70 ns an event without samples, and all that is done to an event once its JSON is
//! read (1,400 ns) some 350; zstd comes to 28 bytes without samples, for 246 ns. The recorded traffic of
//! the SDKs, in traces of 10, takes 89 bytes an event. `bench/` measures it all again.

mod changes;
mod chunk;
mod excess;
mod figures;
mod id;
mod intern;
mod order;
mod parts;
mod recency;
mod size;
mod store;
mod template;
mod trace;

pub use figures::StoreFigures;
pub use store::{Added, ChangedTrace, Events, Limits, MemoryStore, TraceFilter, Usage};
