//! What recorded events mean: which happened before which, which accesses raced, what was slow and why.
//!
//! Pure: over [`EventView`](raceway_model::EventView), without a store and without I/O. Answers depend on
//! the events alone, not on the order in which they came; nothing is in an order by hash.
#![forbid(unsafe_code)]

pub mod across;
pub mod anomalies;
pub mod audit;
mod building;
pub mod calls;
pub mod causality;
pub mod clocks;
mod components;
pub mod contention;
pub mod critical_path;
pub mod dependencies;
mod durations;
pub mod figures;
pub mod global;
mod graph;
pub mod history;
pub mod interleavings;
mod lists;
pub mod lock_order;
pub mod locks;
pub mod names;
pub mod nesting;
pub mod options;
pub mod order;
pub mod races;
pub mod serializability;
pub mod severity;
pub mod space_time;
pub mod strands;
#[cfg(test)]
mod testing;
mod text;
pub mod trace;
pub mod tree;
pub mod value_flow;
mod values;
mod variables;

pub use building::Building;
pub use causality::Causality;
pub use options::Options;
pub use trace::{EventNo, Trace, TraceBuilder};

/// A trace whose order can't be told within the bounds of time and memory that an analysis has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the trace has too many strands that know of each other to be analysed: expected at most \
     {MAX_KNOWN} changes of what one has seen of another"
)]
pub struct TooComplex;

/// How many changes of what a strand has seen of another are kept at most: 8 bytes each. Each pair of
/// strands of which one has seen the other counts as 8.
pub const MAX_KNOWN: usize = 32_000_000;
