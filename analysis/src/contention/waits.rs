//! From when to when locks were held, and who kept whom waiting.

use foldhash::{HashMap, HashMapExt};

use crate::Causality;
use crate::locks::{Hold, Lock};
use crate::strands::{StrandNo, Strands};
use crate::trace::{EventNo, ProcessKey, Trace};

/// From when to when a lock was held or waited for, in microseconds.
pub(crate) struct Span<'c> {
    pub(crate) hold: &'c Hold,
    pub(crate) taken: i64,
    pub(crate) released: i64,
    /// When its strand went on after it took the lock.
    next: i64,
    pub(crate) blocker: Option<Blocker>,
}

impl Span<'_> {
    /// How long it waited.
    pub(crate) fn wait(&self) -> i64 {
        self.blocker.map_or(0, |blocker| blocker.until - self.taken)
    }

    /// How long it was held after that.
    pub(crate) fn held(&self) -> i64 {
        self.released - self.taken - self.wait()
    }
}

/// Who made a span wait, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Blocker {
    /// The place of the span of the holder.
    pub(crate) span: usize,
    pub(crate) until: i64,
}

/// The locks that were taken, in order of time.
pub(crate) fn spans(causality: &Causality) -> Vec<Span<'_>> {
    let trace = &causality.trace;
    let next = next_events(trace, &causality.strands);
    let is_taken =
        |hold: &&Hold| trace.event(hold.acquired).lock.is_some_and(|step| step.is_acquired);
    let span = |hold| span(causality, hold, &next);
    let mut spans: Vec<Span> = causality.locks.holds().iter().filter(is_taken).map(span).collect();
    spans.sort_by_key(|span| span.hold.acquired);
    let blockers = blockers(trace, &spans);
    spans.iter_mut().zip(blockers).for_each(|(span, blocker)| span.blocker = blocker);
    spans
}

fn span<'c>(causality: &Causality, hold: &'c Hold, next: &HashMap<EventNo, EventNo>) -> Span<'c> {
    let time = |event| causality.trace.event(event).time;
    let last = || causality.strands.get(hold.strand).events.last().copied();
    let taken = time(hold.acquired);
    let released = hold.released.or_else(last).map_or(taken, time).max(taken);
    let next = next.get(&hold.acquired).map_or(released, |&next| time(next));
    Span { hold, taken, released, next: next.clamp(taken, released), blocker: None }
}

/// What follows each `LockAcquire` in its strand.
fn next_events(trace: &Trace, strands: &Strands) -> HashMap<EventNo, EventNo> {
    let mut next = HashMap::new();
    for strand in strands.all() {
        for two in strand.events.windows(2) {
            if trace.event(two[0]).lock.is_some_and(|step| step.is_acquired) {
                next.insert(two[0], two[1]);
            }
        }
    }
    next
}

/// Who made each span wait, if somebody did.
fn blockers(trace: &Trace, spans: &[Span]) -> Vec<Option<Blocker>> {
    let mut open: HashMap<(Lock, ProcessKey), Holders> = HashMap::new();
    let blocker = |(number, span): (usize, &Span)| {
        let event = trace.event(span.hold.acquired);
        // Without a process nobody knows whether two clocks, and two locks of one id, are the same.
        let holders = open.entry((span.hold.held.lock, event.process_key()?)).or_default();
        let strand = span.hold.strand;
        let last = holders.last(strand, span.hold.held.is_shared);
        holders.add(span.hold.held.is_shared, Holder { strand, released: span.released, number });
        let until = last?.released.min(span.next);
        (until > span.taken).then_some(Blocker { span: last?.number, until })
    };
    spans.iter().enumerate().map(blocker).collect()
}

#[derive(Clone, Copy)]
struct Holder {
    strand: StrandNo,
    released: i64,
    number: usize,
}

/// Those who release a lock last, by whether they share it: two each, of different strands.
#[derive(Default)]
struct Holders([[Option<Holder>; 2]; 2]);

impl Holders {
    /// Of the holders of other strands who keep this one out, who releases last.
    fn last(&self, strand: StrandNo, is_shared: bool) -> Option<Holder> {
        let kept_out_by = if is_shared { &self.0[..1] } else { &self.0[..] };
        let holders = kept_out_by.iter().flatten().flatten();
        let others = holders.filter(|holder| holder.strand != strand);
        others.copied().max_by_key(|holder| (holder.released, holder.number))
    }

    fn add(&mut self, is_shared: bool, holder: Holder) {
        let latest = &mut self.0[usize::from(is_shared)];
        let is_later =
            |known: &Option<Holder>| known.is_none_or(|known| known.released <= holder.released);
        let [first, second] = latest;
        if first.is_none_or(|first| first.strand == holder.strand) {
            if is_later(first) {
                *first = Some(holder);
            }
        } else if is_later(first) {
            (*second, *first) = (*first, Some(holder));
        } else if is_later(second) {
            *second = Some(holder);
        }
    }
}
