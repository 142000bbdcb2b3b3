//! A trace as other programs open it: pure functions of its events and of what follows from them.
//!
//! Each format has a file, which says by which rules its readers go.
#![forbid(unsafe_code)]

mod facts;
mod ids;
mod jaeger;
mod lanes;
mod otlp;
mod perfetto;
mod selection;
mod shiviz;
mod spans;

use std::ops::Range;

use raceway_analysis::{Causality, TooComplex};

use selection::Selection;
pub use shiviz::MAX_COMPONENTS;

/// What a trace is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Chrome's trace events, which Perfetto opens.
    Perfetto,
    /// A log of `ShiViz`.
    Shiviz,
    /// JSON as Jaeger's page uploads it.
    Jaeger,
    /// A request of OTLP in JSON.
    Otlp,
}

impl Format {
    /// What comes after the dot of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Format::Perfetto => "perfetto.json",
            Format::Shiviz => "shiviz.log",
            Format::Jaeger => "jaeger.json",
            Format::Otlp => "otlp.json",
        }
    }

    /// The type of its content.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Shiviz => "text/plain; charset=utf-8",
            Format::Perfetto | Format::Jaeger | Format::Otlp => "application/json",
        }
    }
}

/// Why a trace can't be written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// Its clocks would take too much memory.
    #[error(
        "the clocks of these events have more than {MAX_COMPONENTS} components together: expected a \
         shorter time"
    )]
    Clocks,
    /// What follows from what can't be told within bounds.
    #[error(transparent)]
    Order(#[from] TooComplex),
    /// Never: what is written is JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The events of a trace in a time, which is in microseconds since 1970, as a file of this format.
pub fn write(
    format: Format,
    causality: &Causality,
    times: &Range<i64>,
) -> Result<Vec<u8>, NotWritten> {
    let selection = Selection::of(causality, times);
    Ok(match format {
        Format::Perfetto => serde_json::to_vec(&perfetto::of(&selection)?)?,
        Format::Shiviz => shiviz::write(&selection)?.into_bytes(),
        Format::Jaeger => serde_json::to_vec(&jaeger::of(&selection)?)?,
        Format::Otlp => serde_json::to_vec(&otlp::of(&selection)?)?,
    })
}
