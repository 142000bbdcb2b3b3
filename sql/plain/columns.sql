-- The columns that an event has in its template and values. The extension has them in
-- extension/columns.sql.
--
-- Over 200,000 events (loadgen's), groups of variable take 0.2 s where making each whole event first took 2.2 s;
-- a condition on it 0.2 instead of 6, percentiles of duration_ms 1 instead of 22, a condition on
-- metadata 0.9 instead of 4.
--
-- They are read from the values, by what frame_columns says of the frame. What nearly all rows need is
-- in SQL-standard form, and so written into the query: cutting a value out of the others anew for each
-- thing that is asked of it takes less time than a call that would be given it once.
--
-- Calls that hardly any row needs have COST 1: the planner adds up all branches of CASE, and compiled a query
-- of 75,000 rows for 0.2 s (the top 10 of location takes half the time without).

CREATE OR REPLACE FUNCTION @extschema@._raceway_json_text(value text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_text(value::jsonb);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_json_text(text) IS '_raceway_text() of JSON';

CREATE OR REPLACE FUNCTION @extschema@._raceway_json_double(value text)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_double(value::jsonb);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_json_double(text) IS '_raceway_double() of JSON';

CREATE OR REPLACE FUNCTION @extschema@._raceway_json_whole_number(value text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_whole_number(value::jsonb)::text;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_json_whole_number(text) IS
    '_raceway_whole_number() of JSON';

-- A string without a backslash is what is between its quotes.
CREATE OR REPLACE FUNCTION @extschema@._raceway_text_of("values" text, place integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ascii(split_part("values", E'\x1f', place)) <> 34 THEN NULL
            -- None in any of them, mostly.
            WHEN strpos("values", E'\\') = 0
                 OR strpos(split_part("values", E'\x1f', place), E'\\') = 0
            THEN split_part(split_part("values", E'\x1f', place), '"', 2)
            ELSE @extschema@._raceway_json_text(split_part("values", E'\x1f', place)) END;
COMMENT ON FUNCTION @extschema@._raceway_text_of(text, integer) IS
    'The text of one of an event''s values; NULL where it is no string';

-- So short a number without an exponent can't be out of range.
CREATE OR REPLACE FUNCTION @extschema@._raceway_double_of("values" text, place integer)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(split_part("values", E'\x1f', place)) BETWEEN 1 AND 20
                 AND split_part("values", E'\x1f', place) COLLATE "C" !~ '[^0-9.]'
            THEN split_part("values", E'\x1f', place)::double precision
            ELSE @extschema@._raceway_json_double(split_part("values", E'\x1f', place)) END;
COMMENT ON FUNCTION @extschema@._raceway_double_of(text, integer) IS
    'One of an event''s values as double precision; NULL where it is no number';

CREATE OR REPLACE FUNCTION @extschema@._raceway_whole_number_of("values" text, place integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(split_part("values", E'\x1f', place)) BETWEEN 1 AND 19
                 AND split_part("values", E'\x1f', place) COLLATE "C" !~ '[^0-9]'
            THEN split_part("values", E'\x1f', place)
            ELSE @extschema@._raceway_json_whole_number(split_part("values", E'\x1f', place)) END;
COMMENT ON FUNCTION @extschema@._raceway_whole_number_of(text, integer) IS
    'One of an event''s values, which is a whole number; NULL where it is not';

CREATE OR REPLACE FUNCTION @extschema@._raceway_part_of("values" text, form text)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(form, VARIADIC string_to_array("values", E'\x1f'))::jsonb;
COMMENT ON FUNCTION @extschema@._raceway_part_of(text, text) IS
    'Part of an event by its format string over the values';

CREATE OR REPLACE FUNCTION @extschema@._raceway_greatest_of(event_values text, form text)
RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN (SELECT jsonb_object_agg(key, value::text::jsonb ORDER BY value::text::numeric)
            FROM json_each(format(form, VARIADIC string_to_array(event_values, E'\x1f'))::json));
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_greatest_of(text, text) IS
    'A clock by its format string over the values: of two of one component the greatest';

CREATE OR REPLACE FUNCTION @extschema@._raceway_shown(template text, "values" text)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(template, VARIADIC ARRAY['', '""', '', '']
                                 || string_to_array("values", E'\x1f'))::jsonb;
COMMENT ON FUNCTION @extschema@._raceway_shown(text, text) IS
    'An event without what columns of its row give back';

-- A query pays for the columns that it names: what it does not need of frames, frame_columns and traces it
-- does not join. "values" has COLLATE "C", columns of text have that of the database.
CREATE OR REPLACE VIEW @extschema@.events AS
SELECT stored."timestamp",
       stored.created_at,
       CASE WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_duration(@extschema@._raceway_shown(template, "values"), dialect, kind)
            ELSE coalesce(@extschema@._raceway_double_of("values", at.duration_ns_at) / 1e6::float8,
                          @extschema@._raceway_double_of("values", at.duration_ms_at)) END
           AS duration_ms,
       trace.trace_id,
       CASE WHEN at.event_id_at IS NOT NULL THEN @extschema@._raceway_text_of("values", at.event_id_at)
            WHEN at.frame_id IS NOT NULL OR strpos(template, '"%1$s"') > 0 THEN event_key::text
            ELSE @extschema@._raceway_text_at(
                @extschema@._raceway_shown(template, "values"),
                CASE WHEN dialect = 'flat' THEN 'event_id' ELSE 'id' END) END COLLATE "default"
           AS event_id,
       CASE WHEN parent_key IS NULL THEN NULL
            WHEN at.parent_id_at IS NOT NULL THEN @extschema@._raceway_text_of("values", at.parent_id_at)
            WHEN at.frame_id IS NOT NULL OR strpos(template, '"%3$s"') > 0 THEN parent_key::text
            ELSE @extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                              'parent_id') END COLLATE "default"
           AS parent_id,
       frame.kind,
       CASE WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_location(@extschema@._raceway_shown(template, "values"), dialect, kind)
            ELSE left(coalesce(
                @extschema@._raceway_text_of("values", at.location_at),
                @extschema@._raceway_text_of("values", at.file_at)
                || coalesce(':' || @extschema@._raceway_whole_number_of("values", at.line_at), '')), 500) END
           COLLATE "default" AS location,
       nullif(frame.service_name, '')::varchar(255) AS service_name,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                                'metadata', 'thread_id'), 255)
            ELSE left(@extschema@._raceway_text_of("values", at.thread_id_at), 255) END COLLATE "default"
           AS thread_id,
       CASE WHEN at.lock_set_at IS NOT NULL
            THEN CASE WHEN ascii(split_part("values", E'\x1f', at.lock_set_at)) = 91
                      THEN split_part("values", E'\x1f', at.lock_set_at)::jsonb END
            WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_lock_set(@extschema@._raceway_shown(template, "values"), dialect)
            ELSE at.lock_set END AS lock_set,
       CASE WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_vector_clock(
                @extschema@._raceway_shown(template, "values"), dialect)
            WHEN at.components IS NULL
            THEN nullif(@extschema@._raceway_part_of("values", at.vector_clock), 'null')
            ELSE (SELECT CASE
                      WHEN jsonb_array_length(jsonb_path_query_array(clock, '$.*')) = at.components
                      THEN clock
                      ELSE @extschema@._raceway_greatest_of("values", at.vector_clock) END
                  FROM (SELECT @extschema@._raceway_part_of("values", at.vector_clock) AS clock
                        OFFSET 0) AS part) END
           AS vector_clock,
       CASE WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_payload(
               @extschema@._raceway_shown(template, "values"), dialect, kind)
            ELSE @extschema@._raceway_part_of("values", at.metadata) END AS metadata,
       @extschema@._raceway_fill(template, event_key, trace.trace_id, parent_key,
                                 stored."timestamp", "values")::jsonb AS event,
       trace_no,
       event_key,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text(@extschema@._raceway_payload(
               @extschema@._raceway_shown(template, "values"), dialect, kind) -> 'variable'), 500)
            ELSE left(@extschema@._raceway_text_of("values", at.variable_at), 500) END COLLATE "default"
           AS variable,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text(@extschema@._raceway_payload(
               @extschema@._raceway_shown(template, "values"), dialect, kind) -> 'access_type'), 255)
            ELSE left(@extschema@._raceway_text_of("values", at.access_type_at), 255) END COLLATE "default"
           AS access_type,
       CASE WHEN at.old_value_at IS NOT NULL
            THEN split_part("values", E'\x1f', at.old_value_at)::jsonb
            WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_payload(
               @extschema@._raceway_shown(template, "values"), dialect, kind) -> 'old_value'
            ELSE at.old_value END AS old_value,
       CASE WHEN at.new_value_at IS NOT NULL
            THEN split_part("values", E'\x1f', at.new_value_at)::jsonb
            WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_payload(
               @extschema@._raceway_shown(template, "values"), dialect, kind) -> 'new_value'
            ELSE at.new_value END AS new_value,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                                'metadata', 'environment'), 255)
            ELSE at.environment END COLLATE "default"
           AS environment,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                                'metadata', 'instance_id'), 255)
            ELSE at.instance_id END COLLATE "default"
           AS instance_id,
       CASE WHEN at.frame_id IS NULL
            THEN @extschema@._raceway_process_id(@extschema@._raceway_shown(template, "values"))
            ELSE at.process_id END
           AS process_id,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                                'metadata', 'distributed_span_id'), 255)
            ELSE left(@extschema@._raceway_text_of("values", at.distributed_span_id_at), 255) END
           COLLATE "default" AS distributed_span_id,
       CASE WHEN at.frame_id IS NULL
            THEN left(@extschema@._raceway_text_at(@extschema@._raceway_shown(template, "values"),
                                                'metadata', 'upstream_span_id'), 255)
            ELSE left(@extschema@._raceway_text_of("values", at.upstream_span_id_at), 255) END
           COLLATE "default" AS upstream_span_id
FROM @extschema@.stored_events AS stored
LEFT JOIN @extschema@.frames AS frame USING (frame_id)
LEFT JOIN @extschema@.frame_columns AS at USING (frame_id)
LEFT JOIN @extschema@.traces AS trace USING (trace_no);
