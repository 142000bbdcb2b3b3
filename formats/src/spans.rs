//! A trace as spans, for OpenTelemetry and Jaeger: one for each strand, and within it one for each of its events that
//! take time; the others are events of these.

use std::collections::BTreeMap;

use raceway_analysis::space_time::{EdgeKind, Message};
use raceway_analysis::strands::StrandNo;
use raceway_analysis::{EventNo, TooComplex, Trace};

use crate::ids::span_id;
use crate::selection::{Selection, Strand};

/// A span.
pub(crate) struct Span {
    pub(crate) id: String,
    pub(crate) strand: StrandNo,
    /// The event that it is named after.
    pub(crate) named_after: EventNo,
    /// Nanoseconds since 1970, not before that.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The place of the span that it is in, or of the one that it was forked or called from.
    pub(crate) parent: Option<usize>,
    /// What happened in it, in order of time.
    pub(crate) events: Vec<EventNo>,
    /// The places of spans of other strands of which something happened before something in this one,
    /// but for its parent.
    pub(crate) causes: Vec<(usize, EdgeKind)>,
    /// Whether another service has called it.
    pub(crate) is_called: bool,
}

/// The spans of these events, each strand's own before those in it.
pub(crate) fn spans(selection: &Selection) -> Result<Vec<Span>, TooComplex> {
    let mut builder = Builder { selection, spans: Vec::new(), of_event: BTreeMap::new() };
    for strand in &selection.strands {
        builder.add(strand);
    }
    for message in selection.messages()? {
        builder.link(&message);
    }
    Ok(builder.spans)
}

/// Nanoseconds that are no less than 0.
pub(crate) fn unix_nanos(nanoseconds: i128) -> u64 {
    u64::try_from(nanoseconds.max(0)).unwrap_or(u64::MAX)
}

struct Builder<'s, 'c> {
    selection: &'s Selection<'c>,
    spans: Vec<Span>,
    of_event: BTreeMap<EventNo, usize>,
}

impl Builder<'_, '_> {
    fn add(&mut self, strand: &Strand) {
        let trace = self.selection.trace();
        let whole = trace.bounds(strand.events.iter().copied());
        let first = strand.events[0];
        let of_strand = self.push(strand, first, whole.unwrap_or_default(), None);
        let mut open = vec![of_strand];
        for event in outermost_first(trace, &strand.events[1..]) {
            let (start, end) = trace.interval(event);
            let [from, to] = [start, end].map(unix_nanos);
            while open.len() > 1 && self.spans[open[open.len() - 1]].end < to {
                open.pop();
            }
            let within = open[open.len() - 1];
            if start < end && from < to {
                open.push(self.push(strand, event, (start, end), Some(within)));
            } else {
                self.spans[within].events.push(event);
                self.of_event.insert(event, within);
            }
        }
    }

    fn push(
        &mut self,
        strand: &Strand,
        event: EventNo,
        (start, end): (i128, i128),
        parent: Option<usize>,
    ) -> usize {
        let place = self.spans.len();
        self.of_event.insert(event, place);
        self.spans.push(Span {
            id: span_id(self.selection.trace(), event),
            strand: strand.number,
            named_after: event,
            start: unix_nanos(start),
            end: unix_nanos(end),
            parent,
            events: Vec::new(),
            causes: Vec::new(),
            is_called: false,
        });
        place
    }

    fn link(&mut self, message: &Message) {
        let (cause, place) = (self.of_event[&message.from], self.of_event[&message.to]);
        let span = &mut self.spans[place];
        let begins = span.named_after == message.to && span.parent.is_none();
        if begins && matches!(message.kind, EdgeKind::Fork | EdgeKind::Call) {
            span.parent = Some(cause);
            span.is_called = message.kind == EdgeKind::Call;
        } else if !span.causes.iter().any(|&(known, _)| known == cause) {
            span.causes.push((cause, message.kind));
        }
    }
}

/// In order of their starts, of equal ones the longest first.
fn outermost_first(trace: &Trace, events: &[EventNo]) -> Vec<EventNo> {
    let mut events = events.to_vec();
    events.sort_by_key(|&event| {
        let (start, end) = trace.interval(event);
        (start, -end, event)
    });
    events
}
