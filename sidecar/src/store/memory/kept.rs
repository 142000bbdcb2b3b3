//! Answers of the figures that the store in memory keeps, and the task that counts what has changed.

use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::Duration;

use raceway_analysis::figures::Window;
use raceway_memory::{MemoryStore, StoreFigures};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::delivery::now;
use crate::store::question::{Answer, Question};
use crate::store::window::{Gathering, Within};
use crate::store::{StoreError, live};
use crate::task;

/// Between two looks at what has changed: whoever asks meanwhile has it counted.
const PAUSE: Duration = Duration::from_secs(1);

/// Of the time, a third at most: whoever stores events needs the rest of a processor.
const PAUSES_TO_WORK: u32 = 2;

/// Answers wait while so many traces are counted.
const TRACES_AT_ONCE: usize = 100;

/// Starts the task, which ends when the figures are gone.
pub(super) fn start(figures: &Arc<StoreFigures>) {
    let counted = Arc::downgrade(figures);
    task::keep_running("figures", move || count(Weak::clone(&counted)));
}

async fn count(figures: Weak<StoreFigures>) {
    while let Some(figures) = figures.upgrade() {
        let started = Instant::now();
        let counted = spawn_blocking(move || figures.count(TRACES_AT_ONCE)).await;
        let is_done = counted.is_ok_and(|counted| counted < TRACES_AT_ONCE);
        let pause = started.elapsed() * PAUSES_TO_WORK;
        sleep(if is_done { pause.max(PAUSE) } else { pause }).await;
    }
}

/// What is no question about figures is answered by a look at the events.
pub(super) async fn answer(
    events: &Arc<MemoryStore>,
    figures: &Arc<StoreFigures>,
    question: Question,
) -> Result<Answer, StoreError> {
    let figures = Arc::clone(figures);
    let newest = events.newest();
    let kept: Box<dyn FnOnce() -> Answer + Send> = match question {
        Question::Services => Box::new(move || Answer::Services(figures.services())),
        Question::Health { minutes } => Box::new(move || {
            let now = now();
            Answer::Health(figures.health(&Window::since(now, minutes.into()), now))
        }),
        Question::Edges => Box::new(move || Answer::Edges(figures.edges())),
        Question::Dependencies { service } => {
            Box::new(move || Answer::Dependencies(figures.service_dependencies(&service)))
        }
        Question::Hotspots { most } => {
            Box::new(move || Answer::Hotspots(figures.hotspots(most as usize)))
        }
        Question::Performance { minutes, most } => Box::new(move || {
            let window = Window::ending(newest, now(), minutes.into());
            Answer::Performance(figures.performance(&window, most as usize))
        }),
        Question::Anomalies { trace_id } => {
            let Some(trace) = live::timed_trace(events, trace_id).await? else {
                return Ok(Answer::Anomalies(Vec::new()));
            };
            Box::new(move || Answer::Anomalies(figures.anomalies(&trace)))
        }
        Question::Window { trace_id, times, most } => {
            let events = Arc::clone(events);
            Box::new(move || Answer::Window(within(&events, &trace_id, times, most)))
        }
        question => return question.look(events).await,
    };
    spawn_blocking(kept).await.map_err(|panic| StoreError::Internal(panic.to_string()))
}

/// The events of a trace in a time. Many are counted without their values.
fn within(events: &MemoryStore, trace_id: &str, times: Range<i64>, most: usize) -> Within {
    let mut gathering = Gathering::new(times.clone(), most);
    for (_, json) in events.events_in(trace_id, &times) {
        gathering.add(json);
        if !gathering.are_few() {
            events
                .each_service_in(trace_id, &times, |service, time| gathering.count(service, time));
            break;
        }
    }
    gathering.finish()
}
