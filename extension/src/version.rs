//! What is installed.

use pgrx::pg_extern;

#[pg_extern(create_or_replace, immutable, parallel_safe)]
fn raceway_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pg_extern(create_or_replace, immutable, parallel_safe)]
fn raceway_flavour() -> &'static str {
    "extension"
}
