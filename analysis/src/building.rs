//! Traces whose events come one trace after the other.

use std::slice::Iter;

use crate::figures::tables::Listed;
use crate::trace::{Trace, TraceBuilder};

/// The trace whose events come now, of those that are read.
#[derive(Debug)]
pub struct Building<'t> {
    rest: Iter<'t, Listed>,
    trace: Option<(i64, TraceBuilder)>,
}

impl<'t> Building<'t> {
    /// Before the first event. Traces come in this order; some may have no events.
    #[must_use]
    pub fn new(traces: &'t [Listed]) -> Self {
        Building { rest: traces.iter(), trace: None }
    }

    /// Where the next event belongs, which is of the trace with this number. A trace before it is given away.
    pub fn of(&mut self, trace_no: i64, take: &mut impl FnMut(i64, Trace)) -> &mut TraceBuilder {
        if self.trace.as_ref().is_some_and(|(known, _)| *known != trace_no) {
            self.give_away(take);
        }
        let rest = &mut self.rest;
        let (_, builder) = self.trace.get_or_insert_with(|| {
            let id = rest.find(|(listed, _)| *listed == trace_no).map_or("", |(_, id)| id);
            (trace_no, TraceBuilder::new(id))
        });
        builder
    }

    /// Gives the last trace away.
    pub fn finish(mut self, take: &mut impl FnMut(i64, Trace)) {
        self.give_away(take);
    }

    fn give_away(&mut self, take: &mut impl FnMut(i64, Trace)) {
        if let Some((trace_no, builder)) = self.trace.take() {
            take(trace_no, builder.finish());
        }
    }
}
