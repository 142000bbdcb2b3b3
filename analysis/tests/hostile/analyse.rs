//! All analyses of some traces.

use raceway_analysis::interleavings::{Scope, Window};
use raceway_analysis::lock_order::LockOrder;
use raceway_analysis::trace::traces;
use raceway_analysis::{
    Causality, Options, audit, contention, critical_path, dependencies, global, history, races,
    serializability, value_flow,
};
use raceway_model::EventView;
use serde_json::Value;

/// What all analyses say, as text.
pub(crate) fn analyse(events: &[Value]) -> String {
    let options = Options::default();
    let texts: Vec<String> = events.iter().map(Value::to_string).collect();
    // What a store refuses isn't analysed.
    let views = texts.iter().filter_map(|text| EventView::parse(text).ok());
    let causalities: Vec<Causality> =
        traces(views).into_values().filter_map(|trace| Causality::of(trace).ok()).collect();
    let mut window = Window::new(&options, Scope::default());
    let mut lock_order = LockOrder::default();
    let mut answers = String::new();
    for causality in &causalities {
        window.add(causality);
        lock_order.add(causality);
        answers += &of_trace(causality, &options);
    }
    answers + &of_all(&window, lock_order)
}

fn of_trace(causality: &Causality, options: &Options) -> String {
    let Causality { trace, strands, calls, order, .. } = causality;
    let path = critical_path::critical_path(trace, strands, calls, Some(order));
    let dependencies = dependencies::trace_dependencies(trace, calls);
    let serializability = serializability::serializability(causality, options);
    let contention = contention::contention(causality);
    let first = trace.events().len().checked_sub(1).map(|_| trace.event_id(0));
    let flow = first.map(|event| value_flow::value_flow(causality, event));
    let answers = format!(
        "{path:?}\n{dependencies:?}\n{serializability:?}\n{contention:?}\n{flow:?}\n{calls:?}\n"
    );
    let Ok(races) = races::races(causality, options) else { return answers };
    let trails = audit::audit_trails(causality, &races);
    format!("{answers}{races:?}\n{trails:?}\n")
}

fn of_all(window: &Window, lock_order: LockOrder<&Causality>) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        window.find(),
        window.find_across_traces(),
        global::global_analysis(window),
        history::variable_history(window, 100),
        lock_order.find(),
    )
}
