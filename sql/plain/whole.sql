-- The columns that an event has in its template and values, by the event's JSON: what makes up
-- frame_columns, and the way for frames that have no row there.
--
-- Functions of a whole event are in PL/pgSQL: their argument is made once a call, where the planner
-- would write the making of it into every place of a body in SQL.

CREATE OR REPLACE FUNCTION @extschema@._raceway_text_at(event jsonb, VARIADIC path text[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_text(event #> path);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_text_at(jsonb, text[]) IS
    'The text of a JSON string within an event; NULL for other values';

CREATE OR REPLACE FUNCTION @extschema@._raceway_payload(event jsonb, dialect text, kind text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN event -> 'metadata'
                WHEN jsonb_typeof(event -> 'kind') = 'object'
                THEN event -> 'kind' -> (_raceway_escape(kind) #>> '{}') END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_payload(jsonb, text, text) IS
    'Payload of an event''s kind (SDK dialect), or its metadata (flat dialect)';

CREATE OR REPLACE FUNCTION @extschema@._raceway_duration(event jsonb, dialect text, kind text)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN _raceway_double(event -> 'duration_ms')
                ELSE coalesce(_raceway_double(event #> '{metadata,duration_ns}') / 1e6::float8,
                              _raceway_double(_raceway_payload(event, dialect, kind) -> 'duration_ms'))
                END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_duration(jsonb, text, text) IS
    'Milliseconds that an event took';

CREATE OR REPLACE FUNCTION @extschema@._raceway_location(event jsonb, dialect text, kind text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    place jsonb := CASE WHEN dialect = 'flat' THEN event
                        ELSE _raceway_payload(event, dialect, kind) END;
BEGIN
    RETURN left(CASE
        WHEN dialect = 'flat' OR jsonb_typeof(place -> 'location') = 'string'
        THEN _raceway_text(place -> 'location')
        ELSE _raceway_text(place -> 'file')
             || coalesce(':' || _raceway_whole_number(place -> 'line'), '') END, 500);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_location(jsonb, text, text) IS
    'Where in the source an event happened: its location, else file and line of its payload';

CREATE OR REPLACE FUNCTION @extschema@._raceway_lock_set(event jsonb, dialect text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN jsonb_typeof(event -> 'lock_set') = 'array' THEN event -> 'lock_set'
                WHEN dialect = 'flat'
                     AND jsonb_typeof(event #> '{metadata,lock_set}') = 'array'
                THEN event #> '{metadata,lock_set}' END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_lock_set(jsonb, text) IS 'The locks held, as they were sent';

-- jsonb_object_agg keeps the last of equal keys: the greatest clock.
CREATE OR REPLACE FUNCTION @extschema@._raceway_vector_clock(event jsonb, dialect text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN nullif(event -> 'vector_clock', 'null')
        WHEN jsonb_typeof(event -> 'causality_vector') = 'array' THEN (
            SELECT coalesce(jsonb_object_agg(pair ->> 0, pair -> 1 ORDER BY (pair -> 1)::numeric),
                            '{}')
            FROM jsonb_array_elements(event -> 'causality_vector') AS pair) END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_vector_clock(jsonb, text) IS
    '{component: clock, ...} of an event of either dialect';

CREATE OR REPLACE FUNCTION @extschema@._raceway_process_id(event jsonb)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    process_id numeric := _raceway_whole_number(event #> '{metadata,process_id}');
BEGIN
    RETURN CASE WHEN process_id <= 9223372036854775807 THEN process_id END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_process_id(jsonb) IS
    'The number of the process that recorded an event';
