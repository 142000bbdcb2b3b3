//! The ways in which a run is written as events.

/// A way to write events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In the flat dialect.
    Flat(Flat),
    /// As an SDK writes them.
    Sdk(Language),
}

/// What events of the flat dialect say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flat {
    /// What tells which of them belong to one strand.
    pub strands: Strands,
    /// Whether they carry true vector clocks, with a component for each strand.
    pub clocks: bool,
    /// Whether they say which locks are held.
    pub locks: bool,
}

/// What tells which events belong to one strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strands {
    /// Nothing but clocks: each event stands alone.
    Clocks,
    /// They name the thread, which each strand has for itself.
    Threads,
    /// They name the thread, and the event before them in their strand, the first one the event that started it.
    Parents,
}

/// The language of an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Clocks of one component, the id of the request's first event, which has none; timestamps that run
    /// backwards; locks are recorded when they are held.
    TypeScript,
    /// Counters that restart in each request; locks are recorded when they are held.
    Python,
    /// Counters that restart in each request; threads are workers, which requests share; locks are recorded when
    /// they are asked for.
    Rust,
    /// Counters that restart in each request; locks are recorded when they are asked for.
    Go,
}

impl Language {
    /// As events name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Language::TypeScript => "typescript",
            Language::Python => "python",
            Language::Rust => "rust",
            Language::Go => "go",
        }
    }
}

const fn flat(strands: Strands, clocks: bool, locks: bool) -> Style {
    Style::Flat(Flat { strands, clocks, locks })
}

impl Style {
    /// All styles. Where each event stands alone, nothing tells in which strand a lock was taken, so events say
    /// what they hold.
    pub const ALL: [Style; 10] = [
        flat(Strands::Clocks, true, true),
        flat(Strands::Threads, true, false),
        flat(Strands::Threads, true, true),
        flat(Strands::Parents, true, false),
        flat(Strands::Parents, false, false),
        flat(Strands::Threads, false, false),
        Style::Sdk(Language::TypeScript),
        Style::Sdk(Language::Python),
        Style::Sdk(Language::Rust),
        Style::Sdk(Language::Go),
    ];

    /// Whether the order of a strand is told by time alone, which then must not stand still.
    #[must_use]
    pub fn is_ordered_by_time(self) -> bool {
        self == flat(Strands::Threads, false, false)
    }

    /// Whether a lock is recorded when it is asked for, not when it is got.
    #[must_use]
    pub fn records_waits(self) -> bool {
        matches!(self, Style::Sdk(Language::Rust | Language::Go))
    }
}
