//! Which interleavings are shown: the newest, of one variable and one pair of traces not too many.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashMapExt};

use super::access::Access;
use super::across::Across;
use super::budget::Budget;
use super::pair::Pair;
use super::window::Window;
use super::within::Triple;

/// An interleaving that is shown: of the variable at this place.
pub(super) struct Chosen {
    pub(super) variable: usize,
    pub(super) triple: Triple,
}

/// Chooses those to show of variables in order.
pub(super) fn choose(
    window: &Window,
    variables: &[Across],
    across_traces_only: bool,
) -> Vec<Chosen> {
    let accesses = variables.iter().map(|across| across.variable.accesses.len()).sum();
    let chooser = Chooser {
        window,
        variables,
        across_traces_only,
        shown: HashMap::new(),
        budget: Budget::of(accesses),
        chosen: Vec::new(),
    };
    chooser.run()
}

struct Chooser<'a> {
    window: &'a Window,
    variables: &'a [Across<'a>],
    across_traces_only: bool,
    /// How many are shown of a variable and two traces.
    shown: HashMap<(usize, u32, u32), usize>,
    budget: Budget,
    chosen: Vec<Chosen>,
}

/// A pair with an interleaving: when its a₂ is, its variable, its a₁.
type Candidate = (i64, usize, u32);

impl Chooser<'_> {
    fn run(mut self) -> Vec<Chosen> {
        let mut candidates = self.candidates();
        while let Some(newest) = candidates.pop() {
            let mut batch = vec![newest];
            while let Some(next) = candidates.peek().filter(|next| next.0 == newest.0) {
                batch.push(*next);
                candidates.pop();
            }
            batch.sort_by(|one, other| self.id_of(one).cmp(&self.id_of(other)));
            for candidate in batch {
                if self.chosen.len() >= self.window.scope.shown || self.budget.is_spent() {
                    return self.chosen;
                }
                self.choose_of(candidate);
            }
        }
        self.chosen
    }

    fn candidates(&self) -> BinaryHeap<Candidate> {
        let mut candidates = Vec::new();
        for (place, across) in self.variables.iter().enumerate() {
            let within = across.variable.within.newest.iter().map(|triple| triple.first);
            let within = within.filter(|_| !self.across_traces_only);
            let mut firsts: Vec<u32> = across.firsts.iter().copied().chain(within).collect();
            firsts.sort_unstable();
            firsts.dedup();
            let time = |first: u32| across.variable.accesses[first as usize + 1].time;
            candidates.extend(firsts.into_iter().map(|first| (time(first), place, first)));
        }
        candidates.into()
    }

    /// What a candidate's a₂ is called.
    fn id_of(&self, &(_, variable, first): &Candidate) -> (&str, &str, usize, u32) {
        let second = &self.variables[variable].variable.accesses[first as usize + 1];
        let (event, trace) = self.window.id(second);
        (event, trace, variable, first)
    }

    /// Chooses among all that came between one pair.
    fn choose_of(&mut self, (_, variable, first): Candidate) {
        let across = &self.variables[variable];
        let accesses = &across.variable.accesses;
        let Some(pair) = across.pair(first) else { return };
        let mut between = self.across(across, &pair, variable);
        if !self.across_traces_only {
            between.extend(across.variable.within.newest_of(first));
        }
        between.sort_by_key(|&place| {
            let access = &accesses[place as usize];
            (Reverse(access.time), self.window.id(access), place)
        });
        for between in between {
            let key = key(variable, &pair, &accesses[between as usize]);
            let shown = self.shown.entry(key).or_default();
            let scope = &self.window.scope;
            if *shown < scope.shown_per_pair && self.chosen.len() < scope.shown {
                *shown += 1;
                self.chosen.push(Chosen { variable, triple: Triple { first, between } });
            }
        }
    }

    /// The newest accesses of other traces that came between, of each kind as many as can be shown.
    fn across(&mut self, across: &Across, pair: &Pair, variable: usize) -> Vec<u32> {
        let scope = &self.window.scope;
        let left = scope.shown - self.chosen.len();
        let mut chosen: HashMap<_, usize> = HashMap::new();
        across.newest(pair, left, &mut self.budget, |place| {
            let access = &across.variable.accesses[place as usize];
            let key = key(variable, pair, access);
            let kind = chosen.entry((key, access.kind.is_write())).or_default();
            *kind += 1;
            self.shown.get(&key).unwrap_or(&0) + *kind <= scope.shown_per_pair
        })
    }
}

/// A variable and two traces, in whichever order.
fn key(variable: usize, pair: &Pair, between: &Access) -> (usize, u32, u32) {
    let (one, other) = (pair.first.trace, between.trace);
    (variable, one.min(other), one.max(other))
}
