//! When services were last heard of.

use std::collections::BTreeMap;

use raceway_analysis::figures::{ServiceHealth, Window};
use raceway_model::Timestamp;

use super::figures::Sums;
use super::traces::Traces;
use crate::store::StoreError;

/// Of all services; counts are of so many minutes before now.
pub(in crate::store) fn health(
    traces: Traces,
    minutes: u32,
    now: Timestamp,
) -> Result<Vec<ServiceHealth>, StoreError> {
    let recent = Window::since(now, minutes.into()).micros();
    let mut sums = Sums::default();
    let mut latest: BTreeMap<String, i64> = BTreeMap::new();
    traces.each(|trace| {
        sums.add(&trace, recent.clone());
        for event in trace.events() {
            let service = trace.text(event.service);
            match latest.get_mut(service) {
                Some(time) => *time = event.time.max(*time),
                None => _ = latest.insert(service.to_owned(), event.time),
            }
        }
    })?;
    let Sums { figures, mut names } = sums;
    let latest: Vec<_> = latest
        .into_iter()
        .map(|(service, time)| (names.intern(&service), Timestamp::nearest(time)))
        .collect();
    Ok(figures.service_health(&names, latest, now))
}
