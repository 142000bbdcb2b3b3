-- raceway_ingest for jsonb; for text it is in Rust.

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch jsonb)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT * FROM raceway_ingest(coalesce(batch, 'null')::text) $$;
