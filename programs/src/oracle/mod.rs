//! What is true of a run, by brute force: nothing here is quick, and everything is meant to be believed when it
//! is read.

pub mod interleavings;
pub mod races;
pub mod serial;
