//! Texts that occur many times, each kept once.

use string_interner::backend::StringBackend;
use string_interner::symbol::SymbolU32;
use string_interner::{StringInterner, Symbol};

/// A text of a [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(SymbolU32);

/// The texts of a trace, by number. The numbers say nothing about the order of the texts.
#[derive(Debug)]
pub struct Names(StringInterner<StringBackend<SymbolU32>, foldhash::fast::RandomState>);

impl Default for Names {
    fn default() -> Self {
        Names(StringInterner::with_hasher(foldhash::fast::RandomState::default()))
    }
}

impl Names {
    /// The number of the text, which is new or known.
    pub fn intern(&mut self, text: &str) -> Name {
        Name(self.0.get_or_intern(text))
    }

    /// The number of a text that is known.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Name> {
        self.0.get(text).map(Name)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The text; empty for a name of another trace.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.0.resolve(name.0).unwrap_or_default()
    }
}

impl Name {
    /// Its number.
    #[must_use]
    pub fn index(self) -> usize {
        self.0.to_usize()
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_text_has_one_number() {
        let mut names = Names::default();
        let first = names.intern("a");
        assert_eq!(names.intern("a"), first);
        assert_ne!(names.intern("b"), first);
        assert_eq!(names.text(first), "a");
        assert_eq!(names.get("c"), None);
    }
}
