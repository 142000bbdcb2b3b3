-- Events and traces, read.

CREATE OR REPLACE FUNCTION @extschema@.raceway_escape(value text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_jsonb(replace(value, E'\x10', E'\x10\x10'));
COMMENT ON FUNCTION @extschema@.raceway_escape(text) IS
    'The text as a JSON string, in which U+0010 is doubled';

CREATE OR REPLACE FUNCTION @extschema@.raceway_utc(instant timestamptz)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION @extschema@.raceway_utc(timestamptz) IS 'RFC 3339 in UTC, with microseconds';

CREATE OR REPLACE FUNCTION @extschema@.raceway_sdk_json(event @extschema@.events)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL)
           || coalesce(event.extra - 'metadata', '{}')
    FROM (VALUES
        ('id', raceway_escape(event.event_id)),
        ('trace_id', raceway_escape(event.trace_id)),
        ('parent_id', raceway_escape(event.parent_id)),
        ('timestamp', to_jsonb(raceway_utc(event."timestamp"))),
        ('kind', CASE WHEN event.metadata IS NOT NULL
            THEN jsonb_build_object(raceway_escape(event.kind) #>> '{}', event.metadata) END),
        ('causality_vector', CASE WHEN event.vector_clock IS NOT NULL
            THEN (SELECT coalesce(jsonb_agg(jsonb_build_array(key, value)), '[]')
                  FROM jsonb_each(event.vector_clock)) END),
        ('lock_set', event.lock_set),
        ('metadata', CASE WHEN jsonb_typeof(event.extra -> 'metadata') = 'object'
            THEN (SELECT coalesce(jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL), '{}')
                  FROM (VALUES ('service_name', raceway_escape(event.service_name)),
                               ('thread_id', raceway_escape(event.thread_id))) AS named (name, value))
                 || (event.extra -> 'metadata')
            ELSE event.extra -> 'metadata' END)
    ) AS fields (name, value)
$$;
COMMENT ON FUNCTION @extschema@.raceway_sdk_json(@extschema@.events) IS
    'The event in the SDK dialect: what its columns hold, with extra laid over it';

-- An event written with SQL is read in this dialect; what its columns say of service, thread and
-- locks then joins its metadata. In events that came in so, metadata has them already.
CREATE OR REPLACE FUNCTION @extschema@.raceway_flat_json(event @extschema@.events)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL)
           || coalesce(event.extra, '{}')
    FROM (SELECT coalesce(jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL), '{}')
                 AS named_in_columns
          FROM (VALUES ('service_name', raceway_escape(event.service_name)),
                       ('thread_id', raceway_escape(event.thread_id)),
                       ('lock_set', CASE WHEN event.extra ? 'lock_set' THEN NULL
                                         ELSE event.lock_set END)) AS named (name, value)) AS named
    CROSS JOIN LATERAL (VALUES
        ('event_id', raceway_escape(event.event_id)),
        ('trace_id', raceway_escape(event.trace_id)),
        ('parent_id', raceway_escape(event.parent_id)),
        ('kind', raceway_escape(event.kind)),
        ('timestamp', to_jsonb(raceway_utc(event."timestamp"))),
        ('duration_ms', to_jsonb(event.duration_ms)),
        ('location', raceway_escape(event.location)),
        ('vector_clock', event.vector_clock),
        ('metadata', CASE
            WHEN event.metadata IS NULL THEN nullif(named_in_columns, '{}')
            WHEN jsonb_typeof(event.metadata) = 'object' THEN named_in_columns || event.metadata
            ELSE event.metadata END)
    ) AS fields (name, value)
$$;
COMMENT ON FUNCTION @extschema@.raceway_flat_json(@extschema@.events) IS
    'The event in the flat dialect: what its columns hold, with extra laid over it';

CREATE OR REPLACE FUNCTION @extschema@.raceway_event_json(event @extschema@.events)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE event.dialect WHEN 'sdk' THEN raceway_sdk_json(event)
                              ELSE raceway_flat_json(event) END
$$;
COMMENT ON FUNCTION @extschema@.raceway_event_json(@extschema@.events) IS
    'The event in the dialect it came in';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace(trace_id text)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT jsonb_build_object(
        'trace_id', raceway_escape(trace.trace_id),
        'events', coalesce((
            SELECT jsonb_agg(raceway_event_json(event) ORDER BY event."timestamp", event.event_id)
            FROM events AS event
            WHERE event.trace_id = trace.trace_id
              AND event."timestamp" BETWEEN trace.start_time AND trace.end_time), '[]'))
    FROM traces AS trace
    WHERE trace.trace_id = raceway_trace.trace_id
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
