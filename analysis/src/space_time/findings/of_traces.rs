//! Findings whose accesses are of several traces.

use std::collections::BTreeMap;

use super::access::{FindingAccess, Role, Step};
use super::of_interleavings::{description, lost_value, missing};
use super::places::Places;
use super::{Finding, id};
use crate::interleavings::{AccessRecord, Interleaving};
use crate::{Causality, EventNo};

/// Traces by id, in which accesses are looked up.
pub(crate) struct Traces<'c>(BTreeMap<&'c str, (&'c Causality, Places<'c>)>);

impl<'c> Traces<'c> {
    pub(crate) fn of(traces: impl Iterator<Item = &'c Causality>) -> Self {
        let of = |causality: &'c Causality| {
            (&*causality.trace.id, (causality, Places::of(&causality.trace)))
        };
        Traces(traces.map(of).collect())
    }

    /// The trace of an access, and its event there.
    pub(crate) fn find(&self, access: &AccessRecord) -> Option<(&'c Causality, EventNo)> {
        let (causality, places) = self.0.get(&*access.trace_id)?;
        Some((causality, places.find(&access.event_id, access.timestamp)?))
    }

    /// An interleaving as a finding; `None` if any of its accesses is of no trace here.
    pub(crate) fn finding(&self, found: &Interleaving) -> Option<Finding> {
        let roles = [Role::First, Role::Between, Role::Second];
        let records = [&found.first, &found.between, &found.second];
        let mut accesses = Vec::new();
        for (role, record) in roles.into_iter().zip(records) {
            accesses.push(self.access(role, record)?);
        }
        accesses.extend(found.own_read.as_ref().and_then(|own| self.access(Role::OwnRead, own)));
        let kind = found.pattern.into();
        Some(Finding {
            id: id(kind, Some(&found.variable), &accesses),
            kind,
            severity: found.severity,
            variable: Some(found.variable.clone()),
            service: found.service.clone(),
            description: description(found),
            reason: found.reason.clone(),
            lost_value: lost_value(found),
            common_ancestor: self.common_ancestor(records),
            missing: missing(found),
            accesses,
        })
    }

    fn access(&self, role: Role, record: &AccessRecord) -> Option<FindingAccess> {
        let (causality, event) = self.find(record)?;
        let access = FindingAccess::of(causality, &Step { role, event });
        Some(FindingAccess { trace_id: Some(record.trace_id.clone()), ..access })
    }

    /// None where they are of several traces.
    fn common_ancestor(&self, records: [&AccessRecord; 3]) -> Option<String> {
        let [first, ..] = records;
        if records.iter().any(|record| record.trace_id != first.trace_id) {
            return None;
        }
        let (causality, _) = self.find(first)?;
        let events: Option<Vec<EventNo>> =
            records.iter().map(|record| Some(self.find(record)?.1)).collect();
        let ancestor = causality.order.last_before_all(&events?)?;
        Some(causality.trace.event_id(ancestor).to_owned())
    }
}
