-- pg_dump writes the rows of an extension's tables only where the extension asks for it. Daily
-- partitions are made at run time, belong to no extension, and are dumped whole.

SELECT pg_catalog.pg_extension_config_dump('@extschema@.traces', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.traces_trace_no_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.frames', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.frames_frame_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.events_default', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.raceway_rejected', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.raceway_rejected_rejected_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.raceway_indexes', '');
