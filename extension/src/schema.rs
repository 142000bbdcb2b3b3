//! The files of `sql/` that both flavours share, in the order in which they are run.
//!
//! All but the tables can be run again: where plain SQL becomes the extension, `sql/move/` puts what
//! is there in place of the tables that are made here, and the rest is declared over it.

use pgrx::{extension_sql, extension_sql_file};

extension_sql_file!("../../sql/move/adopt_functions.sql", name = "adopt_functions", bootstrap);
extension_sql_file!("../../sql/schema.sql", name = "schema", requires = ["adopt_functions"]);
extension_sql_file!("../../sql/acknowledged.sql", name = "acknowledged", requires = ["schema"]);
extension_sql_file!(
    "../../sql/move/adopt_tables.sql",
    name = "tables",
    requires = ["acknowledged"]
);
extension_sql_file!("../../sql/partitions.sql", name = "partitions", requires = ["tables"]);
extension_sql_file!("../../sql/values.sql", name = "values", requires = ["partitions"]);
extension_sql_file!("../../sql/frames.sql", name = "frames", requires = ["values"]);
extension_sql_file!("../../sql/traces.sql", name = "traces", requires = ["frames"]);
extension_sql_file!("../../sql/events.sql", name = "events", requires = ["traces", raceway_fill]);
extension_sql_file!("../../sql/extension/lookup.sql", name = "lookup", requires = ["events"]);
extension_sql_file!("../../sql/stats.sql", name = "stats", requires = ["lookup"]);
extension_sql_file!("../../sql/read.sql", name = "read", requires = ["stats"]);
extension_sql_file!("../../sql/retention.sql", name = "retention", requires = ["read"]);
extension_sql_file!("../../sql/quarantine.sql", name = "quarantine", requires = ["retention"]);
extension_sql_file!("../../sql/move/adopted.sql", name = "adopted", finalize);

// pg_dump writes the rows of an extension's tables only where the extension asks for it. Daily
// partitions are made at run time, belong to no extension, and are dumped whole.
extension_sql!(
    "SELECT pg_catalog.pg_extension_config_dump('@extschema@.traces', '');
     SELECT pg_catalog.pg_extension_config_dump('@extschema@.traces_trace_no_seq', '');
     SELECT pg_catalog.pg_extension_config_dump('@extschema@.frames', '');
     SELECT pg_catalog.pg_extension_config_dump('@extschema@.frames_frame_id_seq', '');
     SELECT pg_catalog.pg_extension_config_dump('@extschema@.events_default', '');
     SELECT pg_catalog.pg_extension_config_dump('@extschema@.raceway_rejected', '');
     SELECT pg_catalog.pg_extension_config_dump(
         '@extschema@.raceway_rejected_rejected_id_seq', '');",
    name = "dump",
    requires = ["tables"]
);
