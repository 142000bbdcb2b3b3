//! Figures as Markdown.

use std::fmt::Write;

use crate::samples::Samples;

/// What a measurement found.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// How its figures were measured, a line for each kind.
    pub(crate) how: Vec<String>,
    pub(crate) figures: Vec<Figure>,
}

/// A row of the table: what was wanted, what was measured.
pub(crate) struct Figure {
    what: String,
    reach: &'static str,
    push_on: &'static str,
    samples: Samples,
}

impl Figure {
    /// With what to reach, and what to push on to.
    pub(crate) fn new(
        what: impl Into<String>,
        reach: &'static str,
        push_on: &'static str,
        samples: Samples,
    ) -> Self {
        Figure { what: what.into(), reach, push_on, samples }
    }

    /// That explains others and has no target of its own.
    pub(crate) fn untargeted(what: impl Into<String>, samples: Samples) -> Self {
        Figure::new(what, "", "", samples)
    }
}

impl Section {
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        for line in &self.how {
            writeln!(text, "- {line}").expect("a String takes everything");
        }
        text.push_str("\n| what | reach | push on to | measured (median, min–max) |\n");
        text.push_str("|---|---|---|---|\n");
        for Figure { what, reach, push_on, samples } in &self.figures {
            let [median, least, most] =
                [samples.median(), samples.least(), samples.most()].map(number);
            writeln!(text, "| {what} | {reach} | {push_on} | **{median}**, {least}–{most} |")
                .expect("a String takes everything");
        }
        text
    }
}

/// With three digits at least, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
