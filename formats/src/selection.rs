//! The events of a trace that are taken along.

use std::ops::Range;

use raceway_analysis::space_time::{Message, messages};
use raceway_analysis::strands::StrandNo;
use raceway_analysis::{Causality, EventNo, TooComplex, Trace};

/// Events of a trace, by strand.
pub(crate) struct Selection<'c> {
    pub(crate) causality: &'c Causality,
    /// Those with any of the events, in order of their first events.
    pub(crate) strands: Vec<Strand>,
    is_selected: Vec<bool>,
}

/// The selected events of a strand, in program order.
pub(crate) struct Strand {
    pub(crate) number: StrandNo,
    /// At least one.
    pub(crate) events: Vec<EventNo>,
}

impl<'c> Selection<'c> {
    /// The events in a time.
    pub(crate) fn of(causality: &'c Causality, times: &Range<i64>) -> Self {
        let events = causality.trace.events();
        let is_selected: Vec<bool> =
            events.iter().map(|event| times.contains(&event.time)).collect();
        let is_in = |event: &EventNo| is_selected[*event as usize];
        let strands = (0..).zip(causality.strands.all()).map(|(number, strand)| {
            let events = strand.events.iter().copied().filter(is_in).collect();
            Strand { number, events }
        });
        let strands = strands.filter(|strand| !strand.events.is_empty()).collect();
        Selection { causality, strands, is_selected }
    }

    pub(crate) fn trace(&self) -> &'c Trace {
        &self.causality.trace
    }

    /// The edges of happens-before between strands of which both ends are selected, none that follows from
    /// others.
    pub(crate) fn messages(&self) -> Result<Vec<Message>, TooComplex> {
        let mut messages = messages(self.causality)?;
        let is_selected = |event: EventNo| self.is_selected[event as usize];
        messages.retain(|message| is_selected(message.from) && is_selected(message.to));
        Ok(messages)
    }

    /// The service of a strand: that of its first event.
    pub(crate) fn service(&self, strand: StrandNo) -> &'c str {
        let trace = self.trace();
        trace.text(trace.event(self.root(strand)).service)
    }

    /// The first event of a strand, be it selected or not.
    pub(crate) fn root(&self, strand: StrandNo) -> EventNo {
        self.causality.strands.get(strand).events[0]
    }

    /// The id of the first event of a strand, of a UUID the first eight characters.
    pub(crate) fn short_id(&self, strand: StrandNo) -> &'c str {
        let id = self.trace().event_id(self.root(strand));
        let is_uuid = id.len() == 36 && id.is_ascii() && id.as_bytes()[8] == b'-';
        if is_uuid { &id[..8] } else { id }
    }
}
