//! `raceway-sidecar races`

use std::collections::{BTreeMap, HashMap};

use clap::Args;
use indicatif::HumanCount;
use raceway_model::Timestamp;
use serde::Deserialize;

use super::client::{Client, Data};
use super::events::{self, FullTrace};
use super::findings::{Race, grouped};
use super::table::{Table, number, text};
use super::text::{clean, utc};
use super::{Ask, AskError, Asked, Screen};
use crate::cli::transfer::instant;

/// So many traces of a variable are asked for a race within them.
const MOST_TRACES: usize = 5;

/// `raceway-sidecar races`
#[derive(Debug, Args)]
pub(in crate::cli) struct RacesArgs {
    /// Those within one trace [default: those of all traces, within and across them]
    #[arg(value_name = "ID")]
    trace_id: Option<String>,
    /// Only traces with events at this time (RFC 3339) or later [default: a day before the newest event]
    #[arg(long, value_parser = instant, conflicts_with = "trace_id")]
    from: Option<Timestamp>,
    /// Only traces with events before this time
    #[arg(long, value_parser = instant, conflicts_with = "trace_id")]
    until: Option<Timestamp>,
    /// So many rows at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Deserialize)]
struct GlobalRaces {
    total_races: u64,
    races: Vec<GlobalRace>,
}

/// A variable that requests interrupt each other at, or that races within a trace.
#[derive(Deserialize)]
struct GlobalRace {
    service: Option<String>,
    variable: String,
    severity: String,
    trace_count: u64,
    interleavings: u64,
    trace_ids: Vec<String>,
}

#[derive(Deserialize)]
struct GlobalAnalysis {
    race_details: Vec<Interleaving>,
}

/// An access that came between two of another trace.
#[derive(Deserialize)]
struct Interleaving {
    service: String,
    variable: String,
    pattern: String,
    event1_location: String,
    event2_location: String,
    event1_timestamp: Timestamp,
    event2_timestamp: Timestamp,
}

/// What a row says beside the names. Texts are as they may be shown.
#[derive(Default)]
struct Example {
    kind: String,
    since: Option<Timestamp>,
    places: String,
}

impl RacesArgs {
    fn ask(&self, client: &Client, path: &str) -> Result<Data, AskError> {
        let period = [("from", self.from), ("until", self.until)];
        let parameters: Vec<_> = period
            .into_iter()
            .filter_map(|(name, instant)| Some((name, instant?.to_string())))
            .collect();
        client.get(path, &parameters)
    }

    fn ask_global(&self, client: &Client) -> Result<Data, AskError> {
        self.ask(client, "/api/distributed/global-races")
    }

    fn show_global(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError> {
        let found: GlobalRaces = client.read(&self.ask_global(client)?)?;
        if found.races.is_empty() {
            screen.note("No races were found.");
        } else {
            let analysis = self.ask(client, "/api/analyze/global")?;
            let analysis: GlobalAnalysis = client.read(&analysis)?;
            self.show_rows(client, screen, &found.races, &analysis.race_details)?;
        }
        note_of_more(screen, self.limit, found.total_races);
        Ok(())
    }

    fn show_rows(
        &self,
        client: &Client,
        screen: &mut Screen,
        races: &[GlobalRace],
        interleavings: &[Interleaving],
    ) -> Result<(), AskError> {
        let mut table = Table::new(&[
            text("SEVERITY"),
            text("VARIABLE"),
            text("SERVICE"),
            text("KIND"),
            number("TIMES"),
            number("TRACES"),
            text("SINCE (UTC)"),
            text("PLACES"),
        ]);
        let mut traces = HashMap::new();
        for race in races.iter().take(self.limit) {
            let mut times = race.interleavings;
            let mut example = Example::across(race, interleavings);
            if example.kind.is_empty() {
                let within = within(client, &mut traces, race)?;
                times = times.max(within.iter().map(|race| race.times).sum());
                example = Example::within(&within);
            }
            table.row([
                screen.severity(&clean(&race.severity)),
                clean(&race.variable),
                race.service.as_deref().map_or_else(|| "any".to_owned(), clean),
                example.kind,
                HumanCount(times).to_string(),
                HumanCount(race.trace_count).to_string(),
                example.since.map(utc).unwrap_or_default(),
                example.places,
            ]);
        }
        screen.table(&table);
        Ok(())
    }

    fn show_trace(
        &self,
        client: &Client,
        trace_id: &str,
        screen: &mut Screen,
    ) -> Result<(), AskError> {
        let full: FullTrace = client.read(&events::ask(client, trace_id)?)?;
        let races = grouped(&full.analysis.race_details, &events::instants(&full.trace()));
        let mut table = Table::new(&[
            text("SEVERITY"),
            text("VARIABLE"),
            number("TIMES"),
            text("SINCE (UTC)"),
            text("PLACES"),
        ]);
        for race in races.iter().take(self.limit) {
            table.row([
                screen.severity(&race.severity),
                race.variable.clone(),
                HumanCount(race.times).to_string(),
                race.since.map(utc).unwrap_or_default(),
                race.places.join(", "),
            ]);
        }
        match &full.analysis_omitted {
            Some(reason) => screen.note(&clean(reason)),
            None if races.is_empty() => screen.note("Nothing races in this trace."),
            None => screen.table(&table),
        }
        note_of_more(screen, self.limit, races.len() as u64);
        Ok(())
    }
}

impl Ask for RacesArgs {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Of one trace, its `analysis`.
    fn json(&self, client: &Client) -> Result<String, AskError> {
        #[derive(Deserialize)]
        struct Analysed {
            analysis: Data,
        }
        let data = match &self.trace_id {
            Some(trace_id) => client.read::<Analysed>(&events::ask(client, trace_id)?)?.analysis,
            None => self.ask_global(client)?,
        };
        Ok(data.get().to_owned())
    }

    fn show(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError> {
        match &self.trace_id {
            Some(trace_id) => self.show_trace(client, trace_id, screen),
            None => self.show_global(client, screen),
        }
    }
}

fn note_of_more(screen: &mut Screen, limit: usize, all: u64) {
    if all > limit as u64 {
        screen.note(&format!("{limit} of {all} rows; --limit {all} shows all."));
    }
}

/// The races on a variable within one of its traces, the newest that has some; of few traces, as each is asked for.
fn within(
    client: &Client,
    traces: &mut HashMap<String, BTreeMap<String, Vec<Race>>>,
    race: &GlobalRace,
) -> Result<Vec<Race>, AskError> {
    for trace_id in race.trace_ids.iter().take(MOST_TRACES) {
        if !traces.contains_key(trace_id) {
            traces.insert(trace_id.clone(), by_variable(client, trace_id)?);
        }
        let of_trace = traces.get_mut(trace_id);
        let found = of_trace.and_then(|races| races.remove(&clean(&race.variable)));
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn by_variable(client: &Client, trace_id: &str) -> Result<BTreeMap<String, Vec<Race>>, AskError> {
    let full: FullTrace = match events::ask(client, trace_id) {
        Ok(answer) => client.read(&answer)?,
        // Deleted or evicted meanwhile.
        Err(AskError::NoTrace { .. }) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut races: BTreeMap<String, Vec<Race>> = BTreeMap::new();
    for race in grouped(&full.analysis.race_details, &events::instants(&full.trace())) {
        races.entry(race.variable.clone()).or_default().push(race);
    }
    Ok(races)
}

impl Example {
    /// The newest interleaving between traces on a variable, and since when there are some; of no kind if there is none.
    fn across(race: &GlobalRace, interleavings: &[Interleaving]) -> Self {
        let is_of_race = |found: &&Interleaving| {
            found.variable == race.variable
                && race.service.as_ref().is_none_or(|service| *service == found.service)
        };
        let mut found = interleavings.iter().filter(is_of_race).peekable();
        let Some(newest) = found.peek().copied() else { return Example::default() };
        let since = found.map(|found| found.event1_timestamp.min(found.event2_timestamp)).min();
        let [first, second] = [&newest.event1_location, &newest.event2_location];
        let places = format!("{}, {}", clean(first), clean(second));
        Example { kind: clean(&newest.pattern), since, places }
    }

    /// Of races within a trace; without any, there are interleavings within a trace, which the API only counts.
    fn within(races: &[Race]) -> Self {
        let Some(first) = races.first() else {
            return Example { kind: "interleaving".to_owned(), ..Example::default() };
        };
        let since = races.iter().filter_map(|race| race.since).min();
        Example { kind: "race".to_owned(), since, places: first.places.join(", ") }
    }
}
