//! A log of `ShiViz`: the expression that reads it, an empty line where executions would be told apart, and two
//! lines an event.
//!
//! `ShiViz` takes a log whose hosts each count their own events from 1 without gaps, and whose clocks know of no
//! event that is not in the log. Those of SDKs often do neither, so these clocks are made of happens-before,
//! and a host is a strand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use raceway_analysis::EventNo;

use crate::NotWritten;
use crate::facts::facts;
use crate::selection::{Selection, Strand};

/// So many components have all clocks of a log together at most, in some 15 MB.
pub const MAX_COMPONENTS: usize = 500_000;

/// What the log begins with.
const HEAD: &str = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n";

/// The log. An event comes after those that happened before it.
pub(crate) fn write(selection: &Selection) -> Result<String, NotWritten> {
    let order = &selection.causality.order;
    let hosts = Hosts::of(selection);
    let strands = selection.strands.iter().enumerate();
    let mut events: Vec<(EventNo, usize)> = strands
        .flat_map(|(host, strand)| strand.events.iter().map(move |&event| (event, host)))
        .collect();
    events.sort_unstable_by_key(|&(event, _)| order.position_of(event));
    let mut log = HEAD.to_owned();
    let mut components = 0;
    for (event, host) in events {
        let clock = hosts.clock(selection, event, host);
        components += clock.len();
        if components > MAX_COMPONENTS {
            return Err(NotWritten::Clocks);
        }
        let clock = serde_json::to_string(&clock)?;
        let text = event_text(selection, event);
        let _ = writeln!(log, "{text}\n{} {clock}", hosts.names[host]);
    }
    Ok(log)
}

/// The strands as hosts.
struct Hosts {
    names: Vec<String>,
    /// By chain, its hosts with the places of their events on it.
    of_chain: BTreeMap<u32, Vec<(usize, Vec<u32>)>>,
}

impl Hosts {
    fn of(selection: &Selection) -> Self {
        let order = &selection.causality.order;
        let mut hosts = Hosts { names: Vec::new(), of_chain: BTreeMap::new() };
        let mut known = BTreeSet::new();
        for (host, strand) in selection.strands.iter().enumerate() {
            hosts.names.push(unique(name(selection, strand), &mut known));
            let places = strand.events.iter().map(|&event| order.place_of(event)).collect();
            let chain = order.chain_of(strand.events[0]);
            hosts.of_chain.entry(chain).or_default().push((host, places));
        }
        hosts
    }

    /// How many of the events of each host happened before one of them, which counts as well.
    fn clock(&self, selection: &Selection, event: EventNo, own: usize) -> BTreeMap<&str, usize> {
        let order = &selection.causality.order;
        let chain = order.chain_of(event);
        let chains = order.known(chain).chain([chain]);
        let seen = chains.flat_map(|chain| {
            let seen = order.seen(event, chain);
            let hosts = self.of_chain.get(&chain).into_iter().flatten();
            hosts.map(move |(host, places)| (*host, places.partition_point(|&place| place < seen)))
        });
        let counted = seen.map(|(host, count)| (host, count + usize::from(host == own)));
        let counted = counted.filter(|&(_, count)| count > 0);
        counted.map(|(host, count)| (&*self.names[host], count)).collect()
    }
}

/// The service and the first event of a strand, without white space.
fn name(selection: &Selection, strand: &Strand) -> String {
    let (service, id) = (selection.service(strand.number), selection.short_id(strand.number));
    // What JavaScript also takes for white space.
    let is_space = |character: char| character.is_whitespace() || character == '\u{feff}';
    format!("{service}/{id}")
        .replace(|character: char| is_space(character) || character.is_control(), "_")
}

fn unique(name: String, known: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}~{number}"));
    let mut names = [name.clone()].into_iter().chain(numbered);
    names.find(|name| known.insert(name.clone())).unwrap_or(name)
}

/// On one line, also for JavaScript.
fn event_text(selection: &Selection, event: EventNo) -> String {
    let trace = selection.trace();
    let mut text = format!("{} {}", trace.operation(event), trace.timestamp(event));
    for (name, value) in facts(selection.causality, event) {
        let _ = write!(text, " {}={value}", name.trim_start_matches("raceway."));
    }
    let breaks =
        |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ")
}
