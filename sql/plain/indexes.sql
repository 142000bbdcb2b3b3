-- Which indexes there can be in plain SQL: on what stored_events has. The other columns of events are made
-- of a join, which no index can be on.

CREATE OR REPLACE FUNCTION @extschema@._raceway_can_index(keys text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT keys <@ '{timestamp,created_at,trace_no,event_key}'
$$;
COMMENT ON FUNCTION @extschema@._raceway_can_index(text[]) IS
    'Whether events can have an index on these';

CREATE OR REPLACE FUNCTION @extschema@._raceway_may_be_null(key text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN false;
COMMENT ON FUNCTION @extschema@._raceway_may_be_null(text) IS
    'Whether a column of events, or an expression, may be NULL';

CREATE OR REPLACE FUNCTION @extschema@._raceway_index_key(key text)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF NOT _raceway_can_index(ARRAY[key]) THEN
        RAISE EXCEPTION 'expected timestamp, created_at, trace_no or event_key: %', key
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'With the extension, every column of events can have an index.';
    END IF;
    RETURN quote_ident(key);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_key(text) IS
    'A column of events as one of stored_events';
REVOKE ALL ON FUNCTION @extschema@._raceway_index_key(text) FROM PUBLIC;
