//! The scripts of the plain SQL flavour, as the ledger has them.

use std::fmt::Write;

use raceway_sql::{FUNCTIONS, LEDGER, MIGRATIONS, Script, relations};
use sha2::{Digest, Sha256};

use super::Namespace;

/// The version of the plain SQL in this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What stands for it in scripts.
const VERSION_MARK: &str = "@version@";

/// What stands for the names of our tables and views.
const RELATIONS_MARK: &str = "@relations@";

/// Makes the schema for all of it.
pub(super) const NAMESPACE: &str = include_str!("../../../sql/namespace.sql");

/// Keeps those out whom Supabase lets in.
pub(super) const SUPABASE: &str = include_str!("../../../sql/supabase.sql");

/// The SHA-256 of a script's text, whatever the schema, in hexadecimal digits.
pub(super) fn checksum(script: &Script) -> String {
    let text = script.plain_sql().replace(VERSION_MARK, VERSION);
    Sha256::digest(text).iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("a String takes all");
        digits
    })
}

/// The statement that puts a script into the ledger. Neither name nor checksum has a quote in it.
pub(super) fn record(script: &Script, schema: &str) -> String {
    format!(
        "INSERT INTO {schema}.raceway_migrations (name, checksum) VALUES ('{}', '{}')
         ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = now();\n",
        script.name,
        checksum(script)
    )
}

/// A script for a schema, which is quoted.
pub(crate) fn render(script: &str, schema: &str) -> String {
    let names: Vec<String> = relations().iter().map(|name| format!("'{name}'")).collect();
    script
        .replace("@extschema@", schema)
        .replace(VERSION_MARK, VERSION)
        .replace(RELATIONS_MARK, &names.join(", "))
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
    let scripts: String = scripts
        .map(|script| render(&script.plain_sql(), schema) + &record(script, schema))
        .collect();
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
