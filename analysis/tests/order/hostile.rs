//! Input that means harm ends in seconds, with an answer or an error.

use std::time::{Duration, Instant};

use raceway_analysis::Causality;

use crate::drafts::{Clock, Draft, trace};

/// Debug builds on a busy machine take a few times as long as the real thing.
const LONG: Duration = Duration::from_mins(2);

fn event(number: usize) -> Draft {
    let time = i64::try_from(number).expect("few");
    Draft { id: format!("e{number:06}"), time, service: "bank".to_owned(), ..Draft::default() }
}

/// Analyses a trace in bounded time; `None` where it is too complex.
fn analysed(drafts: impl Iterator<Item = Draft>) -> Option<Causality> {
    let drafts: Vec<Draft> = drafts.collect();
    let trace = trace(&drafts);
    let start = Instant::now();
    let causality = Causality::of(trace);
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    causality.ok()
}

#[test]
fn an_event_may_have_a_hundred_thousand_children() {
    let children = (1..100_000).map(|number| Draft {
        parent: Some("e000000".to_owned()),
        thread: Some(number.to_string()),
        ..event(number)
    });
    let causality = analysed([event(0)].into_iter().chain(children)).expect("an order");
    assert_eq!(causality.strands.all().len(), 100_000);
    assert!(causality.order.happens_before(0, 99_999));
    assert!(causality.order.is_concurrent(1, 99_999));
    assert_eq!(causality.order.last_common_ancestor(1, 99_999), Some(0));
}

#[test]
fn parents_may_go_in_a_circle_of_a_hundred_thousand() {
    let events = (0..100_000).map(|number| Draft {
        parent: Some(format!("e{:06}", (number + 99_999) % 100_000)),
        ..event(number)
    });
    let causality = analysed(events).expect("an order");
    assert_eq!(causality.strands.all().len(), 1);
    assert!(causality.order.happens_before(0, 99_999));
}

#[test]
fn calls_may_go_in_a_circle() {
    let events = (0..50_000).map(|number| Draft {
        span: Some(number.to_string()),
        upstream: Some(((number + 1) % 50_000).to_string()),
        ..event(number)
    });
    let causality = analysed(events).expect("an order");
    assert!(causality.order.is_concurrent(0, 49_999));
}

#[test]
fn all_requests_may_share_a_span() {
    let events = (0..100_000).map(|number| Draft {
        span: Some("s".to_owned()),
        upstream: Some("s".to_owned()),
        ..event(number)
    });
    let causality = analysed(events).expect("an order");
    assert_eq!(causality.calls.len(), 100_000);
}

#[test]
fn clocks_may_have_ten_thousand_components() {
    let clock = |number: usize| -> Clock {
        (0..10_000)
            .map(|component| (format!("c{component}"), (number * component) as u64 % 7))
            .collect()
    };
    for is_flat in [false, true] {
        analysed((0..200).map(|number| Draft { is_flat, clock: clock(number), ..event(number) }));
    }
}

#[test]
fn events_without_a_thread_are_put_in_line_by_their_clocks() {
    let events = (0..50_000).map(|number| Draft {
        is_flat: true,
        clock: Clock::from([("p".to_owned(), number as u64 + 1)]),
        ..event(number)
    });
    let causality = analysed(events).expect("an order");
    assert_eq!(causality.order.chains().len(), 1);
    assert!(causality.order.happens_before(0, 49_999));
}

#[test]
fn events_without_a_thread_may_know_of_anything() {
    let events = (0..50_000_usize).map(|number| Draft {
        is_flat: true,
        clock: (0..3)
            .map(|step| (format!("c{}", number * (step + 7) % 61), number as u64 + 1))
            .collect(),
        ..event(number)
    });
    analysed(events);
}

#[test]
fn each_of_many_threads_may_know_of_all_the_others() {
    let events = (0..100_000_usize).map(|number| Draft {
        is_flat: true,
        thread: Some((number % 10_000).to_string()),
        clock: Clock::from([("p".to_owned(), number as u64 + 1)]),
        ..event(number)
    });
    assert!(analysed(events).is_none(), "10,000 x 10,000 threads");
}

#[test]
fn clocks_may_contradict_parents() {
    let falling = |count: usize| {
        let events = (0..count).map(move |number| Draft {
            parent: number.checked_sub(10).map(|parent| format!("e{parent:06}")),
            clock: Clock::from([("p".to_owned(), (count - number) as u64)]),
            ..event(number)
        });
        analysed(events)
    };
    let causality = falling(3_000).expect("an order");
    assert!(causality.order.happens_before(0, 10) && !causality.order.happens_before(10, 0));
    falling(50_000);
}
