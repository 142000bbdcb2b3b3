//! The files of `sql/`, after the functions in Rust, which need none of it.
//!
//! All but the tables can be run again: where plain SQL becomes the extension, `sql/move/` puts what
//! is there in place of the tables that are made here, and the rest is declared over it.

use pgrx::extension_sql_file;

extension_sql_file!("../../sql/move/adopt_functions.sql", name = "adopt_functions", bootstrap);
// build.rs makes it.
extension_sql_file!("../sql/install.sql", name = "install", finalize);
