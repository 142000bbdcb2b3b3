//! The components of clocks that are named after services: `service#instance`.

use foldhash::HashMap;

use crate::names::Name;
use crate::trace::{Event, Trace};

/// The components that SDKs count up themselves.
#[derive(Debug, Default)]
pub(crate) struct Components(HashMap<(Name, Name), Name>);

impl Components {
    /// Of all services and instances of a trace whose component is in some clock.
    pub(crate) fn of(trace: &Trace) -> Self {
        let mut components = HashMap::default();
        let mut last = None;
        for event in trace.events() {
            let key = event.instance.map(|instance| (event.service, instance));
            let Some((service, instance)) = key.filter(|_| key != last) else { continue };
            last = key;
            components.entry((service, instance)).or_insert_with(|| {
                let (service, instance) = (trace.text(service), trace.text(instance));
                trace.names().get(&format!("{service}#{instance}"))
            });
        }
        Components(components.into_iter().filter_map(|(key, name)| Some((key, name?))).collect())
    }

    /// The component of an event's service and instance.
    pub(crate) fn get(&self, event: &Event) -> Option<Name> {
        let instance = event.instance?;
        self.0.get(&(event.service, instance)).copied()
    }
}
