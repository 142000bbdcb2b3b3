//! Figures as of now: the sums of pages, of which what was counted of traces that have changed since is taken back,
//! and counted anew.

use std::ops::Range;

use foldhash::HashMap;

use super::{Changed, Damaged, Listed, Rows, Tables};
use crate::calls::calls;
use crate::figures::{Cover, Figures, NameId, Names, Part, Timeline, Width};

/// Figures of a time.
pub struct Kept {
    /// Sums of pages.
    pub(super) pages: Timeline,
    /// How they have changed since.
    changes: Timeline,
    /// What of the time is less than a second.
    borders: Figures,
    seconds: Range<i64>,
    /// The names in them.
    pub names: Names,
}

impl Kept {
    /// Reads these parts of the figures of a time in microseconds since 1970; of other parts nothing is true.
    pub fn read<T: Tables>(
        tables: &mut T,
        parts: &[Part],
        times: Range<i64>,
    ) -> Result<Self, T::Error> {
        let Cover { pages, seconds, borders } = Cover::of(times);
        let Rows { pages, changed } = tables.kept(parts, &pages)?;
        let (pages, mut changes) = (sum(&pages)?, taken_back(&changed)?);
        let mut of_all = pages.clone();
        of_all.merge(&changes);
        let mut names = names_in(tables, &of_all)?;
        let mut fresh = Fresh::default();
        fresh.count(tables, &still_there(changed))?;
        for border in &borders {
            fresh.count_border(tables, border)?;
        }
        let numbers: HashMap<NameId, NameId> =
            fresh.names.iter().map(|(number, name)| (number, names.intern(name))).collect();
        changes.merge(&fresh.timeline.renumbered(|name| numbers[&name]));
        let borders = fresh.borders.renumbered(|name| numbers[&name]);
        Ok(Kept { pages, changes, borders, seconds, names })
    }

    /// The figures of the time.
    #[must_use]
    pub fn total(&self) -> Figures {
        let mut figures = self.pages.between(self.seconds.clone());
        figures.merge(&self.changes.between(self.seconds.clone()));
        figures.merge(&self.borders);
        figures
    }

    /// Pages of this width, with what has changed in them.
    pub(super) fn by(&self, width: Width, pages: &Timeline) -> Timeline {
        let mut all = pages.clone();
        for page in self.changes.pages().iter().filter(|page| page.width == width) {
            all.merge(&page.figures);
        }
        all
    }
}

/// Pages together.
pub(super) fn sum(pages: &[(i16, Vec<u8>)]) -> Result<Timeline, Damaged> {
    let mut sums = Timeline::default();
    for (part, page) in pages {
        let part = Part::ALL.into_iter().find(|known| i16::from(known.number()) == *part);
        let added = part.and_then(|part| sums.add_part(part, page));
        added.ok_or(Damaged("raceway_figures"))?;
    }
    Ok(sums)
}

fn taken_back(changed: &[Changed]) -> Result<Timeline, Damaged> {
    let mut back = Timeline::default();
    for trace in changed {
        back.subtract(&trace.timeline()?);
    }
    Ok(back)
}

fn still_there(changed: Vec<Changed>) -> Vec<Listed> {
    changed.into_iter().filter_map(|trace| Some((trace.trace_no, trace.trace_id?))).collect()
}

fn names_in<T: Tables>(tables: &mut T, figures: &Timeline) -> Result<Names, T::Error> {
    let numbers: Vec<NameId> = figures.names().into_iter().collect();
    let mut names = Names::default();
    for (number, name) in tables.names(&numbers)? {
        names.insert(number, &name);
    }
    Ok(names)
}

/// What is computed from events.
#[derive(Default)]
struct Fresh {
    timeline: Timeline,
    borders: Figures,
    names: Names,
}

impl Fresh {
    fn count<T: Tables>(&mut self, tables: &mut T, traces: &[Listed]) -> Result<(), T::Error> {
        tables.each_outline(traces, |_, trace| {
            self.timeline.merge(&Timeline::of(&trace, &calls(&trace), &mut self.names));
        })
    }

    /// Counts what happened in less than a second.
    fn count_border<T: Tables>(
        &mut self,
        tables: &mut T,
        times: &Range<i64>,
    ) -> Result<(), T::Error> {
        let traces = tables.within(times)?;
        tables.each_outline(&traces, |_, trace| {
            let calls = calls(&trace);
            self.borders.merge(&Figures::within(&trace, &calls, times.clone(), &mut self.names));
        })
    }
}
