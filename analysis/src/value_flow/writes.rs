//! Which write a read saw.

use foldhash::{HashMap, HashMapExt};
use raceway_model::json_equal;
use serde_json::Value;

use super::Evidence;
use crate::Causality;
use crate::names::Name;
use crate::order::Order;
use crate::trace::{AccessKind, EventNo};

/// How many writes are compared with reads at most.
const MAX_COMPARED: usize = 1_000_000;

/// The writes of a trace.
pub(crate) struct Writes<'c> {
    causality: &'c Causality,
    /// By service and variable, in order of time.
    by_variable: HashMap<(Name, Name), Vec<EventNo>>,
    /// Of variables that were read, the writes of each chain in its order.
    by_chain: HashMap<(Name, Name), Vec<Vec<EventNo>>>,
    /// Values that were compared; `None` for what is no evidence.
    values: HashMap<Name, Option<Value>>,
    compared: usize,
}

impl<'c> Writes<'c> {
    pub(crate) fn of(causality: &'c Causality) -> Self {
        let mut by_variable: HashMap<_, Vec<EventNo>> = HashMap::new();
        for (number, event) in (0..).zip(causality.trace.events()) {
            if let Some(access) = event.access.filter(|access| access.kind.is_write()) {
                by_variable.entry((event.service, access.variable)).or_default().push(number);
            }
        }
        let (by_chain, values) = (HashMap::new(), HashMap::new());
        Writes { causality, by_variable, by_chain, values, compared: 0 }
    }

    /// Whether no write was left out for there being too many.
    pub(crate) fn are_all_compared(&self) -> bool {
        self.compared < MAX_COMPARED
    }

    /// The write that a read saw.
    pub(crate) fn seen_by(&mut self, read: EventNo) -> Option<(EventNo, Evidence)> {
        let event = self.causality.trace.event(read);
        let access = event.access?;
        let variable = (event.service, access.variable);
        // An exchange reads what was there before it.
        let is_exchange = access.kind == AccessKind::AtomicRmw;
        let value = if is_exchange { access.old_value } else { access.new_value };
        let by_value = value.and_then(|value| self.equal(read, variable, value));
        let with = |evidence| move |write| (write, evidence);
        by_value
            .map(with(Evidence::Values))
            .or_else(|| self.last_before(read, variable).map(with(Evidence::Order)))
    }

    /// The latest write up to the read that stored the value, else the first after it: clocks may differ.
    fn equal(&mut self, read: EventNo, variable: (Name, Name), value: Name) -> Option<EventNo> {
        let writes = self.by_variable.get(&variable)?;
        let value = compared(&mut self.values, self.causality, value)?.clone();
        let (before, after) = writes.split_at(writes.partition_point(|&write| write < read));
        for &write in before.iter().rev().chain(after).filter(|&&write| write != read) {
            if self.compared == MAX_COMPARED {
                return None;
            }
            self.compared += 1;
            let stored = self.causality.trace.event(write).access?.new_value;
            let stored =
                stored.and_then(|stored| compared(&mut self.values, self.causality, stored));
            if stored.is_some_and(|stored| json_equal(stored, &value))
                && !self.causality.order.happens_before(read, write)
            {
                return Some(write);
            }
        }
        None
    }

    /// The last write that happened before the read: of those of several chains, the latest by time that
    /// happened before no other of them.
    fn last_before(&mut self, read: EventNo, variable: (Name, Name)) -> Option<EventNo> {
        let order = &self.causality.order;
        let writes = self.by_variable.get(&variable)?;
        let chains = self.by_chain.entry(variable).or_insert_with(|| by_chain(order, writes));
        let last = chains.iter().filter_map(|writes| last_seen(order, read, writes));
        last.reduce(|one, other| {
            let is_later = order.happens_before(one, other)
                || (one < other && !order.happens_before(other, one));
            if is_later { other } else { one }
        })
    }
}

fn by_chain(order: &Order, writes: &[EventNo]) -> Vec<Vec<EventNo>> {
    let mut writes = writes.to_vec();
    writes.sort_unstable_by_key(|&write| (order.chain_of(write), order.place_of(write)));
    let chains = writes.chunk_by(|&one, &other| order.chain_of(one) == order.chain_of(other));
    chains.map(<[EventNo]>::to_vec).collect()
}

/// The last of a chain's writes that happened before an event.
fn last_seen(order: &Order, event: EventNo, writes: &[EventNo]) -> Option<EventNo> {
    let seen = order.seen(event, order.chain_of(*writes.first()?));
    let count = writes.partition_point(|&write| order.place_of(write) < seen);
    Some(writes[count.checked_sub(1)?])
}

/// The value, if it is one that can be compared.
fn compared<'v>(
    values: &'v mut HashMap<Name, Option<Value>>,
    causality: &Causality,
    value: Name,
) -> Option<&'v Value> {
    let scalar = || {
        let json = causality.trace.text(value);
        let value = serde_json::from_str(json).ok()?;
        (!matches!(value, Value::Array(_) | Value::Object(_))).then_some(value)
    };
    values.entry(value).or_insert_with(scalar).as_ref()
}
