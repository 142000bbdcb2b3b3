//! Which components of clocks start again in a trace.

use foldhash::{HashMap, HashMapExt};

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
/// knows which is tied by no call to the one that counts.
fn mark_of_requests(
    trace: &Trace,
    strands: &Strands,
    calls: &[Call],
    own: &[Option<Name>],
    restarts: &mut [bool],
) {
    let requests = families(strands, &[]);
    let mut request_of: HashMap<Name, StrandNo> = HashMap::new();
    let counting = (0..).zip(trace.events()).filter(|(_, event)| event.counts_per_request);
    for (number, _) in counting {
        let Some(own) = own[number as usize] else { continue };
        let request = requests[strands.of_event(number) as usize];
        restarts[own.index()] |= *request_of.entry(own).or_insert(request) != request;
    }
    if request_of.is_empty() {
        return;
    }
    let tied = families(strands, calls);
    for event in (0..).take(trace.events().len()) {
        let strand = tied[strands.of_event(event) as usize];
        for (component, _) in trace.clock(event) {
            let request = request_of.get(component);
            restarts[component.index()] |=
                request.is_some_and(|&request| tied[request as usize] != strand);
        }
    }
}

/// Of each strand, a strand that stands for all those that are tied to it by forks and by these calls.
fn families(strands: &Strands, calls: &[Call]) -> Vec<StrandNo> {
    let mut families: Vec<StrandNo> = (0..).take(strands.all().len()).collect();
    let forks = (0..).zip(strands.all());
    let forks =
        forks.filter_map(|(number, strand)| Some([number, strands.of_event(strand.forked_from?)]));
    let calls = calls.iter().map(|call| [call.caller, call.entry].map(|end| strands.of_event(end)));
    for ends in forks.chain(calls) {
        let [one, other] = ends.map(|strand| family(&mut families, strand));
        families[one as usize] = other;
    }
    (0..).take(families.len()).map(|strand| family(&mut families, strand)).collect()
}

fn family(families: &mut [StrandNo], mut strand: StrandNo) -> StrandNo {
    while families[strand as usize] != strand {
        families[strand as usize] = families[families[strand as usize] as usize];
        strand = families[strand as usize];
    }
    strand
}
