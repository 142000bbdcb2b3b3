//! What is installed.

use pgrx::{extension_sql_file, pg_extern};

#[pg_extern(create_or_replace, immutable, parallel_safe)]
fn raceway_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pg_extern(create_or_replace, immutable, parallel_safe)]
fn raceway_flavour() -> &'static str {
    "extension"
}

extension_sql_file!(
    "../../sql/version.sql",
    name = "version",
    requires = [raceway_version, raceway_flavour]
);
