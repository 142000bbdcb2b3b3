//! Random concurrent programs, the events that they would record, and what is true of them.
//!
//! A [`Program`] is generated, run under a random schedule, and written as events in a [`Style`]. What these
//! events tell is a part of what the run did ([`Told`]); the [`oracle`] finds by brute force what an analysis
//! must report of that part. It shares no code with the analysis.
#![forbid(unsafe_code)]

pub mod classics;
mod execution;
mod generate;
pub mod oracle;
mod program;
mod relation;
mod run;
mod shrink;
mod spans;
mod style;
mod told;
mod write;

pub use execution::{Access, Action, Executed, Execution, Held, exclude};
pub use generate::generate;
pub use program::{
    AccessKind, Lock, LockNo, MessageNo, Origin, Process, Program, Step, Strand, StrandNo,
    Variable, VariableNo,
};
pub use relation::Relation;
pub use run::{run, run_in_order};
pub use shrink::shrink;
pub use style::{Flat, Language, Strands, Style};
pub use told::Told;
pub use write::{Written, batches, body, timestamp, write, write_readably};
