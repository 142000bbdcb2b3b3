-- What both flavours say of raceway_ingest, and who may call it: nobody who is not granted it.

COMMENT ON FUNCTION @extschema@.raceway_ingest(jsonb) IS
    'Stores the valid events of a batch (an event, an array, {"events": [...]}); names the others';
REVOKE ALL ON FUNCTION @extschema@.raceway_ingest(jsonb) FROM PUBLIC;

COMMENT ON FUNCTION @extschema@.raceway_ingest(text) IS
    'The same for JSON as text, which may hold U+0000, and for newline-delimited JSON';
REVOKE ALL ON FUNCTION @extschema@.raceway_ingest(text) FROM PUBLIC;

COMMENT ON FUNCTION @extschema@.raceway_ingest_batches(text[]) IS
    'Many batches in one transaction, a row for each in their order; refusal says why one holds no events';
REVOKE ALL ON FUNCTION @extschema@.raceway_ingest_batches(text[]) FROM PUBLIC;
