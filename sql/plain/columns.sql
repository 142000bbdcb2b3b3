-- The columns that an event has in its template and values, by the event's JSON. The extension has them
-- in extension/columns.sql.
--
-- Functions of a whole event are in PL/pgSQL: their argument is made once a call, where the planner
-- would write the making of it into every place of a body in SQL.

CREATE OR REPLACE FUNCTION @extschema@._raceway_text_at(event jsonb, VARIADIC path text[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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

-- A query pays for the columns that it names: without those made from the event, it doesn't make
-- the event; without those of frames or traces, it doesn't join them.
CREATE OR REPLACE VIEW @extschema@.events AS
SELECT "timestamp",
       created_at,
       @extschema@._raceway_duration(event, dialect, kind) AS duration_ms,
       trace_id,
       CASE WHEN has_uuid THEN event_key::text
            WHEN dialect = 'flat' THEN @extschema@._raceway_text_at(event, 'event_id')
            ELSE @extschema@._raceway_text_at(event, 'id') END AS event_id,
       CASE WHEN has_parent_uuid THEN parent_key::text
            WHEN parent_key IS NOT NULL THEN @extschema@._raceway_text_at(event, 'parent_id')
            END AS parent_id,
       kind,
       @extschema@._raceway_location(event, dialect, kind) AS location,
       nullif(service_name, '')::varchar(255) AS service_name,
       left(@extschema@._raceway_text_at(event, 'metadata', 'thread_id'), 255) AS thread_id,
       @extschema@._raceway_lock_set(event, dialect) AS lock_set,
       @extschema@._raceway_vector_clock(event, dialect) AS vector_clock,
       @extschema@._raceway_payload(event, dialect, kind) AS metadata,
       event,
       trace_no,
       event_key,
       left(@extschema@._raceway_text(
           @extschema@._raceway_payload(event, dialect, kind) -> 'variable'), 500) AS variable,
       left(@extschema@._raceway_text(
           @extschema@._raceway_payload(event, dialect, kind) -> 'access_type'), 255)
           AS access_type,
       @extschema@._raceway_payload(event, dialect, kind) -> 'old_value' AS old_value,
       @extschema@._raceway_payload(event, dialect, kind) -> 'new_value' AS new_value,
       left(@extschema@._raceway_text_at(event, 'metadata', 'environment'), 255) AS environment,
       left(@extschema@._raceway_text_at(event, 'metadata', 'instance_id'), 255) AS instance_id,
       @extschema@._raceway_process_id(event) AS process_id,
       left(@extschema@._raceway_text_at(event, 'metadata', 'distributed_span_id'), 255)
           AS distributed_span_id,
       left(@extschema@._raceway_text_at(event, 'metadata', 'upstream_span_id'), 255)
           AS upstream_span_id
FROM (
    SELECT stored."timestamp", stored.created_at, trace.trace_id, stored.event_key,
           stored.parent_key, stored.trace_no, frame.kind, frame.dialect, frame.service_name,
           strpos(template, '"%1$s"') > 0 AS has_uuid,
           strpos(template, '"%3$s"') > 0 AS has_parent_uuid,
           @extschema@._raceway_fill(template, event_key, trace.trace_id, parent_key,
                                     stored."timestamp", "values")::jsonb AS event
    FROM @extschema@.stored_events AS stored
    LEFT JOIN @extschema@.frames AS frame USING (frame_id)
    LEFT JOIN @extschema@.traces AS trace USING (trace_no)) AS filled;
