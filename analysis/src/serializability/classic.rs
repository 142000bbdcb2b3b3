//! Which anomaly two requests show that are each before the other: the conflicts that tell it best.

use super::anomaly::Anomaly;
use super::class::Class;
use super::conflicts::Conflict;
use super::slots::{Row, Slots};
use super::walk::Walk;
use crate::Causality;
use crate::strands::StrandNo;
use crate::trace::EventNo;

/// The accesses of a variable on which two strands conflict, in which strands compare.
pub(super) struct Pair<'a> {
    pub(super) causality: &'a Causality,
    pub(super) slots: &'a Slots,
    pub(super) skew: i64,
    pub(super) strands: [StrandNo; 2],
}

/// Of a strand that goes from process to process, only so many rows of a variable are looked at for a name.
const MAX_ROWS: usize = 4;

/// Two conflicts, one from each of the strands to the other, and what they are called.
pub(super) type Classic = (Anomaly, [Conflict; 2]);

impl Pair<'_> {
    /// The anomaly that these strands show.
    pub(super) fn classic(&self) -> Option<Classic> {
        let mut found: Option<Classic> = None;
        let mut between = Between::default();
        for variable in self.variables() {
            let [one, other] = self.strands.map(|strand| self.rows(variable, strand));
            for (row, to) in pairs(one, other) {
                self.collect(variable, row, to, &mut between);
            }
            for [own, others] in [[one, other], [other, one]] {
                for (first, last) in pairs(own, own) {
                    for other in others {
                        self.interrupt(first, other, last, &mut found);
                    }
                }
            }
        }
        let across = between.anomaly(self.causality);
        found.into_iter().chain(across).min_by_key(|&(anomaly, _)| anomaly)
    }

    /// The variables that the first strand accesses.
    fn variables(&self) -> Vec<u32> {
        self.slots.variables_of(self.causality.strands.get(self.strands[0]))
    }

    /// The first rows of a strand.
    fn rows(&self, variable: u32, strand: StrandNo) -> &[Row] {
        let rows = self.slots.rows_of(variable, strand);
        &rows[..rows.len().min(MAX_ROWS)]
    }

    /// Looks for an access of `other` that came between two of the other strand's.
    fn interrupt(&self, first: &Row, other: &Row, last: &Row, found: &mut Option<Classic>) {
        let [mut before, mut after] = [first, last].map(|row| self.walk(row, other));
        for slot in self.slots.slots_of(other) {
            before.advance(slot);
            after.advance(slot);
            for &one in slot.class.conflicting() {
                let Some(one) = before.before(slot, one) else { continue };
                for &two in slot.class.conflicting() {
                    let writes = [one.class, slot.class, two].map(Class::is_write);
                    let Some(anomaly) = Anomaly::of_one_variable(writes) else { continue };
                    if found.is_some_and(|(known, _)| known <= anomaly) {
                        continue;
                    }
                    let Some(two) = after.after(slot, two) else { continue };
                    let there = Conflict { first: one.event, second: slot.event };
                    let back = Conflict { first: slot.event, second: two.event };
                    *found = Some((anomaly, [there, back]));
                }
            }
        }
    }

    /// Collects conflicts of a variable in both directions.
    fn collect(&self, variable: u32, row: &Row, other: &Row, between: &mut Between) {
        let mut walk = self.walk(row, other);
        for slot in self.slots.slots_of(other) {
            walk.advance(slot);
            for &class in slot.class.conflicting() {
                if let Some(first) = walk.before(slot, class) {
                    let conflict = Conflict { first: first.event, second: slot.event };
                    between.add(0, variable, [first.class, slot.class], conflict);
                }
                if let Some(last) = walk.after(slot, class) {
                    let conflict = Conflict { first: slot.event, second: last.event };
                    between.add(1, variable, [slot.class, last.class], conflict);
                }
            }
        }
    }

    fn walk(&self, row: &Row, other: &Row) -> Walk<'_> {
        Walk::new(&self.causality.order, self.slots, row, other, self.skew)
    }
}

fn pairs<'a>(ones: &'a [Row], others: &'a [Row]) -> impl Iterator<Item = (&'a Row, &'a Row)> {
    ones.iter().flat_map(move |one| others.iter().map(move |other| (one, other)))
}

/// How the second access depends on the first (Adya's ww, wr, rw).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dependency {
    Overwrites,
    Reads,
    Anti,
}

/// Of both directions and each dependency, the first conflicts of at most two variables.
#[derive(Default)]
struct Between([[Vec<(u32, Conflict)>; 3]; 2]);

impl Between {
    fn add(&mut self, way: usize, variable: u32, classes: [Class; 2], conflict: Conflict) {
        let dependency = match classes.map(Class::is_write) {
            [true, true] => Dependency::Overwrites,
            [true, false] => Dependency::Reads,
            [false, _] => Dependency::Anti,
        };
        let known = &mut self.0[way][dependency as usize];
        if known.len() < 2 && known.iter().all(|&(other, _)| other != variable) {
            known.push((variable, conflict));
        }
    }

    /// The first anomaly of two variables.
    fn anomaly(&self, causality: &Causality) -> Option<Classic> {
        use Dependency::{Anti, Overwrites, Reads};
        let named = |there, back, anomaly| Some((anomaly, self.pick(there, back)?));
        let skew = self.skew(causality);
        let of_one = || {
            let [there, back] = [0, 1].map(|way| self.0[way][Anti as usize].first());
            Some((Anomaly::LostUpdate, [there?.1, back?.1]))
        };
        named(Anti, Anti, Anomaly::WriteSkew)
            .or(skew)
            .or_else(|| named(Overwrites, Overwrites, Anomaly::DirtyWrite))
            .or_else(|| named(Reads, Reads, Anomaly::CircularInformationFlow))
            .or_else(|| named(Reads, Overwrites, Anomaly::CircularInformationFlow))
            .or_else(|| named(Overwrites, Reads, Anomaly::CircularInformationFlow))
            .or_else(of_one)
    }

    /// One strand read one variable before the other wrote it, and another one after: first that, a dirty
    /// read.
    fn skew(&self, causality: &Causality) -> Option<Classic> {
        let ways = [(Dependency::Anti, Dependency::Reads), (Dependency::Reads, Dependency::Anti)];
        ways.into_iter().find_map(|(there, back)| {
            let conflicts = self.pick(there, back)?;
            let [old, new]: [EventNo; 2] = match there {
                Dependency::Anti => [conflicts[0].first, conflicts[1].second],
                _ => [conflicts[1].first, conflicts[0].second],
            };
            let place = |event| causality.strands.place_of(event);
            let is_dirty = place(new) < place(old);
            Some((if is_dirty { Anomaly::DirtyRead } else { Anomaly::ReadSkew }, conflicts))
        })
    }

    /// Conflicts of two variables.
    fn pick(&self, there: Dependency, back: Dependency) -> Option<[Conflict; 2]> {
        let backs = &self.0[1][back as usize];
        self.0[0][there as usize].iter().find_map(|&(variable, there)| {
            let back = backs.iter().find(|&&(other, _)| other != variable)?;
            Some([there, back.1])
        })
    }
}
