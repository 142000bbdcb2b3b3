//! Events that took much longer than the same operation took before.
//!
//! The measure is the standard score over the mean and the standard deviation of all earlier durations, from
//! exact whole sums: they can be merged and taken back without a rest, and a score of exactly 2, 3 or 5 is
//! told from one above it. Sums over a sketch (a median, say) have neither property.
//!
//! What is earlier ended before the trace's first event. So a trace is not in its own baseline, and traces
//! that begin later never change its anomalies. Two things do: events that come late but are dated before the
//! trace, and removal of events from before it.

mod baseline;

use foldhash::{HashMap, HashMapExt};
use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::durations::milliseconds;
use crate::trace::{EventNo, Trace, UNKNOWN};
pub use baseline::{Baseline, Baselines, EarlierDurations, LEAST_SAMPLES, time_before};

/// A greater standard score is given as this one.
const GREATEST_SCORE: f64 = 1000.0;

/// How unusual a duration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AnomalySeverity))]
pub enum Severity {
    /// More than 2 standard deviations above the mean.
    Minor,
    /// More than 3.
    Warning,
    /// More than 5.
    Critical,
}

impl Severity {
    fn of(score: f64) -> Option<Self> {
        match score {
            score if score > 5.0 => Some(Severity::Critical),
            score if score > 3.0 => Some(Severity::Warning),
            score if score > 2.0 => Some(Severity::Minor),
            _ => None,
        }
    }

    /// Its name, as answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Minor => "Minor",
            Severity::Warning => "Warning",
            Severity::Critical => "Critical",
        }
    }
}

/// An event that took much longer than usual.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Anomaly {
    /// The event.
    pub event_id: String,
    /// Its operation.
    pub event_kind: String,
    /// How unusual it is.
    pub severity: Severity,
    /// What it took.
    pub actual_duration_ms: f64,
    /// The mean of its baseline.
    pub expected_duration_ms: f64,
    /// Its standard score, at most 1000.
    pub std_dev_from_mean: f64,
    /// The same in a sentence.
    pub description: String,
    /// Where in the source it happened, or `unknown`.
    pub location: String,
    /// When it ended.
    pub timestamp: Timestamp,
}

/// The anomalies of a trace in order of time, those of one instant by id.
#[must_use]
pub fn anomalies(trace: &Trace, baselines: &impl Baselines) -> Vec<Anomaly> {
    let mut known = HashMap::new();
    let events = (0..).zip(trace.events());
    let found = events.filter_map(|(number, event)| {
        let duration = event.duration_ns()?;
        let operation = (event.service, event.kind, event.subject);
        let baseline = known.entry(operation).or_insert_with(|| {
            let subject = event.subject.map(|subject| trace.text(subject));
            baselines.baseline(trace.text(event.service), trace.text(event.kind), subject)
        });
        anomaly(trace, number, duration, (*baseline)?)
    });
    found.collect()
}

#[expect(clippy::cast_precision_loss, reason = "durations end at 2^53")]
fn anomaly(trace: &Trace, number: EventNo, duration: i64, usual: Baseline) -> Option<Anomaly> {
    let score = ((duration as f64 - usual.mean) / usual.deviation).min(GREATEST_SCORE);
    let severity = Severity::of(score)?;
    let event = trace.event(number);
    let operation = trace.operation(number);
    let actual_duration_ms = milliseconds(duration.into());
    let (expected_duration_ms, deviation) = (usual.mean / 1e6, usual.deviation / 1e6);
    let description = format!(
        "{operation} of {} took {actual_duration_ms:.3} ms, {score:.1} standard deviations of {deviation:.3} \
         ms above the mean of {expected_duration_ms:.3} ms of {} earlier ones",
        trace.text(event.service),
        usual.samples,
    );
    Some(Anomaly {
        event_id: trace.event_id(number).to_owned(),
        event_kind: operation,
        severity,
        actual_duration_ms,
        expected_duration_ms,
        std_dev_from_mean: score,
        description,
        location: event.location.map_or(UNKNOWN, |location| trace.text(location)).to_owned(),
        timestamp: trace.timestamp(number),
    })
}

#[cfg(test)]
mod tests {
    use super::{Anomaly, EarlierDurations, Severity, anomalies, time_before};
    use crate::figures::{DurationSums, Figures, Names, Operation, Timeline};
    use crate::testing::{Draft, event, trace};

    fn pay(id: &str, at: f64, lasting: f64) -> Draft {
        let event = event(id).kind("FunctionCall").field("function_name", "pay");
        event.at(at).lasting(lasting)
    }

    /// What is unusual if these durations were earlier.
    fn after(earlier: &[i64], durations: &[f64]) -> Vec<Anomaly> {
        let (mut figures, mut names) = (Figures::default(), Names::default());
        let [service, kind, subject] =
            ["bank", "FunctionCall", "pay"].map(|name| names.intern(name));
        for &milliseconds in earlier {
            let sums = DurationSums::of(milliseconds * 1_000_000);
            figures.operations.add(Operation { service, kind, subject: Some(subject) }, &sums);
        }
        let events =
            (0..).zip(durations).map(|(id, &ms)| pay(&format!("e{id}"), f64::from(id), ms));
        anomalies(&trace(events), &EarlierDurations { figures: &figures, names: &names })
    }

    #[test]
    fn only_more_than_2_3_and_5_deviations_are_an_anomaly_and_never_the_fast() {
        let earlier = [[90; 10], [110; 10]].concat();
        let durations = [0.0, 120.0, 120.001, 130.0, 130.001, 150.0, 150.001];
        let found = after(&earlier, &durations);
        let found: Vec<_> = found.iter().map(|found| (&*found.event_id, found.severity)).collect();
        let expected = [
            ("e2", Severity::Minor),
            ("e3", Severity::Minor),
            ("e4", Severity::Warning),
            ("e5", Severity::Warning),
            ("e6", Severity::Critical),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn twenty_samples_are_enough_and_nineteen_are_not() {
        assert_eq!(after(&[100; 19], &[200.0]), []);
        let [found] = &after(&[100; 20], &[200.0])[..] else { panic!("one anomaly") };
        assert_eq!(
            found.description,
            "FunctionCall(pay) of bank took 200.000 ms, 100.0 standard deviations of 1.000 ms above the \
             mean of 100.000 ms of 20 earlier ones"
        );
    }

    #[test]
    fn equal_durations_deviate_by_1_percent_and_by_1_microsecond() {
        assert_eq!(after(&[100; 20], &[102.0]), []);
        assert_eq!(after(&[100; 20], &[102.001])[0].severity, Severity::Minor);
        assert_eq!(after(&[0; 20], &[0.002]), []);
        let found = &after(&[0; 20], &[1e9])[0];
        assert_eq!(found.std_dev_from_mean.to_bits(), 1000f64.to_bits());
    }

    #[test]
    fn a_baseline_is_what_ended_before_the_trace_began() {
        let mut names = Names::default();
        let [early, late] = [0.0, 100_000.0].map(|start| {
            let events =
                (0..20).map(move |i| pay(&format!("{start} {i}"), start + f64::from(i), 1.0));
            trace(events)
        });
        let slow = trace([pay("slow", 90_000.0, 5.0)]);
        let mut figures = Figures::default();
        for trace in [&early, &late, &slow] {
            figures.merge(&Figures::within(trace, &[], time_before(&slow), &mut names));
        }
        assert_eq!(figures, Timeline::of(&early, &[], &mut names).total());
        let before = EarlierDurations { figures: &figures, names: &names };
        assert_eq!(anomalies(&slow, &before).len(), 1);
    }

    #[test]
    fn what_is_known_by_another_name_is_no_baseline() {
        let slow = trace([pay("slow", 0.0, 5.0)]);
        let other = (0..20).map(|i| event(&i.to_string()).kind("FunctionCall").lasting(1.0));
        let mut names = Names::default();
        let figures = Timeline::of(&trace(other), &[], &mut names).total();
        assert_eq!(anomalies(&slow, &EarlierDurations { figures: &figures, names: &names }), []);
        names.intern("pay");
        assert_eq!(anomalies(&slow, &EarlierDurations { figures: &figures, names: &names }), []);
    }
}
