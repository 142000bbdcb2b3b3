-- Functions in Rust that 0.1.0 declared otherwise, as pgrx declares them now.

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch text)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE c VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS 'MODULE_PATHNAME', 'raceway_ingest_wrapper';

