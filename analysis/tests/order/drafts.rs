//! Random traces: any events, and threads with true clocks.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use raceway_analysis::{Trace, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::json;

pub(crate) type Clock = BTreeMap<String, u64>;

/// An event to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) time: i64,
    pub(crate) is_flat: bool,
    pub(crate) service: String,
    pub(crate) instance: Option<String>,
    pub(crate) thread: Option<String>,
    pub(crate) span: Option<String>,
    pub(crate) upstream: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) clock: Clock,
}

/// The trace of these events.
pub(crate) fn trace<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> Trace {
    let mut builder = TraceBuilder::new("t");
    for draft in drafts {
        let json = draft.json();
        builder.add(&EventView::parse(&json).expect("an event"));
    }
    builder.finish()
}

impl Draft {
    fn json(&self) -> String {
        let time = 1_767_225_600_000_000 + self.time;
        let timestamp = Timestamp::from_micros(time).expect("a timestamp").to_string();
        let metadata = json!({
            "service_name": self.service, "instance_id": self.instance, "thread_id": self.thread,
            "process_id": 1, "distributed_span_id": self.span, "upstream_span_id": self.upstream,
            "tags": { "sdk_language": self.language },
        });
        let event = if self.is_flat {
            json!({
                "event_id": self.id, "trace_id": "t", "parent_id": self.parent, "timestamp": timestamp,
                "kind": "Custom", "metadata": metadata, "vector_clock": self.clock,
            })
        } else {
            let clock: Vec<_> = self.clock.iter().collect();
            json!({
                "id": self.id, "trace_id": "t", "parent_id": self.parent, "timestamp": timestamp,
                "kind": { "Custom": {} }, "metadata": metadata, "causality_vector": clock,
            })
        };
        event.to_string()
    }
}

fn text(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

/// Any events: parents missing or in circles, calls, clocks that make no sense.
pub(crate) fn mixed() -> impl Strategy<Value = Vec<Draft>> {
    let few = (any::<bool>(), any::<bool>(), any::<bool>(), 1_u64..6);
    few.prop_flat_map(|(has_clocks, has_parents, has_calls, highest)| {
        let chance = |has: bool| if has { 0.7 } else { 0.05 };
        let component = text(&["bank#1", "shop#1", "p", "q", "r"]);
        let clock = btree_map(component, 0..=highest, 0..4);
        let parent = option::weighted(chance(has_parents), 0_usize..40);
        let event = (
            (0_i64..60, any::<bool>(), text(&["bank", "shop"]), option::of(text(&["1"]))),
            option::of(text(&["1", "2"])),
            option::weighted(chance(has_calls), text(&["s", "t", "u"])),
            option::weighted(chance(has_calls), text(&["s", "t", "u"])),
            option::weighted(0.3, text(&["rust", "python"])),
            option::weighted(chance(has_clocks), clock),
            parent,
        );
        vec(event, 1..40).prop_map(|events| {
            let drafts = events.into_iter().enumerate().map(|(place, event)| {
                let ((time, is_flat, service, instance), thread, span, upstream, language, ..) =
                    event;
                let (clock, parent) = (event.5.unwrap_or_default(), event.6);
                let id = format!("e{place:02}");
                let parent = parent.map(|parent| format!("e{parent:02}"));
                Draft {
                    id,
                    parent,
                    time,
                    is_flat,
                    service,
                    instance,
                    thread,
                    span,
                    upstream,
                    language,
                    clock,
                }
            });
            drafts.collect()
        })
    })
}

/// A step of a thread: who, from whose last step it receives, and whether it counts.
type Step = (usize, Option<usize>, bool);

/// Threads that send each other messages, with true clocks of a component each, or one that the threads
/// of a process share.
pub(crate) fn threads() -> impl Strategy<Value = Vec<Draft>> {
    let step = (0_usize..5, option::weighted(0.3, 0_usize..5), any::<bool>());
    let kinds = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (kinds, vec(step, 1..40)).prop_map(|((is_shared, is_named, has_threads, skips), steps)| {
        let component = |thread: usize| {
            let place = if is_shared { thread % 2 } else { thread };
            if is_named { format!("bank#{place}") } else { format!("thread {place}") }
        };
        clocked(&steps, &component, skips && !is_shared && has_threads && !is_named, has_threads)
    })
}

fn clocked(
    steps: &[Step],
    component: &dyn Fn(usize) -> String,
    skips: bool,
    has_threads: bool,
) -> Vec<Draft> {
    let mut clocks: BTreeMap<usize, Clock> = BTreeMap::new();
    let mut counters = Clock::new();
    let mut drafts = Vec::new();
    for (place, &(thread, from, is_counted)) in steps.iter().enumerate() {
        let received = from.and_then(|from| clocks.get(&from)).cloned().unwrap_or_default();
        let clock = clocks.entry(thread).or_default();
        for (name, value) in received {
            let known = clock.entry(name).or_default();
            *known = value.max(*known);
        }
        let own = component(thread);
        if is_counted || !skips || !clock.contains_key(&own) {
            let counter = counters.entry(own.clone()).or_default();
            *counter += 1;
            clock.insert(own.clone(), *counter);
        }
        drafts.push(Draft {
            id: format!("e{place:02}"),
            time: i64::try_from(place).expect("few"),
            is_flat: true,
            service: "bank".to_owned(),
            instance: own.strip_prefix("bank#").map(str::to_owned),
            thread: has_threads.then(|| thread.to_string()),
            clock: clock.clone(),
            ..Draft::default()
        });
    }
    drafts
}
