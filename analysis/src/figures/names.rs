//! Names as numbers: so keys of figures are small, and alike in all traces of a store.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;

use super::memory::{map_bytes, shared_bytes, tree_bytes};

/// The number of a name in a [`Names`].
pub type NameId = u32;

/// Names of services, kinds, variables and so on, and the number of each. The numbers say nothing about the
/// order of the names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    numbers: HashMap<Arc<str>, NameId>,
    texts: BTreeMap<NameId, Arc<str>>,
    next: NameId,
}

impl Names {
    /// The number of a name; a new one gets the first number after those given so far that is free.
    pub fn intern(&mut self, text: &str) -> NameId {
        if let Some(number) = self.get(text) {
            return number;
        }
        while self.texts.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        self.insert(self.next, text);
        self.next
    }

    /// Adds a name with the number that a store has given it; both are new.
    pub fn insert(&mut self, number: NameId, text: &str) {
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.insert(number, text);
    }

    /// The number of a name that is known.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<NameId> {
        self.numbers.get(text).copied()
    }

    /// The name; empty for a number that was not given.
    #[must_use]
    pub fn text(&self, number: NameId) -> &str {
        self.texts.get(&number).map_or("", |text| text)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Forgets the others, whose numbers are free again.
    pub fn retain(&mut self, is_used: impl Fn(NameId) -> bool) {
        self.texts.retain(|&number, _| is_used(number));
        self.numbers.retain(|_, number| is_used(*number));
        self.numbers.shrink_to_fit();
        self.next = 0;
    }

    /// What they take of memory, in bytes.
    #[must_use]
    pub(super) fn bytes(&self) -> usize {
        let texts = self.texts.values().map(|text| shared_bytes(text.len())).sum::<usize>();
        texts + map_bytes(&self.numbers) + tree_bytes(&self.texts)
    }

    /// All of them in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &str)> {
        self.texts.iter().map(|(&number, text)| (number, &**text))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn new_names_get_numbers_that_are_free() {
        let mut names = Names::default();
        names.insert(1, "b");
        assert_eq!(["a", "b", "c", "a"].map(|text| names.intern(text)), [0, 1, 2, 0]);
        assert_eq!((names.text(2), names.text(3), names.get("d")), ("c", "", None));
        assert_eq!(names.iter().collect::<Vec<_>>(), [(0, "a"), (1, "b"), (2, "c")]);
    }

    #[test]
    fn names_that_are_forgotten_leave_their_numbers() {
        let mut names = Names::default();
        assert_eq!(["a", "b", "c"].map(|text| names.intern(text)), [0, 1, 2]);
        names.retain(|number| number == 1);
        assert_eq!(["c", "b", "d"].map(|text| names.intern(text)), [0, 1, 2]);
        assert_eq!(names.count(), 3);
    }
}
