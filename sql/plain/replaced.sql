-- Functions of 0.1.0 that are gone, or can't be replaced as they are.

DROP FUNCTION IF EXISTS @extschema@.raceway_ingest_elements(jsonb[]);
DROP FUNCTION IF EXISTS @extschema@.raceway_elements(jsonb);
DROP FUNCTION IF EXISTS @extschema@.raceway_reports(integer[], bigint[], text[], text[], bigint[]);
DROP FUNCTION IF EXISTS @extschema@.raceway_decode_batch(jsonb[]);
DROP FUNCTION IF EXISTS @extschema@.raceway_decode_events(jsonb[], boolean);
DROP FUNCTION IF EXISTS @extschema@.raceway_decode_event(jsonb, boolean);
DROP FUNCTION IF EXISTS @extschema@.raceway_refusal(
    jsonb, boolean, text, text, text, timestamptz, boolean);
