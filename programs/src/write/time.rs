//! When events say that they happened.

use fastrand::Rng;

use crate::execution::{Action, Executed, Execution};
use crate::style::{Language, Style};

/// 2026-01-01T00:00:00Z in microseconds since 1970.
const MIDNIGHT: i64 = 1_767_225_600_000_000;

/// When runs begin: at noon.
const START: i64 = MIDNIGHT + 12 * 3_600_000_000;

/// The timestamp of each step in microseconds since 1970, by the clock of its process.
pub(super) fn times(execution: &Execution, style: Style, random: &mut Rng) -> Vec<i64> {
    let time = |(number, step): (usize, &Executed)| {
        let recorded = match step.action {
            Action::Acquire { got: Some(got), .. } if !style.records_waits() => got,
            _ => step.time,
        };
        let time = START + recorded + execution.program.process(step.strand).skew;
        if style.is_ordered_by_time() {
            return time + i64::try_from(number).unwrap_or_default();
        }
        // Its milliseconds and its microseconds come from different clocks.
        let is_jumping = style == Style::Sdk(Language::TypeScript);
        if is_jumping { time - random.i64(0..1000) } else { time }
    };
    execution.steps.iter().enumerate().map(time).collect()
}

/// A time as events write it: on the day of the run.
#[must_use]
pub fn timestamp(time: i64) -> String {
    let (seconds, micros) = ((time - MIDNIGHT) / 1_000_000, (time - MIDNIGHT) % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}Z")
}
