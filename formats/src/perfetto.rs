//! Chrome's trace events in JSON, as Perfetto opens them.
//!
//! A service is a process and a strand a thread. On a track slices have to nest, or Perfetto drops those that cross:
//! they are on further tracks of their strand. Instants are whole microseconds after the first, since larger
//! numbers lose their last digits to readers that take them for floating-point ones; the first is in
//! `otherData`. An arrow binds to the slice before it in the file, and leads forward in time.

use std::collections::BTreeMap;

use raceway_analysis::{EventNo, TooComplex};
use serde::Serialize;

use crate::facts::facts;
use crate::lanes::lanes;
use crate::selection::Selection;

/// The file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File<'c> {
    display_time_unit: &'static str,
    other_data: OtherData<'c>,
    trace_events: Vec<TraceEvent<'c>>,
}

#[derive(Serialize)]
struct OtherData<'c> {
    trace_id: &'c str,
    /// The instant of which `ts` is 0.
    start: String,
    /// Edges that would lead back in time, as clocks of two processes differ.
    links_omitted: usize,
}

/// An entry of the file: see Google's "Trace Event Format".
#[derive(Serialize)]
struct TraceEvent<'c> {
    name: String,
    ph: &'static str,
    pid: usize,
    tid: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'static str, String>,
}

/// An event on its track, in microseconds.
struct Slice {
    event: EventNo,
    start: i64,
    end: i64,
    pid: usize,
    tid: usize,
}

pub(crate) fn of<'c>(selection: &Selection<'c>) -> Result<File<'c>, TooComplex> {
    let mut tracks = Tracks::of(selection);
    // A slice comes before those in it.
    let order = &selection.causality.order;
    tracks.slices.sort_by_key(|slice| (slice.start, -slice.end, order.position_of(slice.event)));
    let zero = tracks.slices.first().map_or(0, |slice| slice.start);
    let (mut arrows, links_omitted) = arrows(selection, &tracks.slices)?;
    let mut entries = tracks.names;
    for slice in &tracks.slices {
        entries.push(slice.entry(selection, zero));
        entries.extend(arrows.remove(&slice.event).unwrap_or_default().into_iter().map(|arrow| {
            let (ph, bp) = if arrow.is_start { ("s", None) } else { ("f", Some("e")) };
            let (cat, id, ts) = (Some("link"), Some(arrow.id), Some(slice.start - zero));
            TraceEvent { ph, ts, cat, id, bp, ..TraceEvent::on(arrow.name, slice.pid, slice.tid) }
        }));
    }
    let start = raceway_model::Timestamp::nearest(zero).to_string();
    let trace_id = &selection.trace().id;
    Ok(File {
        display_time_unit: "ms",
        other_data: OtherData { trace_id, start, links_omitted },
        trace_events: entries,
    })
}

impl TraceEvent<'_> {
    fn on(name: &str, pid: usize, tid: usize) -> Self {
        let (name, args) = (name.to_owned(), BTreeMap::new());
        TraceEvent {
            name,
            ph: "",
            pid,
            tid,
            ts: None,
            dur: None,
            cat: None,
            id: None,
            bp: None,
            args,
        }
    }

    /// What a process or a thread is called.
    fn naming(what: &str, name: String, pid: usize, tid: usize) -> Self {
        TraceEvent { ph: "M", args: [("name", name)].into(), ..TraceEvent::on(what, pid, tid) }
    }
}

impl Slice {
    fn entry<'c>(&self, selection: &Selection<'c>, zero: i64) -> TraceEvent<'c> {
        let trace = selection.trace();
        let operation = trace.operation(self.event);
        let event = trace.event(self.event);
        let mut args: BTreeMap<_, _> = facts(selection.causality, self.event).into_iter().collect();
        if let Some(duration) = event.duration_ns() {
            args.insert("raceway.duration_ns", duration.to_string());
        }
        TraceEvent {
            ph: "X",
            ts: Some(self.start - zero),
            dur: Some(self.end - self.start),
            cat: Some(trace.text(event.kind)),
            args,
            ..TraceEvent::on(&operation, self.pid, self.tid)
        }
    }
}

/// Where each event is.
struct Tracks<'c> {
    names: Vec<TraceEvent<'c>>,
    slices: Vec<Slice>,
}

impl<'c> Tracks<'c> {
    fn of(selection: &Selection<'c>) -> Self {
        let mut tracks = Tracks { names: Vec::new(), slices: Vec::new() };
        let mut processes: BTreeMap<&str, usize> = BTreeMap::new();
        let mut threads = 0;
        for strand in &selection.strands {
            let service = selection.service(strand.number);
            let pid = 1 + processes.len();
            let pid = *processes.entry(service).or_insert_with(|| {
                tracks.names.push(TraceEvent::naming("process_name", service.to_owned(), pid, 0));
                pid
            });
            let mut slices: Vec<(i64, i64, EventNo)> =
                strand.events.iter().map(|&event| slice(selection, event)).collect();
            slices.sort_by_key(|&(start, end, _)| (start, -end));
            let lanes = lanes(slices.iter().map(|&(start, end, _)| (start, end)));
            let operation = selection.trace().operation(selection.root(strand.number));
            let name = format!("{operation} {}", selection.short_id(strand.number));
            let count = lanes.iter().max().map_or(0, |last| last + 1);
            for lane in 0..count {
                let name = if lane == 0 { name.clone() } else { format!("{name} ({})", lane + 1) };
                let tid = 1 + threads + lane;
                tracks.names.push(TraceEvent::naming("thread_name", name, pid, tid));
            }
            tracks.slices.extend(slices.iter().zip(lanes).map(|(&(start, end, event), lane)| {
                Slice { event, start, end, pid, tid: 1 + threads + lane }
            }));
            threads += count;
        }
        tracks
    }
}

/// From the microsecond in which an event starts.
fn slice(selection: &Selection, event: EventNo) -> (i64, i64, EventNo) {
    let (start, end) = selection.trace().interval(event);
    let micros =
        |nanoseconds: i128| i64::try_from(nanoseconds.div_euclid(1000)).unwrap_or_default();
    (micros(start), micros(end), event)
}

/// An end of an arrow.
struct Arrow {
    id: usize,
    name: &'static str,
    is_start: bool,
}

/// The ends of arrows by event.
type Arrows = BTreeMap<EventNo, Vec<Arrow>>;

/// Also how many edges have no arrow.
fn arrows(selection: &Selection, slices: &[Slice]) -> Result<(Arrows, usize), TooComplex> {
    let places: BTreeMap<EventNo, usize> =
        slices.iter().enumerate().map(|(place, slice)| (slice.event, place)).collect();
    let mut arrows = Arrows::new();
    let (mut id, mut omitted) = (0, 0);
    for message in selection.messages()? {
        if places[&message.from] > places[&message.to] {
            omitted += 1;
            continue;
        }
        id += 1;
        for (event, is_start) in [(message.from, true), (message.to, false)] {
            let arrow = Arrow { id, name: message.kind.as_str(), is_start };
            arrows.entry(event).or_default().push(arrow);
        }
    }
    Ok((arrows, omitted))
}
