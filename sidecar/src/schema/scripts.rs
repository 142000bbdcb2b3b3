//! The scripts of the plain SQL flavour.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::Namespace;

/// The version of the plain SQL in this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What stands for it in scripts.
const VERSION_MARK: &str = "@version@";

/// Says which scripts were run.
pub(super) const LEDGER: &str = include_str!("../../../sql/plain/ledger.sql");

/// Makes the schema for all of it.
pub(super) const NAMESPACE: &str = include_str!("../../../sql/namespace.sql");

/// Keeps those out whom Supabase lets in.
pub(super) const SUPABASE: &str = include_str!("../../../sql/supabase.sql");

/// Tables: each is run once, in order, and does not change once it is released.
pub(super) const MIGRATIONS: [Script; 2] = [
    Script { name: "0001_schema", parts: &[include_str!("../../../sql/schema.sql")] },
    Script {
        name: "0002_acknowledged",
        parts: &[
            include_str!("../../../sql/acknowledged.sql"),
            include_str!("../../../sql/plain/replaced.sql"),
        ],
    },
];

/// Everything else, in order; all of it can be run again.
pub(super) const FUNCTIONS: Script = Script {
    name: "functions",
    parts: &[
        include_str!("../../../sql/partitions.sql"),
        include_str!("../../../sql/values.sql"),
        include_str!("../../../sql/frames.sql"),
        include_str!("../../../sql/traces.sql"),
        include_str!("../../../sql/plain/fill.sql"),
        include_str!("../../../sql/events.sql"),
        include_str!("../../../sql/plain/text.sql"),
        include_str!("../../../sql/plain/decode.sql"),
        include_str!("../../../sql/plain/store.sql"),
        include_str!("../../../sql/plain/split.sql"),
        include_str!("../../../sql/plain/ingest.sql"),
        include_str!("../../../sql/ingest.sql"),
        include_str!("../../../sql/plain/clocks.sql"),
        include_str!("../../../sql/clocks.sql"),
        include_str!("../../../sql/stats.sql"),
        include_str!("../../../sql/read.sql"),
        include_str!("../../../sql/retention.sql"),
        include_str!("../../../sql/quarantine.sql"),
        include_str!("../../../sql/plain/version.sql"),
        include_str!("../../../sql/version.sql"),
    ],
};

/// A script, by the name that the ledger has it under.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) name: &'static str,
    parts: &'static [&'static str],
}

impl Script {
    /// The SHA-256 of its text, whatever the schema, in hexadecimal digits.
    pub(super) fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        self.parts.iter().for_each(|part| hash.update(part.replace(VERSION_MARK, VERSION)));
        hash.finalize().iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes all");
            text
        })
    }

    /// Its text for a schema, which is quoted.
    pub(super) fn text(&self, schema: &str) -> String {
        render(&self.parts.concat(), schema)
    }

    /// The statement that puts it into the ledger. Neither name nor checksum has a quote in it.
    pub(super) fn record(&self, schema: &str) -> String {
        format!(
            "INSERT INTO {schema}.raceway_migrations (name, checksum) VALUES ('{}', '{}')
             ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = now();\n",
            self.name,
            self.checksum()
        )
    }
}

/// A script for a schema, which is quoted.
pub(crate) fn render(script: &str, schema: &str) -> String {
    script.replace("@extschema@", schema).replace(VERSION_MARK, VERSION)
}

/// What makes names in scripts those of this schema, as CREATE EXTENSION does.
pub(super) fn search_path(schema: &str) -> String {
    format!("SET LOCAL search_path = {schema}, pg_temp;\n")
}

/// All of it in one transaction, for psql and a schema that has none of it.
pub(crate) fn whole(namespace: &Namespace) -> String {
    let schema = namespace.schema().unwrap_or("public");
    let supabase = if namespace.is_supabase() { SUPABASE } else { "" };
    let scripts = MIGRATIONS.iter().chain([&FUNCTIONS]);
    let scripts: String =
        scripts.map(|script| script.text(schema) + &script.record(schema)).collect();
    [
        "BEGIN;\n",
        &render(NAMESPACE, schema),
        &search_path(schema),
        &render(LEDGER, schema),
        &scripts,
        &render(supabase, schema),
        "COMMIT;",
    ]
    .concat()
}
