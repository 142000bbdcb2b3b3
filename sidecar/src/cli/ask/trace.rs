//! `raceway-sidecar trace`

use std::collections::{BTreeMap, HashSet};

use clap::Args;
use console::Style;
use indicatif::HumanCount;
use raceway_analysis::nesting::nested;
use raceway_analysis::{EventNo, Trace};

use super::client::Client;
use super::events::{self, FullTrace};
use super::findings::grouped;
use super::table::{Table, number, text};
use super::text::{clean, duration, milliseconds, utc};
use super::{Ask, AskError, Asked, Screen};

/// Deeper calls are shown at this depth.
const MAX_DEPTH: usize = 20;
/// So many findings are shown.
const MAX_FINDINGS: usize = 20;

/// `raceway-sidecar trace`
#[derive(Debug, Args)]
pub(in crate::cli) struct TraceArgs {
    /// The trace's id
    #[arg(value_name = "ID")]
    trace_id: String,
    /// So many events at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
    #[command(flatten)]
    asked: Asked,
}

impl Ask for TraceArgs {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn json(&self, client: &Client) -> Result<String, AskError> {
        Ok(events::ask(client, &self.trace_id)?.get().to_owned())
    }

    fn show(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError> {
        let full: FullTrace = client.read(&events::ask(client, &self.trace_id)?)?;
        let trace = full.trace();
        screen.table(&head(&full, &trace));
        show_events(screen, &full, &trace, self.limit);
        show_findings(screen, &full, &trace);
        if let Some(reason) = &full.analysis_omitted {
            screen.note(&clean(reason));
        }
        Ok(())
    }
}

/// What there is to say of it as a whole.
fn head(full: &FullTrace, trace: &Trace) -> Table {
    let mut table = Table::new(&[text(""), text("")]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("trace", clean(&full.trace_id));
    let last = trace.events().len().checked_sub(1).and_then(|last| EventNo::try_from(last).ok());
    if let Some(last) = last {
        let (first, last) = (trace.timestamp(0), trace.timestamp(last));
        row("start", format!("{} UTC", utc(first)));
        row("duration", duration(milliseconds(first, last)));
    }
    row("events", HumanCount(trace.events().len() as u64).to_string());
    let mut services = BTreeMap::<&str, u64>::new();
    for event in trace.events() {
        *services.entry(trace.text(event.service)).or_default() += 1;
    }
    let service =
        |(name, events): (&&str, &u64)| format!("{} ({})", clean(name), HumanCount(*events));
    row("services", services.iter().map(service).collect::<Vec<_>>().join(", "));
    let calls = full.dependencies.dependencies.iter();
    let calls: Vec<String> = calls
        .map(|call| {
            let count = HumanCount(call.call_count);
            format!("{} → {} ({count})", clean(&call.from), clean(&call.to))
        })
        .collect();
    if !calls.is_empty() {
        row("calls", calls.join(", "));
    }
    let path = &full.critical_path;
    if path.path_events > 0 {
        let taken = duration(path.total_duration_ms);
        let whole = duration(path.trace_total_duration_ms);
        let (events, percentage) = (HumanCount(path.path_events), path.percentage_of_total);
        let share = format!("{taken} of {whole} ({percentage:.0} %), {events} events marked *");
        row("critical path", share);
    }
    table
}

/// A line for each event, those of a call within those of its caller.
fn show_events(screen: &mut Screen, full: &FullTrace, trace: &Trace, limit: usize) {
    let marks = Marks::of(full);
    let mut table = Table::new(&[
        text(""),
        number("AT"),
        number("DURATION"),
        text("EVENT"),
        text("SERVICE"),
        text("PLACE"),
    ]);
    for (event, depth) in nested(trace).into_iter().take(limit) {
        let seen = trace.event(event);
        let operation = clean(&operation(trace, event));
        let operation = match marks.style(trace.event_id(event)) {
            Some(style) => screen.paint(&style, &operation),
            None => operation,
        };
        table.row([
            marks.text(trace.event_id(event)).to_owned(),
            format!("+{}", duration(milliseconds(trace.timestamp(0), trace.timestamp(event)))),
            seen.duration.map(|micros| duration(micros / 1e3)).unwrap_or_default(),
            format!("{}{operation}", "  ".repeat(depth.min(MAX_DEPTH))),
            clean(trace.text(seen.service)),
            seen.location.map(|place| clean(trace.text(place))).unwrap_or_default(),
        ]);
    }
    screen.line("");
    screen.table(&table);
    let all = trace.events().len();
    if all > limit {
        let count = HumanCount(all as u64);
        screen.note(&format!("{limit} of {count} events; --limit {all} shows all."));
    }
}

/// `FunctionCall(transfer)`; of an HTTP request with what it asks for, and of an access `Write(balance)`.
fn operation(trace: &Trace, event: EventNo) -> String {
    let operation = trace.operation(event);
    let event = trace.event(event);
    if let Some(access) = &event.access {
        return format!("{}({})", access.kind.as_str(), trace.text(access.variable));
    }
    match event.url {
        Some(url) => format!("{} {})", operation.trim_end_matches(')'), trace.text(url)),
        None => operation,
    }
}

/// Which events matter: on the critical path, in a race, or slow.
struct Marks<'a> {
    on_path: HashSet<&'a str>,
    in_findings: HashSet<&'a str>,
}

impl<'a> Marks<'a> {
    fn of(full: &'a FullTrace) -> Self {
        let races = full.analysis.race_details.iter();
        let races = races.flat_map(|race| [&*race.event1_id, &*race.event2_id]);
        let slow = full.anomalies.iter().map(|anomaly| &*anomaly.event_id);
        Marks {
            on_path: full.critical_path.path.iter().map(|step| &*step.id).collect(),
            in_findings: races.chain(slow).collect(),
        }
    }

    fn text(&self, event_id: &str) -> &'static str {
        match (self.on_path.contains(event_id), self.in_findings.contains(event_id)) {
            (true, true) => "*!",
            (true, false) => "*",
            (false, true) => " !",
            (false, false) => "",
        }
    }

    fn style(&self, event_id: &str) -> Option<Style> {
        self.in_findings.contains(event_id).then(|| Style::new().red())
    }
}

/// What is wrong, each with the sentence of the analysis.
fn show_findings(screen: &mut Screen, full: &FullTrace, trace: &Trace) {
    let races = grouped(&full.analysis.race_details, &events::instants(trace));
    let all = races.len() + full.anomalies.len();
    if all == 0 {
        if full.analysis_omitted.is_none() {
            screen.note("Nothing races, and nothing was unusually slow.");
        }
        return;
    }
    let mut shown = Vec::new();
    for race in races {
        let [first, second] = &race.places;
        let times = if race.times > 1 { format!(" ({} times)", race.times) } else { String::new() };
        let what = format!("race on {}: {first}, {second}{times}", race.variable);
        shown.push((race.severity, what, race.reason));
    }
    for anomaly in &full.anomalies {
        let what = format!("slow {} at {}", clean(&anomaly.event_kind), clean(&anomaly.location));
        shown.push((clean(&anomaly.severity), what, clean(&anomaly.description)));
    }
    let pairs = HumanCount(full.analysis.potential_races);
    screen.note(&screen.heading(&format!("FINDINGS (! above; {pairs} racing pairs)")));
    for (severity, what, sentence) in shown.iter().take(MAX_FINDINGS) {
        let line = format!("{} {what}", screen.severity(severity));
        screen.sentence(&line);
        screen.sentence(&format!("    {sentence}"));
    }
    if all > MAX_FINDINGS {
        screen.note(&format!("{MAX_FINDINGS} of {all} findings; --json has all."));
    }
}
