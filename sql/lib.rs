//! The files of this folder in the order in which they are run: by the sidecar for plain SQL, and by
//! the script of the extension, which `extension/build.rs` puts together.

mod upgrade;

pub use upgrade::upgrade;

use self::Flavours::{Both, Extension, PlainSql};

/// Tables: each migration is run once, in order, and does not change once it is released.
pub const MIGRATIONS: [Script; 6] = [
    Script { name: "0001_schema", files: &[(Both, include_str!("schema.sql"))] },
    Script {
        name: "0002_acknowledged",
        files: &[
            (Both, include_str!("acknowledged.sql")),
            (PlainSql, include_str!("plain/replaced.sql")),
            (Both, include_str!("renamed.sql")),
        ],
    },
    Script { name: "0003_indexes", files: &[(Both, include_str!("indexes_table.sql"))] },
    Script {
        name: "0004_frame_columns",
        files: &[(PlainSql, include_str!("plain/frame_columns.sql"))],
    },
    Script {
        name: "0005_figures",
        files: &[
            (Both, include_str!("figures_tables.sql")),
            (PlainSql, include_str!("plain/figures_readers.sql")),
        ],
    },
    Script { name: "0006_node", files: &[(Both, include_str!("node_table.sql"))] },
];

/// Everything else; all of it can be run again.
pub const FUNCTIONS: Script = Script {
    name: "functions",
    files: &[
        (Both, include_str!("partitions.sql")),
        (Both, include_str!("values.sql")),
        (Both, include_str!("frames.sql")),
        (PlainSql, include_str!("plain/fill.sql")),
        (PlainSql, include_str!("plain/whole.sql")),
        (PlainSql, include_str!("plain/frames.sql")),
        (Both, include_str!("figures.sql")),
        (PlainSql, include_str!("plain/figures.sql")),
        (Extension, include_str!("extension/figures.sql")),
        (Both, include_str!("traces.sql")),
        (PlainSql, include_str!("plain/columns.sql")),
        (Extension, include_str!("extension/columns.sql")),
        (Extension, include_str!("extension/restored.sql")),
        (Both, include_str!("events.sql")),
        (PlainSql, include_str!("plain/text.sql")),
        (PlainSql, include_str!("plain/decode.sql")),
        (PlainSql, include_str!("plain/store.sql")),
        (PlainSql, include_str!("plain/split.sql")),
        (PlainSql, include_str!("plain/ingest_events.sql")),
        (PlainSql, include_str!("plain/ingest.sql")),
        (Extension, include_str!("extension/lookup.sql")),
        (Extension, include_str!("extension/ingest.sql")),
        (Both, include_str!("ingest.sql")),
        (PlainSql, include_str!("plain/clocks.sql")),
        (Both, include_str!("clocks.sql")),
        (Both, include_str!("stats.sql")),
        (Both, include_str!("expect.sql")),
        (Both, include_str!("read.sql")),
        (Both, include_str!("window.sql")),
        (Both, include_str!("sidecar.sql")),
        (PlainSql, include_str!("plain/analysis.sql")),
        (Extension, include_str!("extension/analysis.sql")),
        (Both, include_str!("analysis.sql")),
        (Both, include_str!("retention.sql")),
        (Both, include_str!("quarantine.sql")),
        (PlainSql, include_str!("plain/indexes.sql")),
        (Extension, include_str!("extension/indexes.sql")),
        (Both, include_str!("indexes.sql")),
        (PlainSql, include_str!("plain/version.sql")),
        (Both, include_str!("version.sql")),
        (Both, include_str!("hash.sql")),
        (Both, include_str!("node.sql")),
        (Extension, include_str!("extension/dump.sql")),
    ],
};

/// What a database has that is in front of a cluster, by PL/Proxy; all of it can be run again. Of plain SQL it has
/// what works on values alone.
pub const PROXY: Script = Script {
    name: "proxy",
    files: &[
        (PlainSql, include_str!("hash.sql")),
        (PlainSql, include_str!("proxy/cluster.sql")),
        (PlainSql, include_str!("values.sql")),
        (PlainSql, include_str!("plain/text.sql")),
        (PlainSql, include_str!("plain/split.sql")),
        (PlainSql, include_str!("proxy/ingest.sql")),
        (PlainSql, include_str!("plain/ingest.sql")),
        (PlainSql, include_str!("ingest.sql")),
        (PlainSql, include_str!("plain/clocks.sql")),
        (PlainSql, include_str!("clocks.sql")),
        (PlainSql, include_str!("proxy/stats.sql")),
        (PlainSql, include_str!("expect.sql")),
        (PlainSql, include_str!("proxy/read.sql")),
        (PlainSql, include_str!("proxy/events.sql")),
        (PlainSql, include_str!("proxy/figures.sql")),
        (PlainSql, include_str!("proxy/analysis.sql")),
        (PlainSql, include_str!("analysis.sql")),
        (PlainSql, include_str!("proxy/maintenance.sql")),
        (PlainSql, include_str!("proxy/quarantine.sql")),
        (PlainSql, include_str!("proxy/version.sql")),
    ],
};

/// Says which of these were run in a schema of plain SQL.
pub const LEDGER: &str = include_str!("plain/ledger.sql");

/// Files that are run together.
#[derive(Debug)]
pub struct Script {
    /// What the ledger of plain SQL calls it.
    pub name: &'static str,
    files: &'static [(Flavours, &'static str)],
}

/// Which flavours run a file. What the extension leaves out it has in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavours {
    Both,
    PlainSql,
    Extension,
}

impl Script {
    /// Its text in plain SQL.
    #[must_use]
    pub fn plain_sql(&self) -> String {
        self.text(Extension)
    }

    /// Its text in the extension.
    #[must_use]
    pub fn extension(&self) -> String {
        self.text(PlainSql)
    }

    fn text(&self, without: Flavours) -> String {
        let files = self.files.iter().filter(|(flavours, _)| *flavours != without);
        files.map(|(_, text)| *text).collect()
    }
}

/// The tables and views that the scripts make, daily partitions apart.
#[must_use]
pub fn relations() -> Vec<&'static str> {
    let scripts = MIGRATIONS.iter().chain([&FUNCTIONS]);
    let texts = scripts.flat_map(|script| script.files).map(|&(_, text)| text);
    let mut names: Vec<&str> = Vec::new();
    for statement in texts.chain([LEDGER]).flat_map(|text| text.split("\nCREATE ").skip(1)) {
        let name = made_relation(statement).filter(|name| !names.contains(name));
        names.extend(name);
    }
    names
}

/// Of a statement behind its `CREATE`.
fn made_relation(statement: &str) -> Option<&str> {
    let kinds = ["TABLE ", "TABLE IF NOT EXISTS ", "OR REPLACE VIEW "];
    let name = |kind| statement.strip_prefix(kind)?.strip_prefix("@extschema@.");
    kinds.into_iter().find_map(name)?.split_whitespace().next()
}

/// What `CREATE EXTENSION` runs when the functions in Rust are declared.
pub fn install() -> String {
    let tables: String = MIGRATIONS.iter().map(Script::extension).collect();
    [
        &tables,
        include_str!("move/adopt_tables.sql"),
        &FUNCTIONS.extension(),
        include_str!("move/adopted.sql"),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::relations;

    #[test]
    fn relations_are_found_in_both_flavours() {
        let tables = [
            "traces",
            "frames",
            "stored_events",
            "events_default",
            "raceway_rejected",
            "raceway_indexes",
            "frame_columns",
            "raceway_uncounted",
            "raceway_counted",
            "raceway_figures",
            "raceway_names",
            "raceway_node",
        ];
        assert_eq!(relations(), [&tables[..], &["events", "raceway_migrations"]].concat());
    }
}
