//! The accesses of a trace by variable and strand.

use std::ops::Range;

use super::class::{CLASSES, Class};
use super::late::earliest_times;
use super::processes::{NO_PROCESS, ProcessNo, Processes};
use crate::order::ChainNo;
use crate::strands::{Strand, StrandNo};
use crate::trace::EventNo;
use crate::variables::{NO_ACCESS, Variables, number};
use crate::{Causality, Options};

/// An access, as far as cycles need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// When it happened: not before this. An event whose strand goes on at an earlier time has a clock that
    /// runs backwards, and one that was seen at an earlier time was recorded late: so its time is somewhere
    /// between.
    pub(super) earliest: i64,
    /// When it happened: not after this.
    pub(super) latest: i64,
    pub(super) event: EventNo,
    /// How many events come before it on its chain.
    pub(super) place: u32,
    process: ProcessNo,
    pub(super) class: Class,
}

/// Accesses of a variable by a strand in one process, in program order.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) strand: StrandNo,
    pub(super) chain: ChainNo,
    process: ProcessNo,
    pub(super) slots: Range<u32>,
    /// The first slot of each class.
    pub(super) firsts: [Option<u32>; CLASSES],
    /// The last one.
    pub(super) lasts: [Option<u32>; CLASSES],
}

impl Row {
    /// Microseconds by which an access of this row must be earlier than one of the other to have come before
    /// it: one process has one clock.
    pub(super) fn margin(&self, other: &Row, skew: i64) -> i64 {
        if self.process == other.process && self.process != NO_PROCESS { 0 } else { skew }
    }
}

/// The accesses of a trace.
#[derive(Debug)]
pub(super) struct Slots {
    /// Of each event, the variable that it accesses.
    variable_of: Vec<u32>,
    /// In order of variables, then strands, then program order.
    accesses: Vec<Slot>,
    rows: Vec<Row>,
    /// Where the rows of each variable start, and where those of the last one end.
    row_starts: Vec<u32>,
}

impl Slots {
    pub(super) fn of(causality: &Causality, options: &Options) -> Self {
        let variables = Variables::of(&causality.trace, options);
        let starts = variables.starts();
        let slots = slots(causality, &variables, &starts);
        let mut rows = Vec::new();
        let mut row_starts = vec![0];
        for bounds in starts.windows(2) {
            push_rows(&mut rows, causality, &slots, bounds[0]..bounds[1]);
            row_starts.push(number(rows.len()));
        }
        Slots { variable_of: variables.of_event, accesses: slots, rows, row_starts }
    }

    /// How many variables there are. They are in order of services and names.
    pub(super) fn variable_count(&self) -> u32 {
        number(self.row_starts.len() - 1)
    }

    /// The rows of a variable in order of strands.
    pub(super) fn rows(&self, variable: u32) -> &[Row] {
        let variable = variable as usize;
        &self.rows[self.row_starts[variable] as usize..self.row_starts[variable + 1] as usize]
    }

    /// The rows of a variable and strand.
    pub(super) fn rows_of(&self, variable: u32, strand: StrandNo) -> &[Row] {
        let rows = self.rows(variable);
        let start = rows.partition_point(|row| row.strand < strand);
        let end = rows.partition_point(|row| row.strand <= strand);
        &rows[start..end]
    }

    /// The variables that a strand accesses, in order.
    pub(super) fn variables_of(&self, strand: &Strand) -> Vec<u32> {
        let variables = strand.events.iter().map(|&event| self.variable_of[event as usize]);
        let mut variables: Vec<u32> = variables.filter(|&number| number != NO_ACCESS).collect();
        variables.sort_unstable();
        variables.dedup();
        variables
    }

    /// The accesses of a row.
    pub(super) fn slots_of(&self, row: &Row) -> &[Slot] {
        &self.accesses[row.slots.start as usize..row.slots.end as usize]
    }

    pub(super) fn slot(&self, slot: u32) -> &Slot {
        &self.accesses[slot as usize]
    }
}

/// The accesses, those of one variable together: a stable sort by counting, as walking the strands gives them
/// in order.
fn slots(causality: &Causality, variables: &Variables, starts: &[u32]) -> Vec<Slot> {
    let nothing =
        Slot { earliest: 0, latest: 0, event: 0, place: 0, process: 0, class: Class::Read };
    let mut slots = vec![nothing; starts.last().map_or(0, |&end| end as usize)];
    let mut next = starts.to_vec();
    let mut processes = Processes::default();
    let times = earliest_times(&causality.trace, variables);
    let mut earliest = Vec::new();
    for strand in causality.strands.all() {
        fill_earliest(&mut earliest, &times, &strand.events);
        let mut latest = i64::MIN;
        for (&number, &earliest) in strand.events.iter().zip(&earliest) {
            let event = causality.trace.event(number);
            latest = latest.max(event.time);
            let Some(access) = event.access else { continue };
            let (class, process) = (Class::of(access.kind), processes.number(event));
            let place = causality.order.place_of(number);
            let next = &mut next[variables.of_event[number as usize] as usize];
            slots[*next as usize] = Slot { earliest, latest, event: number, place, process, class };
            *next += 1;
        }
    }
    slots
}

/// Of each event, the earliest of these times of it and what follows it.
fn fill_earliest(earliest: &mut Vec<i64>, times: &[i64], events: &[EventNo]) {
    earliest.clear();
    earliest.resize(events.len(), 0);
    let mut least = i64::MAX;
    for (earliest, &event) in earliest.iter_mut().zip(events).rev() {
        least = least.min(times[event as usize]);
        *earliest = least;
    }
}

/// Adds the rows of a variable's accesses.
fn push_rows(rows: &mut Vec<Row>, causality: &Causality, slots: &[Slot], range: Range<u32>) {
    let start = rows.len();
    for place in range {
        let slot = &slots[place as usize];
        let strand = causality.strands.of_event(slot.event);
        let is_new = rows[start..]
            .last()
            .is_none_or(|row| (row.strand, row.process) != (strand, slot.process));
        if is_new {
            let chain = causality.order.chain_of(slot.event);
            let slots = place..place;
            let (firsts, lasts) = ([None; CLASSES], [None; CLASSES]);
            rows.push(Row { strand, chain, process: slot.process, slots, firsts, lasts });
        }
        if let Some(row) = rows.last_mut() {
            row.slots.end = place + 1;
            row.firsts[slot.class as usize].get_or_insert(place);
            row.lasts[slot.class as usize] = Some(place);
        }
    }
}
