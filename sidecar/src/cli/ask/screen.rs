//! Where answers are shown: a terminal, or a pipe or file, where nothing is coloured and nothing is cut.

use console::{Style, Term, truncate_str};

use super::table::Table;

/// What is to be printed.
pub(in crate::cli) struct Screen {
    /// Of a terminal.
    width: Option<usize>,
    is_coloured: bool,
    text: String,
}

impl Screen {
    pub(super) fn of_stdout() -> Self {
        let terminal = Term::stdout();
        let is_coloured = terminal.features().colors_supported();
        let width = terminal.size_checked().map(|(_, columns)| usize::from(columns));
        Screen { width: width.filter(|_| terminal.is_term()), is_coloured, text: String::new() }
    }

    /// The text in this style, if there are colours.
    pub(super) fn paint(&self, style: &Style, text: &str) -> String {
        if !self.is_coloured || text.is_empty() {
            return text.to_owned();
        }
        style.clone().force_styling(true).apply_to(text).to_string()
    }

    pub(super) fn heading(&self, text: &str) -> String {
        self.paint(&Style::new().bold(), text)
    }

    /// In the colour of what is as bad as this word says.
    pub(super) fn severity(&self, severity: &str) -> String {
        let style = match severity.to_ascii_lowercase().as_str() {
            "critical" => Style::new().red().bold(),
            "warning" => Style::new().yellow(),
            "healthy" => Style::new().green(),
            _ => Style::new(),
        };
        self.paint(&style, severity)
    }

    /// A line, cut where the terminal ends.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        match self.width {
            Some(width) => self.text.push_str(&truncate_str(line, width, "…")),
            None => self.text.push_str(line),
        }
        self.text.push('\n');
    }

    /// A sentence, which a terminal may wrap.
    pub(super) fn sentence(&mut self, sentence: &str) {
        self.text.push_str(sentence);
        self.text.push('\n');
    }

    /// A sentence with an empty line before it.
    pub(super) fn note(&mut self, sentence: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.sentence(sentence);
    }

    pub(super) fn table(&mut self, table: &Table) {
        for (place, line) in table.lines().iter().enumerate() {
            if place == 0 && table.has_head() {
                let head = self.heading(line);
                self.line(&head);
            } else {
                self.line(line);
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
