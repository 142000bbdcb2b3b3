//! The order of small random traces against its definition, by brute force.

mod definition;
mod drafts;
mod hostile;
mod requests;

use definition::Relation;
use drafts::{Draft, mixed, threads, trace};
use proptest::prelude::*;
use raceway_analysis::{Causality, EventNo, Trace};
use requests::requests;

fn causality(drafts: &[Draft]) -> Causality {
    Causality::of(trace(drafts.iter())).expect("a small trace")
}

fn events(trace: &Trace) -> std::ops::Range<EventNo> {
    0..EventNo::try_from(trace.events().len()).expect("few events")
}

fn order_of(causality: &Causality) -> Relation {
    let events = events(&causality.trace);
    Relation::of(events.len(), |first, second| causality.order.happens_before(first, second))
}

/// What an order says in different ways must be the same.
fn assert_agrees(causality: &Causality, order: &Relation) {
    let (all, chains) = (events(&causality.trace), causality.order.chains());
    for event in all.clone() {
        for (chain, members) in (0..).zip(chains) {
            let seen = members.iter().take_while(|&&member| order.has(member, event)).count();
            assert_eq!(causality.order.seen(event, chain) as usize, seen);
            let unseen = members.iter().take_while(|&&member| !order.has(event, member)).count();
            assert_eq!(causality.order.unseen_by(event, chain) as usize, unseen);
        }
        for other in all.clone() {
            let common = || all.clone().filter(|&e| order.has(e, event) && order.has(e, other));
            let is_last = |&e: &EventNo| !common().any(|later| order.has(e, later));
            let expected = common().filter(is_last).max();
            assert_eq!(causality.order.last_common_ancestor(event, other), expected);
            if order.has(event, other) {
                let position = |event| causality.order.position_of(event);
                assert!(position(event) < position(other));
            }
        }
    }
}

fn by_id(causality: &Causality) -> Vec<(String, String)> {
    let trace = &causality.trace;
    let id = |event| trace.event_id(event).to_owned();
    let pairs = events(trace).flat_map(|first| events(trace).map(move |second| (first, second)));
    let ordered = pairs.filter(|&(first, second)| causality.order.happens_before(first, second));
    let mut ids: Vec<_> = ordered.map(|(first, second)| (id(first), id(second))).collect();
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_trace_has_a_strict_partial_order_which_is_the_closure_of_what_does_not_contradict_itself(
        drafts in mixed()
    ) {
        let causality = causality(&drafts);
        let order = order_of(&causality);
        prop_assert!(order.is_strict_partial_order());
        assert_agrees(&causality, &order);
        let structure = definition::structure(&causality).closure();
        let all = definition::structure(&causality).with(&definition::clocks(&causality)).closure();
        if all.is_strict_partial_order() {
            prop_assert_eq!(order, all);
        } else if structure.is_strict_partial_order() {
            prop_assert!(structure.is_within(&order));
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(drafts in mixed()) {
        let reversed: Vec<Draft> = drafts.iter().rev().cloned().collect();
        prop_assert_eq!(by_id(&causality(&drafts)), by_id(&causality(&reversed)));
    }

    #[test]
    fn true_clocks_give_the_order_that_they_say(drafts in threads()) {
        let causality = causality(&drafts);
        let order = order_of(&causality);
        assert_agrees(&causality, &order);
        let expected = definition::structure(&causality).with(&definition::as_sent(&causality));
        prop_assert_eq!(order, expected.closure());
    }

    #[test]
    fn clocks_of_sdks_order_only_what_was_ordered((drafts, happened) in requests()) {
        let causality = causality(&drafts);
        let order = order_of(&causality);
        let structure = definition::structure(&causality);
        prop_assert!(structure.is_within(&order));
        // Where a root is lost, who called is a guess.
        let happened = Relation::of_ids(&causality.trace, &happened).with(&structure).closure();
        prop_assert!(order.is_within(&happened));
    }
}
