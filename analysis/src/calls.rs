//! Calls between services: the entries of requests, and who made them.

use std::cmp::Reverse;

use foldhash::{HashMap, HashMapExt};

use crate::clocks::components::Components;
use crate::names::Name;
use crate::trace::{Event, EventNo, Parent, Trace};

/// One call: a request that names the span of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The first event of the callee.
    pub entry: EventNo,
    /// The entry or root of the caller, which owns that span.
    pub caller: EventNo,
}

/// The calls of a trace in order of their entries: events that nothing caused and that name the span of
/// a caller.
///
/// The caller is the root with that span. Of several it is one whose component `service#instance` the
/// entry's clock names, rather not the entry's own; of several such, or if there is none, the last one
/// before the entry; else the first by service and id.
#[must_use]
pub fn calls(trace: &Trace) -> Vec<Call> {
    let roots = (0..).zip(trace.events()).filter(|(_, event)| event.parent == Parent::None);
    let mut entries =
        roots.filter_map(|(entry, event)| Some((entry, event.upstream_span?))).peekable();
    if entries.peek().is_none() {
        return Vec::new();
    }
    let owners = Owners::of(trace);
    let call = |(entry, span)| Some(Call { entry, caller: owners.caller(trace, entry, span)? });
    entries.filter_map(call).collect()
}

/// The roots that own spans.
struct Owners {
    of_span: HashMap<Name, Roots>,
    /// Those of a span that have this component of clocks.
    of_component: HashMap<(Name, Name), Roots>,
    components: Components,
}

impl Owners {
    fn of(trace: &Trace) -> Self {
        let components = Components::of(trace);
        let mut of_span: HashMap<Name, Roots> = HashMap::new();
        let mut of_component: HashMap<(Name, Name), Roots> = HashMap::new();
        let roots = (0..).zip(trace.events()).filter(|(_, event)| !has_parent(event));
        for (root, event) in roots {
            let Some(span) = event.span else { continue };
            of_span.entry(span).or_default().add(trace, root);
            if let Some(component) = components.get(event) {
                of_component.entry((span, component)).or_default().add(trace, root);
            }
        }
        Owners { of_span, of_component, components }
    }

    fn caller(&self, trace: &Trace, entry: EventNo, span: Name) -> Option<EventNo> {
        let all = self.of_span.get(&span)?;
        let own = self.components.get(trace.event(entry));
        let named = |is_own: bool| {
            let components = trace.clock(entry).iter().map(|&(component, _)| component);
            let components = components.filter(|&component| (Some(component) == own) == is_own);
            let roots =
                components.filter_map(|component| self.of_component.get(&(span, component)));
            choose(trace, entry, roots.flat_map(|roots| roots.candidates(entry)))
        };
        named(false).or_else(|| named(true)).or_else(|| choose(trace, entry, all.candidates(entry)))
    }
}

fn has_parent(event: &Event) -> bool {
    matches!(event.parent, Parent::Event(_))
}

/// Roots, among which a caller is chosen.
#[derive(Default)]
struct Roots {
    by_time: Vec<EventNo>,
    /// The first two by name.
    first: Vec<EventNo>,
}

impl Roots {
    fn add(&mut self, trace: &Trace, root: EventNo) {
        self.by_time.push(root);
        self.first.push(root);
        self.first.sort_by_key(|&root| name(trace, root));
        self.first.truncate(2);
    }

    /// Those of them that can be chosen: the last one before the entry, and the first by name.
    fn candidates(&self, entry: EventNo) -> impl Iterator<Item = EventNo> {
        let earlier = self.by_time.partition_point(|&root| root < entry);
        let latest = earlier.checked_sub(1).map(|place| self.by_time[place]);
        latest.into_iter().chain(self.first.iter().copied()).filter(move |&root| root != entry)
    }
}

/// The last one before the entry, else the first by name.
fn choose(trace: &Trace, entry: EventNo, roots: impl Iterator<Item = EventNo>) -> Option<EventNo> {
    roots.min_by_key(|&root| {
        let earlier = (root < entry).then_some(root);
        (earlier.is_none(), Reverse(earlier), name(trace, root))
    })
}

fn name(trace: &Trace, event: EventNo) -> (&str, &str) {
    (trace.text(trace.event(event).service), trace.event_id(event))
}

#[cfg(test)]
mod tests {
    use super::calls;
    use crate::testing::{Draft, event, trace};

    fn callers(events: impl IntoIterator<Item = Draft>) -> Vec<String> {
        let trace = trace(events);
        let calls = calls(&trace).into_iter();
        let id = |event| trace.event_id(event);
        calls.map(|call| format!("{} -> {}", id(call.caller), id(call.entry))).collect()
    }

    #[test]
    fn the_entry_is_called_by_the_root_that_owns_the_span() {
        let events = [
            event("web").of("web").span("s1"),
            event("web 2").of("web").span("s1").after("web"),
            event("bank").of("bank").span("s2").upstream("s1"),
            event("bank 2").of("bank").span("s2").upstream("s1").after("bank"),
            event("of nobody").upstream("s3"),
            event("of itself").span("s4").upstream("s4"),
        ];
        assert_eq!(callers(events), ["web -> bank"]);
    }

    #[test]
    fn of_several_owners_the_clock_knows_the_caller() {
        let owner = |id, service| event(id).of(service).instance("1").span("s1");
        let entry = |id| event(id).of("bank").instance("1").upstream("s1");
        let events = [
            owner("web", "web"),
            owner("shop", "shop"),
            entry("by clock").clock(&[("web#1", 3), ("bank#1", 1)]),
            entry("by time").clock(&[("bank#1", 1)]),
        ];
        assert_eq!(callers(events), ["web -> by clock", "shop -> by time"]);
        let events = [entry("by name"), owner("web", "web"), owner("shop", "shop")];
        assert_eq!(callers(events), ["shop -> by name"]);
    }
}
