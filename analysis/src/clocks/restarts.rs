//! Which components of clocks start again in a trace.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::own::{steps, value};
use crate::calls::Call;
use crate::names::Name;
use crate::strands::{StrandNo, Strands};
use crate::trace::Trace;

/// By the number of its name, whether a component restarts.
pub(super) fn restarting(
    trace: &Trace,
    strands: &Strands,
    calls: &[Call],
    own: &[Option<Name>],
) -> Vec<bool> {
    let mut restarts = vec![false; trace.names().count()];
    if own.iter().any(Option::is_some) {
        mark_raised_twice(trace, strands, own, &mut restarts);
        mark_of_requests(trace, strands, calls, own, &mut restarts);
    }
    restarts
}

/// Marks what two strands raise, as their own, to one value.
fn mark_raised_twice(
    trace: &Trace,
    strands: &Strands,
    own: &[Option<Name>],
    restarts: &mut [bool],
) {
    let mut raised: HashMap<(Name, u64), StrandNo> = HashMap::new();
    for (number, strand) in (0..).zip(strands.all()) {
        for (event, before) in steps(trace, strand) {
            let own = own[event as usize].filter(|own| !restarts[own.index()]);
            let Some(own) = own else { continue };
            let clock = value(trace.clock(event), own);
            if clock > value(before, own) {
                restarts[own.index()] = *raised.entry((own, clock)).or_insert(number) != number;
            }
        }
    }
}

/// Marks components of SDKs that count per request: those of two requests, and those that a request
/// knows which is not called from the one that counts, or from one that is.
fn mark_of_requests(
    trace: &Trace,
    strands: &Strands,
    calls: &[Call],
    own: &[Option<Name>],
    restarts: &mut [bool],
) {
    let requests = Requests::of(strands, calls);
    let mut request_of: HashMap<Name, StrandNo> = HashMap::new();
    let counting = (0..).zip(trace.events()).filter(|(_, event)| event.counts_per_request);
    for (event, _) in counting {
        let Some(own) = own[event as usize] else { continue };
        let request = requests.of_strand(strands.of_event(event));
        restarts[own.index()] |= *request_of.entry(own).or_insert(request) != request;
    }
    let mut known: HashSet<(StrandNo, Name)> = HashSet::default();
    for event in (0..).take(if request_of.is_empty() { 0 } else { trace.events().len() }) {
        let request = requests.of_strand(strands.of_event(event));
        for &(component, _) in trace.clock(event) {
            let counting =
                request_of.get(&component).filter(|_| known.insert((request, component)));
            restarts[component.index()] |=
                counting.is_some_and(|&counting| !requests.is_called_from(request, counting));
        }
    }
}

/// Calls are followed upwards so often.
const MAX_DEPTH: usize = 64;

/// Requests: strands with those that fork off from them.
struct Requests {
    of_strand: Vec<StrandNo>,
    callers: HashMap<StrandNo, StrandNo>,
}

impl Requests {
    fn of(strands: &Strands, calls: &[Call]) -> Self {
        let mut of_strand: Vec<StrandNo> = (0..).take(strands.all().len()).collect();
        for (number, strand) in (0..).zip(strands.all()) {
            if let Some(event) = strand.forked_from {
                let ends = [number, strands.of_event(event)];
                let [one, other] = ends.map(|strand| first(&mut of_strand, strand));
                of_strand[one as usize] = other;
            }
        }
        for strand in (0..).take(of_strand.len()) {
            first(&mut of_strand, strand);
        }
        let mut requests = Requests { of_strand, callers: HashMap::new() };
        for call in calls {
            let request = |event| requests.of_strand(strands.of_event(event));
            let (entered, caller) = (request(call.entry), request(call.caller));
            requests.callers.entry(entered).or_insert(caller);
        }
        requests
    }

    /// A strand that stands for all of its request.
    fn of_strand(&self, mut strand: StrandNo) -> StrandNo {
        while self.of_strand[strand as usize] != strand {
            strand = self.of_strand[strand as usize];
        }
        strand
    }

    /// Whether a request is another one, or is called from it.
    fn is_called_from(&self, request: StrandNo, caller: StrandNo) -> bool {
        let up = |request: &StrandNo| self.callers.get(request).copied();
        std::iter::successors(Some(request), up).take(MAX_DEPTH).any(|request| request == caller)
    }
}

/// The strand that stands for all; the path to it is made shorter.
fn first(of_strand: &mut [StrandNo], mut strand: StrandNo) -> StrandNo {
    while of_strand[strand as usize] != strand {
        of_strand[strand as usize] = of_strand[of_strand[strand as usize] as usize];
        strand = of_strand[strand as usize];
    }
    strand
}
