//! Text in columns, by the width that characters have on a terminal.

use console::{Alignment, measure_text_width, pad_str};

/// What a column is called, and whether it is of numbers.
pub(super) type Column = (&'static str, Alignment);

/// Text: from the left.
pub(super) const fn text(name: &'static str) -> Column {
    (name, Alignment::Left)
}

/// Numbers: from the right.
pub(super) const fn number(name: &'static str) -> Column {
    (name, Alignment::Right)
}

/// Rows under a head, unless no column has a name.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// A row, of as many cells as there are columns.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub(super) fn has_head(&self) -> bool {
        self.columns.iter().any(|(name, _)| !name.is_empty())
    }

    /// The head, if it has one, and the rows.
    pub(super) fn lines(&self) -> Vec<String> {
        let head: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let rows = self.has_head().then_some(&head).into_iter().chain(&self.rows);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| rows.clone().map(|row| measure_text_width(&row[column])).max())
            .map(Option::unwrap_or_default)
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&self.columns).zip(&widths);
            let cells = cells
                .map(|((cell, (_, alignment)), &width)| pad_str(cell, width, *alignment, None));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_characters() {
        let mut table = Table::new(&[text("NAME"), number("EVENTS"), text("")]);
        table.row(["口座".into(), "1".into(), "a".into()]);
        table.row(["\u{1b}[31mred\u{1b}[0m".into(), "1,000,000".into(), String::new()]);
        let expected =
            ["NAME     EVENTS", "口座          1  a", "\u{1b}[31mred\u{1b}[0m   1,000,000"];
        assert_eq!(table.lines(), expected);
    }
}
