-- Events and traces, read.

CREATE OR REPLACE FUNCTION @extschema@._raceway_sent_id(
    template text, dialect text, event_key uuid, "json" text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN strpos(template, '"%1$s"') > 0 THEN event_key::text
            WHEN dialect = 'flat' THEN "json"::jsonb ->> 'event_id'
            ELSE "json"::jsonb ->> 'id' END;
COMMENT ON FUNCTION @extschema@._raceway_sent_id(text, text, uuid, text) IS
    'The id of an event, by which those of one instant are in order; its JSON is read only where the frame does not tell';

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_text(trace_id text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    trace traces;
BEGIN
    SELECT * INTO trace FROM traces WHERE traces.trace_id = _raceway_trace_text.trace_id;
    -- Its bounds name the partitions to read; the plan is made once a session for all of them.
    RETURN '{"trace_id":' || _raceway_escape(trace.trace_id)::text || ',"events":['
        || coalesce((
            SELECT string_agg(json, ',' ORDER BY "timestamp", _raceway_sent_id(
                                  template, dialect, event_key, json) COLLATE "C")
            FROM (SELECT "timestamp", event_key, template, dialect,
                         _raceway_fill(template, event_key, trace.trace_id, parent_key,
                                       "timestamp", "values") AS json
                  FROM stored_events
                  JOIN frames USING (frame_id)
                  WHERE trace_no = trace.trace_no
                    AND "timestamp" BETWEEN trace.start_time AND trace.end_time
                  OFFSET 0) AS event), '')
        || ']}';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_trace_text(text) IS
    'raceway_trace() as text, which takes a third of the time';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace(trace_id text)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT _raceway_trace_text(trace_id)::jsonb
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace(text) IS
    '{"trace_id", "events"} with the events in time order; NULL where there is no such trace';

-- Counted no further than to the limit, so that it takes a millisecond whatever there is.
CREATE OR REPLACE FUNCTION @extschema@._raceway_count_up_to(
    most integer, service text, min_events bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    counted bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM (
                 SELECT FROM traces
                 WHERE event_count >= $3 AND ($2 IS NULL OR services @> ARRAY[$2] COLLATE "C")
                 LIMIT $1) AS first'
        INTO counted USING most, service, min_events;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_count_up_to(integer, text, bigint) IS
    'How many traces have this service and at least so many events, if fewer than most';

CREATE OR REPLACE FUNCTION @extschema@.raceway_traces(
    page_size integer DEFAULT 20,
    before_time timestamptz DEFAULT NULL,
    before_id text DEFAULT NULL,
    skip integer DEFAULT 0,
    service text DEFAULT NULL,
    min_events bigint DEFAULT 1)
RETURNS SETOF @extschema@.traces
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    -- Few traces are found by their service and sorted (OFFSET 0 keeps the planner from anything
    -- else); many are met soon enough on the way through traces_newest_first.
    source text := CASE WHEN service IS NOT NULL AND _raceway_count_up_to(1001, service, 0) <= 1000
        THEN '(SELECT * FROM traces WHERE services @> ARRAY[$5] COLLATE "C" OFFSET 0) AS few'
        ELSE 'traces' END;
BEGIN
    PERFORM _raceway_expect_count('page_size', page_size);
    PERFORM _raceway_expect_count('skip', skip);
    PERFORM _raceway_expect_count('min_events', min_events);
    IF before_time IS NULL AND before_id IS NOT NULL THEN
        RAISE EXCEPTION 'before_id: expected with before_time, both of the last row of a page'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE
        'SELECT *
         FROM ' || source || '
         WHERE event_count >= $6
           AND ($5 IS NULL OR services @> ARRAY[$5] COLLATE "C")
           AND ($2 IS NULL OR (start_time, trace_id) < ($2, $3))
         ORDER BY start_time DESC, trace_id DESC
         OFFSET $4 LIMIT $1'
        USING page_size, before_time, coalesce(before_id, ''), skip, service, min_events;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_traces(integer, timestamptz, text, integer, text, bigint) IS
    'A page of traces, newest first; the next one is before the last row''s start_time and trace_id';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_count(
    service text DEFAULT NULL, min_events bigint DEFAULT 1)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_expect_count('min_events', min_events);
    RETURN CASE WHEN service IS NULL AND min_events = 1
        THEN (SELECT traces FROM _raceway_counts())
        ELSE _raceway_count_up_to(2001, service, min_events) END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace_count(text, bigint) IS
    'How many traces the pages of raceway_traces() hold: of all an estimate where there are many, of filtered ones 2,001 where there are more than 2,000';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_traces(
    since timestamptz, until timestamptz, most_events bigint,
    OUT trace_nos bigint[], OUT trace_ids text[], OUT oldest_start timestamptz,
    OUT omitted_traces bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    trace record;
    events bigint := 0;
BEGIN
    trace_nos := '{}';
    trace_ids := '{}';
    since := coalesce(since, '-infinity');
    until := coalesce(until, 'infinity');
    FOR trace IN
        SELECT trace_no, trace_id, start_time, event_count FROM traces
        WHERE event_count BETWEEN 1 AND most_events AND end_time >= since AND start_time < until
        ORDER BY start_time DESC, trace_id DESC
    LOOP
        events := events + trace.event_count;
        EXIT WHEN events > most_events;
        trace_nos := trace_nos || trace.trace_no;
        trace_ids := trace_ids || trace.trace_id::text;
        oldest_start := trace.start_time;
    END LOOP;
    SELECT count(*) - cardinality(trace_nos) INTO omitted_traces FROM traces
    WHERE event_count > 0 AND end_time >= since AND start_time < until;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_traces(timestamptz, timestamptz, bigint) IS
    'The newest traces with events since one time and before another, with so many events at most in all, and how many others there are; NULL stands for no end';

CREATE OR REPLACE FUNCTION @extschema@._raceway_exported(
    since timestamptz, until timestamptz, service text, trace_id text, ended_since timestamptz)
RETURNS TABLE (trace_no bigint, event_count bigint, start_time timestamptz, listed_id text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT trace_no, event_count, start_time, trace_id::text
    FROM traces
    WHERE event_count > 0
      AND (_raceway_exported.since IS NULL OR start_time >= _raceway_exported.since)
      AND (_raceway_exported.until IS NULL OR start_time < _raceway_exported.until)
      AND (_raceway_exported.service IS NULL
           OR services @> ARRAY[_raceway_exported.service] COLLATE "C")
      AND (_raceway_exported.trace_id IS NULL OR trace_id = _raceway_exported.trace_id)
      AND (ended_since IS NULL OR end_time >= ended_since)
    ORDER BY start_time, traces.trace_id;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_exported(
    timestamptz, timestamptz, text, text, timestamptz) IS
    'raceway_exported_traces() of which the last event is not before a time, with what they are in order by';

CREATE OR REPLACE FUNCTION @extschema@.raceway_exported_traces(
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    service text DEFAULT NULL,
    trace_id text DEFAULT NULL)
RETURNS TABLE (trace_no bigint, event_count bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT trace_no, event_count FROM _raceway_exported(since, until, service, trace_id, NULL)
$$;
COMMENT ON FUNCTION @extschema@.raceway_exported_traces(
    timestamptz, timestamptz, text, text) IS
    'Numbers of the traces that have started since one time and before another, oldest first, for raceway_export()';

CREATE OR REPLACE FUNCTION @extschema@.raceway_export(trace_nos bigint[])
RETURNS SETOF text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY
    SELECT event.json
    FROM unnest(trace_nos) WITH ORDINALITY AS wanted (trace_no, place)
    JOIN traces AS trace USING (trace_no)
    -- For each trace by itself: its bounds name the partitions to read.
    CROSS JOIN LATERAL (
        SELECT "timestamp", event_key, template, dialect,
               _raceway_fill(template, event_key, trace.trace_id, parent_key, "timestamp",
                             "values") AS json
        FROM stored_events
        JOIN frames USING (frame_id)
        WHERE stored_events.trace_no = trace.trace_no
          AND "timestamp" BETWEEN trace.start_time AND trace.end_time
        OFFSET 0) AS event
    ORDER BY place, "timestamp",
             _raceway_sent_id(template, dialect, event_key, event.json) COLLATE "C";
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_export(bigint[]) IS
    'The events of these traces as JSON, trace by trace, each in time order';
