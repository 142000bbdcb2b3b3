//! What two strands did, beside each other.

use serde::Serialize;

use super::align::align;
use crate::Causality;
use crate::durations::milliseconds;
use crate::strands::StrandNo;

/// How many events are named.
const MAX_IDS: usize = 5;

/// An operation of both strands, or of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComparedOperation {
    /// Its name.
    pub operation: String,
    /// Its service.
    pub service: String,
    /// In the first trace.
    #[cfg_attr(feature = "schema", schema(required))]
    pub a: Option<Times>,
    /// In the second.
    #[cfg_attr(feature = "schema", schema(required))]
    pub b: Option<Times>,
}

/// How often an operation was done in a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ComparedTimes))]
pub struct Times {
    /// How often.
    pub count: u64,
    /// How long that took together, as far as events say so.
    pub total_ms: f64,
    /// The ids of the first five events.
    pub ids: Vec<String>,
}

/// A strand of a trace.
type Strand<'c> = (&'c Causality, StrandNo);

/// What they did, in an order that agrees with both.
pub(super) fn compare(a: Option<Strand>, b: Option<Strand>) -> Vec<ComparedOperation> {
    let [a, b] = [a, b].map(|strand| strand.map(runs).unwrap_or_default());
    let (names_a, times_a): (Vec<Name>, Vec<Times>) = a.into_iter().unzip();
    let (names_b, times_b): (Vec<Name>, Vec<Times>) = b.into_iter().unzip();
    let compared = align(&names_a, &names_b).into_iter().map(|(one, other)| {
        let name = one.map(|one| &names_a[one]).or(other.map(|other| &names_b[other]));
        let (operation, service) = name.cloned().unwrap_or_default();
        let times = |times: &[Times], place: Option<usize>| place.map(|place| times[place].clone());
        ComparedOperation { operation, service, a: times(&times_a, one), b: times(&times_b, other) }
    });
    compared.collect()
}

/// An operation, and its service.
type Name = (String, String);

/// The operations of a strand in program order, those that follow themselves once.
fn runs((causality, strand): Strand) -> Vec<(Name, Times)> {
    let trace = &causality.trace;
    let mut runs: Vec<(Name, Times)> = Vec::new();
    for &number in &causality.strands.get(strand).events {
        let event = trace.event(number);
        let name = (trace.operation(number), trace.text(event.service).to_owned());
        if runs.last().is_none_or(|(last, _)| *last != name) {
            runs.push((name, Times { count: 0, total_ms: 0.0, ids: Vec::new() }));
        }
        let Some((_, times)) = runs.last_mut() else { continue };
        times.count += 1;
        times.total_ms += milliseconds(event.duration_ns().unwrap_or(0).into());
        if times.ids.len() < MAX_IDS {
            times.ids.push(trace.text(event.id).to_owned());
        }
    }
    runs
}
