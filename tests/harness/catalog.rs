//! What the API is made of in a database, to be compared with another.

use std::collections::BTreeSet;

use crate::Database;

/// Everything but what it holds: definitions, privileges, what belongs to the extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(BTreeSet<String>);

impl Catalog {
    /// That of the API in the schema public.
    pub fn of(database: &Database) -> Self {
        let rows = database.connect().query(include_str!("catalog.sql"), &[]).expect("catalogs");
        // A script may have the schema's name in quotes.
        let line = |row: &postgres::Row| row.get::<_, String>(0).replace("\"public\"", "public");
        Catalog(rows.iter().map(line).collect())
    }

    /// Fails with what is missing, and what is there instead.
    pub fn assert_is(&self, expected: &Catalog) {
        let missing: Vec<&str> = expected.0.difference(&self.0).map(String::as_str).collect();
        let first_line = |text: &String| text.lines().next().unwrap_or_default().to_owned();
        let instead: Vec<String> = self.0.difference(&expected.0).map(first_line).collect();
        assert!(
            missing.is_empty() && instead.is_empty(),
            "missing:\n{}\nthere instead:\n{}",
            missing.join("\n"),
            instead.join("\n")
        );
    }
}
