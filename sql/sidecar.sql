-- What the sidecar asks beyond what users do. A proxy (proxy/) answers all of it for many databases.

CREATE OR REPLACE FUNCTION @extschema@._raceway_whole_trace(
    trace_id text, most_events integer, most_bytes integer)
RETURNS TABLE (trace_no bigint, whole text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    -- OFFSET 0 keeps the planner from making its text twice.
    SELECT trace.trace_no, CASE WHEN octet_length(small.whole) <= most_bytes THEN small.whole END
    FROM traces AS trace
    LEFT JOIN LATERAL (
        SELECT _raceway_trace_text(_raceway_whole_trace.trace_id) AS whole
        WHERE trace.event_count <= most_events OFFSET 0) AS small
        ON true
    WHERE trace.trace_id = _raceway_whole_trace.trace_id
$$;
COMMENT ON FUNCTION @extschema@._raceway_whole_trace(text, integer, integer) IS
    'The number of a trace, and raceway_trace() of it as text where it is small';

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_ids(trace_nos bigint[])
RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT trace_id FROM traces WHERE trace_no = ANY (trace_nos) $$;
COMMENT ON FUNCTION @extschema@._raceway_trace_ids(bigint[]) IS 'The ids of traces by their numbers';

-- By two indexes of traces: a trace is numbered when it is written for the first time, whatever its events say
-- of when they happened.
CREATE OR REPLACE FUNCTION @extschema@._raceway_watched(trace_ids text[], newest bigint)
RETURNS TABLE (is_newest boolean, trace_id text, service_name text, services text[],
               event_count bigint, start_time timestamptz, end_time timestamptz,
               created_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    (SELECT true, trace_id::text, service_name::text, services, event_count, start_time, end_time,
            created_at
     FROM traces WHERE event_count > 0 ORDER BY trace_no DESC LIMIT newest)
    UNION ALL
    (SELECT false, trace_id::text, service_name::text, services, event_count, start_time, end_time,
            created_at
     FROM traces WHERE event_count > 0 AND trace_id = ANY (trace_ids))
$$;
COMMENT ON FUNCTION @extschema@._raceway_watched(text[], bigint) IS
    'These traces, and so many that came last';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest()
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT max("timestamp") FROM stored_events $$;
COMMENT ON FUNCTION @extschema@._raceway_newest() IS
    'When the newest event happened, which an index of each day''s events knows';

CREATE OR REPLACE FUNCTION @extschema@._raceway_framed_events(trace_nos bigint[])
RETURNS TABLE (frame_id integer, dialect text, kind text, service_name text, template text,
               trace_no bigint, happened timestamptz, event_key uuid, parent_key uuid, stored text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH event AS MATERIALIZED (SELECT * FROM _raceway_stored_events(trace_nos))
    SELECT frame_id, dialect::text, kind::text, service_name::text, template,
           NULL::bigint, NULL::timestamptz, NULL::uuid, NULL::uuid, NULL::text
    FROM frames WHERE frame_id IN (SELECT frame_id FROM event)
    UNION ALL
    SELECT frame_id, NULL, NULL, NULL, NULL, trace_no, happened, event_key, parent_key, stored
    FROM event
$$;
COMMENT ON FUNCTION @extschema@._raceway_framed_events(bigint[]) IS
    'The frames of these traces'' events, then the events as they are stored, trace by trace';
