-- Events and traces, read.

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_text(trace_id text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    trace traces;
BEGIN
    SELECT * INTO trace FROM traces WHERE traces.trace_id = raceway_trace_text.trace_id;
    -- Its bounds name the partitions to read; the plan is made once a session for all of them.
    RETURN '{"trace_id":' || raceway_escape(trace.trace_id)::text || ',"events":['
        || coalesce((
            SELECT string_agg(json, ',' ORDER BY "timestamp", event_id COLLATE "C")
            FROM (SELECT "timestamp", json,
                         CASE WHEN strpos(template, '"%1$s"') > 0 THEN event_key::text
                              WHEN dialect = 'flat' THEN json::jsonb ->> 'event_id'
                              ELSE json::jsonb ->> 'id' END AS event_id
                  FROM (SELECT "timestamp", event_key, template, dialect,
                               raceway_fill(template, event_key, trace.trace_id, parent_key,
                                            "timestamp", "values") AS json
                        FROM stored_events
                        JOIN frames USING (frame_id)
                        WHERE trace_no = trace.trace_no
                          AND "timestamp" BETWEEN trace.start_time AND trace.end_time
                        OFFSET 0) AS filled) AS event), '')
        || ']}';
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace_text(text) IS
    'raceway_trace() as text, which takes a third of the time';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace(trace_id text)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT raceway_trace_text(trace_id)::jsonb
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace(text) IS
    '{"trace_id", "events"} with the events in time order; NULL where there is no such trace';

CREATE OR REPLACE FUNCTION @extschema@.raceway_traces(
    page_size integer DEFAULT 20,
    before_time timestamptz DEFAULT NULL,
    before_id text DEFAULT NULL,
    skip integer DEFAULT 0,
    service text DEFAULT NULL,
    min_events bigint DEFAULT 1)
RETURNS SETOF @extschema@.traces
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT *
    FROM traces
    WHERE event_count >= min_events
      AND (service IS NULL OR services @> ARRAY[service] COLLATE "C")
      AND (before_time IS NULL OR (start_time, trace_id) < (before_time, coalesce(before_id, '')))
    ORDER BY start_time DESC, trace_id DESC
    OFFSET skip LIMIT page_size
$$;
COMMENT ON FUNCTION @extschema@.raceway_traces(integer, timestamptz, text, integer, text, bigint) IS
    'A page of traces, newest first; the next one is before the last row''s start_time and trace_id';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_count(
    service text DEFAULT NULL, min_events bigint DEFAULT 1)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT count(*)
    FROM traces
    WHERE event_count >= min_events
      AND (service IS NULL OR services @> ARRAY[service] COLLATE "C")
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace_count(text, bigint) IS
    'How many traces the pages of raceway_traces() with the same filters hold';
