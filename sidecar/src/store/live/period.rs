//! From when to when is looked.

use raceway_analysis::figures::Window;
use raceway_model::Timestamp;

use crate::delivery::now;
use crate::store::export::ExportFilter;
use crate::store::question::Period;

/// Of a period of which one end is not given.
const MINUTES: u64 = 24 * 60;

/// So many minutes before the newest event, or before now if that one is in the future.
pub(in crate::store) fn ending(newest: Option<Timestamp>, minutes: u32) -> Window {
    Window::ending(newest, now(), minutes.into())
}

impl Period {
    /// With both of its ends.
    pub(in crate::store) fn window(self, newest: Option<Timestamp>) -> Window {
        let last = |until: Timestamp| Timestamp::nearest(until.micros() - 1);
        match (self.from, self.until) {
            (None, None) => Window::ending(newest, now(), MINUTES),
            (None, Some(until)) => {
                Window { until: last(until), ..Window::ending(None, until, MINUTES) }
            }
            (Some(from), None) => Window { from, until: Window::since(from, 0).until },
            (Some(from), Some(until)) => Window { from, until: last(until) },
        }
    }
}

/// The traces with events in a time, and some that have them only before and after it.
pub(in crate::store) fn filter(window: &Window) -> ExportFilter {
    let after = Timestamp::nearest(window.until.micros().saturating_add(1));
    ExportFilter { until: Some(after), ended_since: Some(window.from), ..ExportFilter::default() }
}
