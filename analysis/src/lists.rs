//! Lists of numbers by number, in two arrays.

use std::ops::Range;

/// For each key below a count, a list of values.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    values: Vec<u32>,
}

impl Lists {
    /// Of pairs of a key and a value: each list is in the order of the pairs, which are asked for twice.
    pub(crate) fn of(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for (key, _) in pairs.clone() {
            starts[key as usize + 1] += 1;
        }
        for key in 0..count {
            starts[key + 1] += starts[key];
        }
        let mut ends = starts.clone();
        let mut values = vec![0; starts[count] as usize];
        for (key, value) in pairs {
            let end = &mut ends[key as usize];
            values[*end as usize] = value;
            *end += 1;
        }
        Lists { starts, values }
    }

    /// The list of a key.
    pub(crate) fn get(&self, key: u32) -> &[u32] {
        &self.values[self.range(key)]
    }

    /// How many keys there are.
    pub(crate) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The places of a key's values among all.
    pub(crate) fn range(&self, key: u32) -> Range<usize> {
        self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize
    }
}
