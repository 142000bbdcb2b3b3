//! `raceway-sidecar stats`

use std::time::Duration;

use clap::Args;
use humantime::format_duration;
use indicatif::{BinaryBytes, HumanCount};
use raceway_analysis::figures::{Hotspots, Service};
use raceway_model::Timestamp;
use serde::Deserialize;

use super::client::{Client, Data};
use super::table::{Table, number, text};
use super::text::{clean, utc};
use super::{Ask, AskError, Asked, Screen};

/// Where each part is, by the name that it has in JSON.
const PARTS: [(&str, &str); 4] = [
    ("status", "/status"),
    ("services", "/api/services"),
    ("health", "/api/services/health"),
    ("hotspots", "/api/distributed/hotspots"),
];
/// So many services are shown.
const MOST: usize = 10;

/// `raceway-sidecar stats`
#[derive(Debug, Args)]
pub(in crate::cli) struct StatsArgs {
    #[command(flatten)]
    asked: Asked,
}

#[derive(Deserialize)]
struct Status {
    version: String,
    uptime_seconds: u64,
    events_captured: u64,
    traces_active: u64,
    lost_log_lines: u64,
    storage: String,
    durable: bool,
    degraded: bool,
    reason: Option<String>,
    spool: Option<Spool>,
    memory: Option<Memory>,
}

#[derive(Deserialize)]
struct Spool {
    bytes: u64,
    max_bytes: u64,
    damaged: u64,
}

#[derive(Deserialize)]
struct Memory {
    bytes: u64,
    max_bytes: u64,
    evicted_events: u64,
}

#[derive(Deserialize)]
struct Services {
    total_services: u64,
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct ServiceHealth {
    name: String,
    status: String,
    last_activity: Timestamp,
}

impl Ask for StatsArgs {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn json(&self, client: &Client) -> Result<String, AskError> {
        let parts = ask(client)?;
        let parts = PARTS.iter().zip(&parts);
        let parts: Vec<String> =
            parts.map(|((name, _), data)| format!("\"{name}\":{data}")).collect();
        Ok(format!("{{{}}}", parts.join(",")))
    }

    fn show(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError> {
        let [status, services, health, hotspots] = &ask(client)?;
        screen.table(&of_status(screen, &client.sidecar(), &client.read(status)?));
        show_services(screen, client.read(services)?, &client.read::<Vec<_>>(health)?);
        show_hotspots(screen, &client.read(hotspots)?);
        Ok(())
    }
}

fn ask(client: &Client) -> Result<[Data; PARTS.len()], AskError> {
    let [status, services, health, hotspots] = PARTS.map(|(_, path)| client.get(path, &[]));
    Ok([status?, services?, health?, hotspots?])
}

fn of_status(screen: &Screen, sidecar: &str, status: &Status) -> Table {
    let mut table = Table::new(&[text(""), text("")]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    let uptime = format_duration(Duration::from_secs(status.uptime_seconds));
    row("sidecar", format!("{} at {sidecar}, up {uptime}", clean(&status.version)));
    let outlives = if status.durable { "survives a restart" } else { "ends with the sidecar" };
    row("store", format!("{}, {outlives}", clean(&status.storage)));
    let state = match &status.reason {
        Some(reason) => format!("{}: {}", screen.severity("warning"), clean(reason)),
        None if status.degraded => screen.severity("warning"),
        None => screen.severity("healthy"),
    };
    row("state", state);
    row("events", HumanCount(status.events_captured).to_string());
    row("traces", HumanCount(status.traces_active).to_string());
    if let Some(memory) = &status.memory {
        let Memory { bytes, max_bytes, evicted_events } = *memory;
        let (bytes, most) = (BinaryBytes(bytes), BinaryBytes(max_bytes));
        row("memory", format!("{bytes} of {most}, {} events evicted", HumanCount(evicted_events)));
    }
    if let Some(Spool { bytes, max_bytes, damaged }) = status.spool {
        let (bytes, most) = (BinaryBytes(bytes), BinaryBytes(max_bytes));
        row("spool", format!("{bytes} of {most}, {} damaged places", HumanCount(damaged)));
    }
    if status.lost_log_lines > 0 {
        row("log", format!("{} lines lost", HumanCount(status.lost_log_lines)));
    }
    table
}

/// Those with most events.
fn show_services(screen: &mut Screen, services: Services, health: &[ServiceHealth]) {
    let Services { total_services, services: mut shown } = services;
    if shown.is_empty() {
        screen.note("No service has sent anything.");
        return;
    }
    shown.sort_by(|a, b| b.event_count.cmp(&a.event_count).then_with(|| a.name.cmp(&b.name)));
    let mut table = Table::new(&[
        text("SERVICE"),
        number("EVENTS"),
        number("TRACES"),
        text("LAST EVENT (UTC)"),
        text("HEALTH"),
    ]);
    for service in shown.iter().take(MOST) {
        let health = health.iter().find(|health| health.name == service.name);
        table.row([
            clean(&service.name),
            HumanCount(service.event_count).to_string(),
            HumanCount(service.trace_count).to_string(),
            health.map(|health| utc(health.last_activity)).unwrap_or_default(),
            health.map(|health| screen.severity(&clean(&health.status))).unwrap_or_default(),
        ]);
    }
    screen.line("");
    screen.table(&table);
    if total_services > MOST as u64 {
        screen.note(&format!("{MOST} of {} services.", HumanCount(total_services)));
    }
}

fn show_hotspots(screen: &mut Screen, hotspots: &Hotspots) {
    if !hotspots.top_variables.is_empty() {
        let mut table =
            Table::new(&[text("VARIABLE"), number("ACCESSES"), number("TRACES"), text("SERVICES")]);
        for variable in &hotspots.top_variables {
            let services: Vec<String> = variable.services.iter().map(|name| clean(name)).collect();
            table.row([
                clean(&variable.variable),
                HumanCount(variable.access_count).to_string(),
                HumanCount(variable.trace_count).to_string(),
                services.join(", "),
            ]);
        }
        screen.line("");
        screen.table(&table);
    }
    if !hotspots.top_service_calls.is_empty() {
        let mut table = Table::new(&[text("CALLER"), text("CALLEE"), number("CALLS")]);
        for calls in &hotspots.top_service_calls {
            let count = HumanCount(calls.call_count).to_string();
            table.row([clean(&calls.from_service), clean(&calls.to_service), count]);
        }
        screen.line("");
        screen.table(&table);
    }
}
