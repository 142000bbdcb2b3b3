//! Bodies of real events with something wrong: each is made of a seed and its number, so that a
//! failed test can have it again.

mod bytes;
mod event;
mod odd;
mod place;
mod shape;
mod source;

use crate::Random;
use source::Source;

/// Of a thousand bodies, so many hold no event at all, or too many to list what is wrong.
const ODD_BODIES_PER_MILLE: usize = 15;

/// An endless row of bodies.
pub struct Mutations {
    sources: Vec<Source>,
    seed: u64,
}

impl Mutations {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Mutations { sources: source::all(), seed }
    }

    /// The body of this number: events of the SDKs and of the documentation in any shape, most with
    /// something wrong. Where ids are intact they are those of no other body.
    pub fn body(&self, number: u64) -> Vec<u8> {
        let mut random = self.random(number);
        if random.below(1000) < ODD_BODIES_PER_MILLE {
            return odd::body(&mut random);
        }
        let mut events = self.events(number, &mut random);
        for _ in 0..few(&mut random, [15, 60, 25]) {
            let event = random.below(events.len());
            event::mutate(&mut events[event], number, &mut random);
        }
        let mut body = shape::join(&events, &mut random);
        for _ in 0..few(&mut random, [60, 35, 5]) {
            bytes::mutate(&mut body, &mut random);
        }
        body
    }

    /// One event with something wrong, alone.
    pub fn event(&self, number: u64) -> Vec<u8> {
        let mut random = self.random(number);
        let mut event = random.choose(&self.sources).numbered(number).into_bytes();
        if random.below(4) > 0 {
            event::mutate(&mut event, number, &mut random);
        } else {
            bytes::mutate(&mut event, &mut random);
        }
        event
    }

    fn random(&self, number: u64) -> Random {
        Random::new(self.seed ^ Random::new(number).number())
    }

    /// One to four, as they were sent; now and then one of them twice, or what is no event.
    fn events(&self, number: u64, random: &mut Random) -> Vec<Vec<u8>> {
        let count = 1 + few(random, [45, 30, 15, 10]);
        let is_pretty = random.below(10) == 0;
        let mut events: Vec<Vec<u8>> = Vec::new();
        for _ in 0..count {
            let event = random.choose(&self.sources).numbered(number);
            let event = if is_pretty { source::over_lines(&event) } else { event };
            events.push(event.into_bytes());
        }
        if random.below(16) == 0 {
            events.push(random.choose(&events).clone());
        }
        if random.below(24) == 0 {
            let place = random.below(events.len() + 1);
            events.insert(place, odd::value(random).into_bytes());
        }
        events
    }
}

/// A small number, each with this chance in a hundred.
fn few<const N: usize>(random: &mut Random, chances: [usize; N]) -> usize {
    let mut drawn = random.below(100);
    for (number, chance) in chances.into_iter().enumerate() {
        match drawn.checked_sub(chance) {
            Some(rest) => drawn = rest,
            None => return number,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use raceway_model::parse_batch;

    use super::Mutations;

    const BODIES: u64 = 4_000;

    fn bodies(seed: u64) -> Vec<Vec<u8>> {
        let mutations = Mutations::new(seed);
        (0..BODIES).map(|number| mutations.body(number)).collect()
    }

    #[test]
    fn a_body_is_made_of_its_seed_and_its_number_alone() {
        let all = bodies(7);
        assert_eq!(Mutations::new(7).body(BODIES / 2), all[2_000]);
        assert_ne!(bodies(8), all);
        let different: HashSet<&[u8]> = all.iter().map(Vec::as_slice).collect();
        assert!(different.len() > 3_900, "{}", different.len());
    }

    /// A generator that only made rubbish would prove nothing, nor one that made none.
    #[test]
    fn sound_events_stand_beside_wrong_ones() {
        let (mut sound, mut mixed, mut wrong, mut refused, mut no_text) = (0, 0, 0, 0, 0);
        for body in bodies(1) {
            let Ok(text) = std::str::from_utf8(&body) else {
                no_text += 1;
                continue;
            };
            match parse_batch(text) {
                Ok(batch) if batch.rejections.is_empty() => sound += 1,
                Ok(batch) if batch.events.is_empty() => wrong += 1,
                Ok(_) => mixed += 1,
                Err(_) => refused += 1,
            }
        }
        let counts = (sound, mixed, wrong, refused, no_text);
        assert!(sound > 800 && mixed > 200 && wrong > 200, "{counts:?}");
        assert!(refused > 100 && no_text > 50, "{counts:?}");
    }

    #[test]
    fn few_bodies_are_long() {
        let lengths: Vec<usize> = bodies(2).iter().map(Vec::len).collect();
        let mean = lengths.iter().sum::<usize>() / lengths.len();
        assert!((500..4_000).contains(&mean), "{mean} bytes on average");
    }
}
