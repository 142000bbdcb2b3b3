//! Two traces beside each other: what one did that the other did not, and where time went.

mod align;
mod operations;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

pub use operations::{ComparedOperation, Times};

use crate::durations::milliseconds;
use crate::interleavings::interleavings_within;
use crate::races::Races;
use crate::space_time::findings::{Kind, findings};
use crate::space_time::lanes::lanes;
use crate::strands::StrandNo;
use crate::{Causality, Options};

/// Two traces.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// The first.
    pub a: ComparedTrace,
    /// The second.
    pub b: ComparedTrace,
    /// Strands of one service and root operation beside each other, in order of the first trace; then those that only
    /// the second one has.
    pub strands: Vec<ComparedStrand>,
    /// By kind and variable.
    pub findings: Vec<ComparedFinding>,
    /// By name.
    pub services: Vec<ComparedService>,
}

/// A trace as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComparedTrace {
    /// Its id.
    pub trace_id: String,
    /// The service of its first strand.
    pub service: String,
    /// The operation that this one begins with.
    pub operation: String,
    /// How many events it has.
    pub events: u64,
    /// From when its first event began to its last one.
    pub duration_ms: f64,
    /// How many strands it has.
    pub strands: u64,
}

/// A strand of each trace, or of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComparedStrand {
    /// What that of the first trace is called.
    #[cfg_attr(feature = "schema", schema(required))]
    pub a: Option<String>,
    /// What that of the second is called.
    #[cfg_attr(feature = "schema", schema(required))]
    pub b: Option<String>,
    /// What they did, in order; repetitions in a row are one entry.
    pub operations: Vec<ComparedOperation>,
}

/// Findings of both traces.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComparedFinding {
    /// What they are.
    pub kind: Kind,
    /// The variable, if it is one.
    #[cfg_attr(feature = "schema", schema(required))]
    pub variable: Option<String>,
    /// How many the first trace has, at most 100 of a kind.
    pub a: u64,
    /// How many the second one has, at most 100 of a kind.
    pub b: u64,
}

/// A service of both traces, or of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ComparedService {
    /// Its name.
    pub name: String,
    /// How long some strand of it was under way in the first trace.
    pub a_ms: f64,
    /// The same in the second.
    pub b_ms: f64,
    /// How many events it has in the first trace.
    pub a_events: u64,
    /// The same in the second.
    pub b_events: u64,
}

/// Compares two traces, of which the races are known.
#[must_use]
pub fn compare(traces: [(&Causality, &Races); 2], options: &Options) -> Comparison {
    let [a, b] = traces.map(|(causality, _)| causality);
    Comparison {
        a: whole(a),
        b: whole(b),
        strands: strands(a, b),
        findings: compared_findings(traces, options),
        services: services([a, b]),
    }
}

fn whole(causality: &Causality) -> ComparedTrace {
    let trace = &causality.trace;
    let events = (0..).take(trace.events().len());
    let (start, end) = trace.bounds(events).unwrap_or_default();
    let root = causality.strands.all().first().map(|strand| strand.events[0]);
    let service = root.map(|root| trace.text(trace.event(root).service));
    ComparedTrace {
        trace_id: trace.id.clone(),
        service: service.unwrap_or_default().to_owned(),
        operation: root.map(|root| trace.operation(root)).unwrap_or_default(),
        events: trace.events().len() as u64,
        duration_ms: milliseconds(end - start),
        strands: causality.strands.all().len() as u64,
    }
}

/// Strands that begin alike, the first with the first and so on.
fn strands(a: &Causality, b: &Causality) -> Vec<ComparedStrand> {
    let [labels_a, labels_b] = [a, b].map(|trace| lanes(trace).into_iter().map(|lane| lane.label));
    let (labels_a, labels_b): (Vec<String>, Vec<String>) = (labels_a.collect(), labels_b.collect());
    let mut waiting: BTreeMap<(&str, String), VecDeque<StrandNo>> = BTreeMap::new();
    for strand in numbers(b) {
        waiting.entry(beginning(b, strand)).or_default().push_back(strand);
    }
    let mut paired = BTreeSet::new();
    let mut compared = Vec::new();
    for strand in numbers(a) {
        let like = waiting.get_mut(&beginning(a, strand)).and_then(VecDeque::pop_front);
        paired.extend(like);
        compared.push(ComparedStrand {
            a: Some(labels_a[strand as usize].clone()),
            b: like.map(|like| labels_b[like as usize].clone()),
            operations: operations::compare(Some((a, strand)), like.map(|like| (b, like))),
        });
    }
    let rest = numbers(b).filter(|strand| !paired.contains(strand));
    compared.extend(rest.map(|strand| ComparedStrand {
        a: None,
        b: Some(labels_b[strand as usize].clone()),
        operations: operations::compare(None, Some((b, strand))),
    }));
    compared
}

fn numbers(causality: &Causality) -> impl Iterator<Item = StrandNo> {
    (0..).take(causality.strands.all().len())
}

fn beginning(causality: &Causality, strand: StrandNo) -> (&str, String) {
    let (trace, root) = (&causality.trace, causality.strands.get(strand).events[0]);
    (trace.text(trace.event(root).service), trace.operation(root))
}

fn compared_findings(traces: [(&Causality, &Races); 2], options: &Options) -> Vec<ComparedFinding> {
    let mut counts: BTreeMap<(Kind, Option<String>), [u64; 2]> = BTreeMap::new();
    for (place, (causality, races)) in traces.into_iter().enumerate() {
        let interleavings = interleavings_within(causality, options);
        let always = i64::MIN..i64::MAX;
        let (found, _) = findings(causality, races, &interleavings, options, &always);
        for finding in found {
            counts.entry((finding.kind, finding.variable)).or_default()[place] += 1;
        }
    }
    let compared = counts.into_iter();
    compared.map(|((kind, variable), [a, b])| ComparedFinding { kind, variable, a, b }).collect()
}

fn services(traces: [&Causality; 2]) -> Vec<ComparedService> {
    let mut services: BTreeMap<&str, [(i128, u64); 2]> = BTreeMap::new();
    for (place, causality) in traces.into_iter().enumerate() {
        let trace = &causality.trace;
        for event in trace.events() {
            services.entry(trace.text(event.service)).or_default()[place].1 += 1;
        }
        for (service, nanoseconds) in under_way(causality) {
            services.entry(service).or_default()[place].0 = nanoseconds;
        }
    }
    let compared = services.into_iter().map(|(name, [a, b])| ComparedService {
        name: name.to_owned(),
        a_ms: milliseconds(a.0),
        b_ms: milliseconds(b.0),
        a_events: a.1,
        b_events: b.1,
    });
    compared.collect()
}

/// Of each service, how long some strand of it was under way: nanoseconds.
fn under_way(causality: &Causality) -> BTreeMap<&str, i128> {
    let trace = &causality.trace;
    let mut intervals: BTreeMap<&str, Vec<(i128, i128)>> = BTreeMap::new();
    for strand in causality.strands.all() {
        let service = trace.text(trace.event(strand.events[0]).service);
        intervals.entry(service).or_default().extend(trace.bounds(strand.events.iter().copied()));
    }
    let covered = |mut intervals: Vec<(i128, i128)>| {
        intervals.sort_unstable();
        let (mut covered, mut reached) = (0, i128::MIN);
        for (start, end) in intervals {
            covered += (end - start.max(reached)).max(0);
            reached = reached.max(end);
        }
        covered
    };
    intervals.into_iter().map(|(service, intervals)| (service, covered(intervals))).collect()
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::races::races;
    use crate::space_time::findings::Kind;
    use crate::testing::{causality, event};
    use crate::{Causality, Options};

    /// A request that asks so often, and a task that writes under no lock.
    fn request(asks: usize, has_task: bool) -> Causality {
        let mut events = vec![event("r").on("1").kind("HttpRequest").at(0.0)];
        for ask in 0..asks {
            let before = if ask == 0 { "r".to_owned() } else { format!("q{}", ask - 1) };
            events.push(event(&format!("q{ask}")).on("1").kind("DatabaseQuery").after(&before));
        }
        let last = format!("q{}", asks - 1);
        events.push(event("w").on("1").write("x").after(&last).at(40.0));
        if has_task {
            events.push(event("task").on("2").write("x").after("r").at(20.0));
        }
        causality(events)
    }

    #[test]
    fn what_one_did_and_the_other_did_not_is_told() {
        let (a, b) = (request(2, false), request(3, true));
        let options = Options::default();
        let [races_a, races_b] =
            [&a, &b].map(|trace| races(trace, &options).expect("a small trace"));
        let compared = compare([(&a, &races_a), (&b, &races_b)], &options);
        assert_eq!((compared.a.events, compared.b.events), (4, 6));
        assert_eq!((compared.a.strands, compared.b.strands), (1, 2));
        assert_eq!(compared.a.duration_ms.to_bits(), 40.0_f64.to_bits());
        let [request, task] = &compared.strands[..] else { panic!("two strands") };
        let counts: Vec<_> = request
            .operations
            .iter()
            .map(|one| {
                let count = |times: &Option<super::Times>| times.as_ref().map(|times| times.count);
                (&*one.operation, count(&one.a), count(&one.b))
            })
            .collect();
        assert_eq!(
            counts,
            [
                ("HttpRequest", Some(1), Some(1)),
                ("DatabaseQuery", Some(2), Some(3)),
                ("StateChange(x)", Some(1), Some(1)),
            ]
        );
        assert!(task.a.is_none() && task.b.is_some());
        let race = compared.findings.iter().find(|found| found.kind == Kind::Race).expect("a race");
        assert_eq!((race.variable.as_deref(), race.a, race.b), (Some("x"), 0, 1));
        let [bank] = &compared.services[..] else { panic!("one service") };
        assert_eq!((bank.a_events, bank.b_events), (4, 6));
        assert_eq!(bank.b_ms.to_bits(), 40.0_f64.to_bits());
    }
}
