//! Traces of random programs, and times of them.

use std::collections::BTreeMap;
use std::ops::Range;

use raceway_analysis::{Causality, EventNo, TraceBuilder};
use raceway_formats::{Format, write};
use raceway_model::EventView;
use raceway_programs::{Style, Told, Written, generate, run};
use serde_json::{Value, json};

/// How many programs are written in each style.
const PROGRAMS: u64 = 40;

/// Events that are written.
pub(crate) struct Case {
    pub(crate) causality: Causality,
    times: Range<i64>,
}

impl Case {
    pub(crate) fn written(&self, format: Format) -> String {
        let bytes = write(format, &self.causality, &self.times).expect("a small trace");
        String::from_utf8(bytes).expect("UTF-8")
    }

    pub(crate) fn json(&self, format: Format) -> Value {
        serde_json::from_str(&self.written(format)).expect("JSON")
    }

    /// The events that have to be there.
    pub(crate) fn events(&self) -> impl Iterator<Item = EventNo> {
        let events = (0..).zip(self.causality.trace.events());
        events.filter(|(_, event)| self.times.contains(&event.time)).map(|(number, _)| number)
    }
}

/// Checks whole traces, and the middle of each.
pub(crate) fn each(check: fn(&Case)) {
    for (style, seed) in
        Style::ALL.into_iter().flat_map(|style| (0..PROGRAMS).map(move |seed| (style, seed)))
    {
        let execution = run(&generate(seed), seed);
        let Some(told) = Told::of(&execution, style) else { continue };
        for causality in traces(raceway_programs::write(&execution, &told, style, seed)) {
            let events = causality.trace.events();
            let [third, last] =
                [events.len() / 3, events.len() - 1].map(|place| events[place].time);
            let mut case = Case { causality, times: i64::MIN..i64::MAX };
            check(&case);
            case.times = third..last;
            check(&case);
        }
    }
}

fn traces(written: Vec<Written>) -> Vec<Causality> {
    let mut builders: BTreeMap<String, TraceBuilder> = BTreeMap::new();
    for (place, mut event) in (0..).zip(written) {
        lengthen(&mut event.json, place);
        let trace_id = &event.trace_id;
        let builder =
            builders.entry(trace_id.clone()).or_insert_with(|| TraceBuilder::new(trace_id));
        builder.add(&EventView::parse(&event.json.to_string()).expect("an event"));
    }
    let traces = builders.into_values();
    traces.map(|builder| Causality::of(builder.finish()).expect("a small trace")).collect()
}

/// Has some events take time, so that some are in others, and some cross.
fn lengthen(event: &mut Value, place: u64) {
    let micros = match place % 7 {
        0 => return,
        1 => 0,
        rest => rest * rest * rest * 331,
    };
    let field = if event.get("event_id").is_some() { "duration_ms" } else { "metadata" };
    event[field] = match event[field].take() {
        Value::Object(mut metadata) => {
            metadata.insert("duration_ns".to_owned(), json!(micros * 1000 + 300));
            Value::Object(metadata)
        }
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        _ => json!(micros as f64 / 1000.0),
    };
}
