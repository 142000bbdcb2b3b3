//! How far it is, on standard error, where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const OF_BYTES: &str = "{elapsed} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}";
const OF_EVENTS: &str = "{elapsed} {spinner} {human_pos} events, {per_sec}";

/// Counts bytes of a file.
pub(super) fn of_bytes(total: u64) -> ProgressBar {
    ProgressBar::new(total).with_style(style(OF_BYTES))
}

/// Counts events, of which nobody knows how many there are.
pub(super) fn of_events() -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_style(style(OF_EVENTS));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
