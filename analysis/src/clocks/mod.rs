//! Clocks.
pub(crate) mod components;
