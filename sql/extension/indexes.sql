-- Which indexes there can be in the extension: on any column of events but trace_id and event, and on
-- expressions of them.

CREATE OR REPLACE FUNCTION @extschema@._raceway_can_index(keys text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN true;
COMMENT ON FUNCTION @extschema@._raceway_can_index(text[]) IS
    'Whether events can have an index on these';

CREATE OR REPLACE FUNCTION @extschema@._raceway_may_be_null(key text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT key <> ALL ('{timestamp,created_at,trace_no,event_key,event_id,kind}')
$$;
COMMENT ON FUNCTION @extschema@._raceway_may_be_null(text) IS
    'Whether a column of events, or an expression, may be NULL';

-- What the planner makes of it: the view's columns written out, with the schema of each function.
CREATE OR REPLACE FUNCTION @extschema@._raceway_index_key(key text)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sent text := CASE WHEN EXISTS (SELECT FROM pg_attribute
                                   WHERE attrelid = '@extschema@.events'::regclass AND attname = key)
                      THEN quote_ident(key) ELSE key END;
    plan jsonb;
    scan jsonb;
    written text;
    collated text;
BEGIN
    EXECUTE format('EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT %s FROM @extschema@.events',
                   sent) INTO plan;
    EXECUTE format('SELECT CASE WHEN typcollation <> 0 THEN pg_collation_for(key) END
                    FROM (SELECT) AS one
                    LEFT JOIN (SELECT %s AS key FROM @extschema@.events LIMIT 0) AS none ON true
                    JOIN pg_type ON pg_type.oid = pg_typeof(key)', sent) INTO collated;
    scan := jsonb_path_query_first(plan, '$.** ? (exists(@."Relation Name"))');
    IF jsonb_path_exists(plan, '$.** ? (@."Relation Name" == "traces")')
       OR jsonb_array_length(scan -> 'Output') <> 1 THEN
        RAISE EXCEPTION 'expected an expression of one value, and not of trace_id or event: %', key
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Events are found by trace_id without another index.';
    END IF;
    written := regexp_replace(scan -> 'Output' ->> 0, '\m' || (scan ->> 'Alias') || '\.', '', 'g');
    RETURN format('(%s)', written) || coalesce(' COLLATE ' || collated, '');
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_key(text) IS
    'A column of events, or an expression of them, as one of stored_events';
REVOKE ALL ON FUNCTION @extschema@._raceway_index_key(text) FROM PUBLIC;
