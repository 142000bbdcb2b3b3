//! How far it is, on standard error, where that is a terminal. Whoever reads and writes does not wait
//! for it.

use std::io;
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::log;

/// How often a second it is drawn.
const RATE: u8 = 10;

const OF_BYTES: &str = "{elapsed} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}";
const OF_EVENTS: &str = "{elapsed} {spinner} {human_pos} events, {per_sec}";

/// Counts bytes of a file.
pub(super) fn of_bytes(total: u64) -> ProgressBar {
    ProgressBar::with_draw_target(Some(total), target()).with_style(style(OF_BYTES))
}

/// Counts events, of which nobody knows how many there are.
pub(super) fn of_events() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target()).with_style(style(OF_EVENTS));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::term(Term::read_write_pair(io::stdin(), log::writer()), RATE)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
