//! Finds out what there is to tell, for all listeners: one task, which lasts as long as somebody listens.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::yield_now;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep};

use super::NEWEST;
use super::condition::Condition;
use super::feed::Feed;
use super::known::{Changes, Known, Quiet};
use super::told::{Name, missed};
use crate::http::trace::{Finding, WholeTrace, findings};
use crate::http::traces::trace_row;
use crate::store::question::{Answer, Question};
use crate::store::trace::Trace;
use crate::store::{Read, StoreError};

/// Between two looks: a trace is told once in each at most.
const PAUSE: Duration = Duration::from_secs(1);
/// Of the time, a third at most goes into what is found in traces: others need the rest of a processor.
const PAUSES_TO_WORK: u32 = 2;
/// For so many looks after the last listener has gone it may come back, and learn how much was missed.
const LINGER: u32 = 5;
/// Listeners get their turn after so many events.
const EVENTS_AT_ONCE: usize = 128;

/// Until nobody listens, or the server stops.
pub(super) async fn follow(feed: Arc<Feed>) {
    let known = Mutex::new(Known::default());
    tokio::select! {
        () = feed.stop.cancelled() => {}
        () = until_alone(&feed) => {}
        () = tell_states(&feed) => {}
        () = tell_traces(&feed, &known) => {}
        () = tell_findings(&feed, &known) => {}
    }
}

fn looks() -> Interval {
    let mut looks = interval(PAUSE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

async fn until_alone(feed: &Feed) {
    let mut looks = looks();
    let mut alone = 0;
    loop {
        looks.tick().await;
        alone = if feed.has_listeners() { 0 } else { alone + 1 };
        if alone >= LINGER && feed.end_if_alone() {
            return;
        }
    }
}

/// Each listener has been told how it was when it began.
async fn tell_states(feed: &Feed) {
    let mut looks = looks();
    let mut last = Condition::from(feed.store.state());
    loop {
        looks.tick().await;
        let condition = Condition::from(feed.store.state());
        if condition != last {
            feed.tell(Name::State, condition.json(), Arc::default());
            last = condition;
        }
    }
}

async fn tell_traces(feed: &Feed, known: &Mutex<Known>) {
    let mut looks = looks();
    loop {
        looks.tick().await;
        let (sent, over) = feed.noted.take();
        if over > 0 {
            feed.tell(Name::Missed, missed(Some(over)), Arc::default());
        }
        let trace_ids = known.lock().wanted(sent);
        match feed.store.ask(Question::Watched { trace_ids, newest: NEWEST }).await {
            Ok(Read { data: Answer::Watched(watched), .. }) => {
                let changes = known.lock().update(watched);
                tell_changes(feed, changes).await;
            }
            Ok(_) => tracing::error!("an answer to another question"),
            Err(error) => tracing::debug!(%error, "can't see which traces have changed"),
        }
        feed.begin();
    }
}

async fn tell_changes(feed: &Feed, Changes { traces, are_cut }: Changes) {
    if are_cut {
        feed.tell(Name::Missed, missed(None), Arc::default());
    }
    for (number, trace) in (1..).zip(traces) {
        let services = trace.services.clone().into();
        match serde_json::to_string(&trace_row(trace)) {
            Ok(json) => feed.tell(Name::Trace, json, services),
            Err(error) => tracing::error!(%error, "a trace can't be told"),
        }
        if number % EVENTS_AT_ONCE == 0 {
            yield_now().await;
        }
    }
}

async fn tell_findings(feed: &Feed, known: &Mutex<Known>) {
    let mut looks = looks();
    loop {
        looks.tick().await;
        let quiet = known.lock().quiet();
        for Quiet { trace_id, services } in quiet {
            let started = Instant::now();
            let found = find(feed, trace_id.clone()).await.unwrap_or_else(|error| {
                tracing::debug!(%error, trace_id, "what is in a trace can't be found");
                known.lock().examine_again(&trace_id);
                Vec::new()
            });
            for Finding { identity, json } in found {
                if known.lock().is_new(&trace_id, identity) {
                    feed.tell(Name::Finding, json, Arc::clone(&services));
                }
            }
            sleep(started.elapsed() * PAUSES_TO_WORK).await;
        }
    }
}

/// Nothing in a trace that is gone, or too long to be held.
async fn find(feed: &Feed, trace_id: String) -> Result<Vec<Finding>, StoreError> {
    let Some(Trace::Whole(events)) = feed.store.trace(&trace_id).await?.data else {
        return Ok(Vec::new());
    };
    let options = Arc::clone(&feed.options);
    let find = move |events: &[String]| findings(&trace_id, events, &options);
    let (_events, found) = WholeTrace::of(&feed.budget, events).await?.make(find).await?;
    Ok(found)
}
