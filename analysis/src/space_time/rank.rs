//! An order of all events that agrees with happens-before, and with time where that says nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::clocks::edges::Edge;
use crate::lists::Lists;
use crate::{Causality, EventNo};

/// The place of each event, by these edges between strands and by program order (Kahn 1962): of the events for which
/// all before them have a place, the earliest is next.
pub(super) fn ranks(causality: &Causality, edges: &[Edge]) -> Vec<u32> {
    let count = causality.trace.events().len();
    let strands = causality.strands.all().iter();
    let program = strands.flat_map(|strand| strand.events.windows(2).map(|two| (two[0], two[1])));
    let after = Lists::of(count, edges.iter().copied().chain(program));
    let mut missing = vec![0_u32; count];
    let all = || (0..).take(count);
    for next in all().flat_map(|event| after.get(event)) {
        missing[*next as usize] += 1;
    }
    let mut ready: BinaryHeap<Reverse<EventNo>> =
        all().filter(|&event| missing[event as usize] == 0).map(Reverse).collect();
    let mut ranks = vec![0; count];
    let mut rank = 0;
    while let Some(Reverse(event)) = ready.pop() {
        ranks[event as usize] = rank;
        rank += 1;
        for &next in after.get(event) {
            missing[next as usize] -= 1;
            if missing[next as usize] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::ranks;
    use crate::order::direct_edges;
    use crate::testing::{causality, event, number};

    #[test]
    fn events_are_in_order_of_time_unless_happens_before_says_otherwise() {
        let causality = causality([
            event("b2").at(1.0).after("b1"),
            event("a1").at(2.0),
            event("b1").at(3.0),
            event("a2").at(4.0).after("a1"),
        ]);
        let edges = direct_edges(&causality).expect("a small trace");
        let ranks = ranks(&causality, &edges);
        let rank = |id| ranks[number(&causality.trace, id) as usize];
        assert_eq!(["a1", "b1", "b2", "a2"].map(rank), [0, 1, 2, 3]);
    }
}
