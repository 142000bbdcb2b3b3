//! Texts that hardly occur twice, one after the other.

/// The number of a text.
pub(crate) type IdNo = u32;

#[derive(Debug, Default)]
pub(super) struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    /// Adds a text.
    pub(super) fn push(&mut self, id: &str) -> IdNo {
        self.text.push_str(id);
        self.ends.push(self.text.len());
        IdNo::try_from(self.ends.len() - 1).expect("fewer than 2^32 ids")
    }

    pub(super) fn get(&self, id: IdNo) -> &str {
        let place = id as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[place]]
    }
}
