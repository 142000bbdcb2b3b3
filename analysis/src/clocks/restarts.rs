//! Which components of clocks start again in a trace.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::Clock;
use super::own::{steps, value};
use crate::calls::Call;
use crate::names::Name;
use crate::strands::{Strand, StrandNo, Strands};
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
    let shared = shared(strands, own);
    if shared.is_empty() {
        return;
    }
    let mut raised: HashMap<(Name, u64), StrandNo> = HashMap::new();
    for (number, strand) in (0..).zip(strands.all()) {
        for (event, before) in steps(trace, strand) {
            let own =
                own[event as usize].filter(|own| shared.contains(own) && !restarts[own.index()]);
            let Some(own) = own else { continue };
            let clock = value(trace.clock(event), own);
            if clock > value(before, own) {
                restarts[own.index()] = *raised.entry((own, clock)).or_insert(number) != number;
            }
        }
    }
}

/// The components that are the own ones of two strands.
fn shared(strands: &Strands, own: &[Option<Name>]) -> HashSet<Name> {
    let (mut shared, mut strand_of) = (HashSet::default(), HashMap::new());
    for (number, strand) in (0..).zip(strands.all()) {
        let mut last = None;
        for own in strand.events.iter().filter_map(|&event| own[event as usize]) {
            if last != Some(own) && *strand_of.entry(own).or_insert(number) != number {
                shared.insert(own);
            }
            last = Some(own);
        }
    }
    shared
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
    let mut last = None;
    for (event, _) in (0..).zip(trace.events()).filter(|(_, event)| event.counts_per_request) {
        let Some(own) = own[event as usize] else { continue };
        let request = requests.of_strand(strands.of_event(event));
        if last.replace((own, request)) != Some((own, request)) {
            restarts[own.index()] |= *request_of.entry(own).or_insert(request) != request;
        }
    }
    if request_of.is_empty() {
        return;
    }
    for (number, strand) in (0..).zip(strands.all()) {
        let request = requests.of_strand(number);
        for component in known(trace, strand) {
            restarts[component.index()] |= request_of
                .get(&component)
                .is_some_and(|&counting| !requests.is_called_from(request, counting));
        }
    }
}

/// The components of the clocks of a strand: some of them more than once.
fn known<'t>(trace: &'t Trace, strand: &'t Strand) -> impl Iterator<Item = Name> + 't {
    let mut last: &[(Name, u64)] = &[];
    let clocks = strand.events.iter().map(|&event| trace.clock(event));
    let changed = clocks.filter(move |clock| {
        let names = |clock: Clock<'t>| clock.iter().map(|&(component, _)| component);
        let is_new = !names(clock).eq(names(last));
        last = clock;
        is_new
    });
    changed.flatten().map(|&(component, _)| component)
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
