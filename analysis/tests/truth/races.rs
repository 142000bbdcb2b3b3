//! Races within a trace.

use crate::case::Case;

pub(crate) fn check(_case: &Case) -> Result<(), String> {
    Ok(())
}
