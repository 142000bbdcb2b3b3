//! `raceway-sidecar traces`

use clap::{Args, value_parser};
use indicatif::HumanCount;
use raceway_model::Timestamp;
use serde::Deserialize;

use super::client::{Client, Data};
use super::table::{Table, number, text};
use super::text::{clean, duration, milliseconds, utc};
use super::{Ask, AskError, Asked, Screen};

/// `raceway-sidecar traces`
#[derive(Debug, Args)]
pub(in crate::cli) struct TracesArgs {
    /// Only traces in which this service took part
    #[arg(long)]
    service: Option<String>,
    /// Only traces with at least so many events
    #[arg(long, value_name = "N")]
    min_events: Option<u32>,
    /// So many traces at most
    #[arg(long, alias = "page-size", value_name = "N", default_value_t = 20,
          value_parser = value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Those after the first so many pages of this length
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    page: u32,
    /// Those after the last trace of a page: its `next_cursor`
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Deserialize)]
struct TraceList {
    total_traces: u64,
    next_cursor: Option<String>,
    traces: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    trace_id: String,
    event_count: u64,
    first_timestamp: Timestamp,
    last_timestamp: Timestamp,
    services: Vec<String>,
}

impl TracesArgs {
    fn ask(&self, client: &Client) -> Result<Data, AskError> {
        let optional = [
            ("service", self.service.clone()),
            ("min_events", self.min_events.map(|events| events.to_string())),
            ("cursor", self.cursor.clone()),
        ];
        let mut parameters =
            vec![("page_size", self.limit.to_string()), ("page", self.page.to_string())];
        parameters.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        client.get("/api/traces", &parameters)
    }

    /// What an empty list means.
    fn nothing(&self) -> &'static str {
        if self.page > 1 || self.cursor.is_some() {
            return "There are no more traces.";
        }
        match (&self.service, self.min_events) {
            (None, None) => "No traces are stored.",
            _ => "No trace is like that.",
        }
    }
}

impl Ask for TracesArgs {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn json(&self, client: &Client) -> Result<String, AskError> {
        Ok(self.ask(client)?.get().to_owned())
    }

    fn show(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError> {
        let list: TraceList = client.read(&self.ask(client)?)?;
        if list.traces.is_empty() {
            screen.note(self.nothing());
        } else {
            screen.table(&table(&list.traces));
        }
        if list.next_cursor.is_some() {
            let (shown, all) = (list.traces.len(), HumanCount(list.total_traces));
            let next = match &self.cursor {
                None => format!("; --page {} shows the next", self.page.saturating_add(1)),
                Some(_) => String::new(),
            };
            screen.note(&format!("{shown} of {all} traces{next}."));
        }
        Ok(())
    }
}

fn table(traces: &[Row]) -> Table {
    let mut table = Table::new(&[
        text("TRACE"),
        text("START (UTC)"),
        number("DURATION"),
        number("EVENTS"),
        text("SERVICES"),
    ]);
    for row in traces {
        let services: Vec<String> = row.services.iter().map(|name| clean(name)).collect();
        table.row([
            clean(&row.trace_id),
            utc(row.first_timestamp),
            duration(milliseconds(row.first_timestamp, row.last_timestamp)),
            HumanCount(row.event_count).to_string(),
            services.join(", "),
        ]);
    }
    table
}
