//! Vector clocks in the standard order: a missing component counts as 0.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::number::as_whole_number;

/// A clock: how many steps of each component an event has seen.
///
/// The order is partial: `a` is less than `b` when no component of `a` is above that of `b` and
/// some component is below it (Mattern 1989, Fidge 1988).
#[derive(Clone, Debug, Default, Eq)]
pub struct VectorClock(BTreeMap<String, u64>);

impl VectorClock {
    /// Reads `{component: clock, …}`, the form of the column `vector_clock`.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let components = value.as_object()?.iter();
        components
            .map(|(component, clock)| Some((component.clone(), as_whole_number(clock)?)))
            .collect()
    }

    /// `{component: clock, …}`
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.components().map(|(component, clock)| (component.to_owned(), json!(clock))).collect()
    }

    /// The clock's components, in order of their names.
    pub fn components(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(component, &clock)| (component.as_str(), clock))
    }

    /// Whether it names no component: such an event carries no clock at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The clock of a component; 0 for one that it doesn't name.
    #[must_use]
    pub fn get(&self, component: &str) -> u64 {
        self.0.get(component).copied().unwrap_or(0)
    }

    /// Whether every event with this clock happened before every event with the other.
    /// An event without a clock is ordered with none.
    #[must_use]
    pub fn happens_before(&self, other: &Self) -> bool {
        !self.is_empty() && !other.is_empty() && self.partial_cmp(other) == Some(Ordering::Less)
    }

    /// Whether the clocks differ and neither happened before the other.
    #[must_use]
    pub fn is_concurrent(&self, other: &Self) -> bool {
        self != other && !self.happens_before(other) && !other.happens_before(self)
    }

    /// The least clock that has seen what either has: each component's greater value.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        for (component, &clock) in &other.0 {
            self.raise(component, clock);
        }
        self
    }

    /// Sets a component to at least `clock`.
    pub fn raise(&mut self, component: &str, clock: u64) {
        match self.0.get_mut(component) {
            Some(known) => *known = clock.max(*known),
            None => drop(self.0.insert(component.to_owned(), clock)),
        }
    }

    fn is_at_most(&self, other: &Self) -> bool {
        self.components().all(|(component, clock)| clock <= other.get(component))
    }
}

impl FromIterator<(String, u64)> for VectorClock {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(components: I) -> Self {
        let mut clock = VectorClock::default();
        for (component, value) in components {
            clock.raise(&component, value);
        }
        clock
    }
}

impl PartialOrd for VectorClock {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.is_at_most(other), other.is_at_most(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        }
    }
}

/// `{a: 0}` equals `{}`: a missing component is 0.
impl PartialEq for VectorClock {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}
