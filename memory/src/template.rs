//! Templates of events, and the dictionaries that compress the values of events that have them.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use raceway_model::{Event, WHOLE_EVENT};

use crate::intern::{Content, Interner};
use crate::size::allocated;

/// How many texts are remembered that came once.
const REMEMBERED: usize = 4096;

/// What the events of a kind and process share.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) text: Box<str>,
    /// The values of one event. Those of others repeat much of them, so they are what compression
    /// starts from: it takes 29 bytes of loadgen's 125 instead of 41, and 22 of the recorded
    /// traffic's 114 instead of 35.
    pub(crate) sample: Box<str>,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Template {}

impl Hash for Template {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Content for Template {
    fn content_bytes(&self) -> usize {
        allocated(self.text.len()) + allocated(self.sample.len())
    }
}

/// The templates in use.
#[derive(Default)]
pub(crate) struct Templates {
    known: Interner<Template>,
    /// Of events that share nothing; the first of them is its sample.
    whole: OnceLock<Arc<Template>>,
    seen: Seen,
}

impl Templates {
    /// Template and values of an event. One whose template comes for the first time is kept whole:
    /// a template costs some 800 bytes, and where tags are the request's own, each comes once.
    pub(crate) fn split(&self, event: Event) -> (Arc<Template>, String) {
        let mut template = Template { text: event.template.into(), sample: Box::default() };
        if let Some(known) = self.known.get(&template) {
            return (known, event.values);
        }
        if self.seen.again(&template.text) {
            template.sample = event.values.as_str().into();
            return (self.known.intern(template), event.values);
        }
        let values = Event { template: template.text.into(), ..event }.to_escaped_json();
        let whole = self.whole.get_or_init(|| {
            let sample = values.as_str().into();
            self.known.intern(Template { text: WHOLE_EVENT.into(), sample })
        });
        (Arc::clone(whole), values)
    }

    pub(crate) fn interner(&self) -> &Interner<Template> {
        &self.known
    }
}

/// Remembers texts by their hashes; a newer one takes the place of an older.
struct Seen {
    hasher: RandomState,
    hashes: Box<[AtomicU64]>,
}

impl Default for Seen {
    fn default() -> Self {
        let hashes = std::iter::repeat_with(AtomicU64::default).take(REMEMBERED).collect();
        Seen { hasher: RandomState::default(), hashes }
    }
}

impl Seen {
    /// Whether the text came before, as far as is known. It has from now on.
    fn again(&self, text: &str) -> bool {
        let hash = self.hasher.hash_one(text);
        #[allow(clippy::cast_possible_truncation, reason = "any of its bits will do")]
        let place = hash as usize % REMEMBERED;
        self.hashes[place].swap(hash, Ordering::Relaxed) == hash
    }
}
