-- Events and traces of all databases, read. What is about one trace is asked of the one that has it; of a list,
-- each database makes the same page, and the pages are merged.

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace(trace_id text)
RETURNS jsonb
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace(text) IS
    '{"trace_id", "events"} with the events in time order; NULL where there is no such trace';

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_text(trace_id text)
RETURNS text
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
$$;
COMMENT ON FUNCTION @extschema@._raceway_trace_text(text) IS 'raceway_trace() as text';

CREATE OR REPLACE FUNCTION @extschema@._raceway_whole_trace(
    trace_id text, most_events integer, most_bytes integer)
RETURNS TABLE (trace_no bigint, whole text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
$$;
COMMENT ON FUNCTION @extschema@._raceway_whole_trace(text, integer, integer) IS
    'The number of a trace, and raceway_trace() of it as text where it is small';

CREATE OR REPLACE FUNCTION @extschema@._raceway_window_text(
    trace_id text, since timestamptz, until timestamptz, most_events integer, most_bytes integer)
RETURNS text
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
$$;
COMMENT ON FUNCTION @extschema@._raceway_window_text(
    text, timestamptz, timestamptz, integer, integer) IS
    'The events of a trace from one time to another, both included, as JSON in time order; NULL where they are more, or their values take more bytes';

CREATE OR REPLACE FUNCTION @extschema@._raceway_density(
    trace_id text, since timestamptz, until timestamptz, bucket interval)
RETURNS TABLE (service_name text, place integer, event_count bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
$$;
COMMENT ON FUNCTION @extschema@._raceway_density(text, timestamptz, timestamptz, interval) IS
    'How many events of each service a trace has in each part of a time, both ends included; parts are counted from 0';

CREATE OR REPLACE FUNCTION @extschema@._raceway_all_traces()
RETURNS TABLE (trace_no bigint, start_time timestamptz, end_time timestamptz, event_count bigint,
               created_at timestamptz, name_rank bigint, trace_id text, service_name text,
               services text[])
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT t.trace_no, t.start_time, t.end_time, t.event_count, t.created_at, t.name_rank,
           t.trace_id, t.service_name, t.services
    FROM @extschema@.traces AS t;
$$;
COMMENT ON FUNCTION @extschema@._raceway_all_traces() IS 'The traces of all databases';

-- For people: all rows come here before a condition is looked at. raceway_traces() takes what a page needs.
CREATE OR REPLACE VIEW @extschema@.traces AS
SELECT trace_no, start_time, end_time, event_count, created_at, name_rank,
       trace_id::varchar(255) COLLATE "C" AS trace_id,
       service_name::varchar(255) COLLATE "C" AS service_name,
       services COLLATE "C" AS services
FROM @extschema@._raceway_all_traces();
COMMENT ON VIEW @extschema@.traces IS 'One row a trace, of all databases; each query reads all of them';

CREATE OR REPLACE FUNCTION @extschema@._raceway_pages_of_traces(
    page_size integer, before_time timestamptz, before_id text, skip integer, service text,
    min_events bigint)
RETURNS TABLE (trace_no bigint, start_time timestamptz, end_time timestamptz, event_count bigint,
               created_at timestamptz, name_rank bigint, trace_id text, service_name text,
               services text[])
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_traces;
$$;
COMMENT ON FUNCTION @extschema@._raceway_pages_of_traces(
    integer, timestamptz, text, integer, text, bigint) IS 'raceway_traces() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_traces(
    page_size integer DEFAULT 20,
    before_time timestamptz DEFAULT NULL,
    before_id text DEFAULT NULL,
    skip integer DEFAULT 0,
    service text DEFAULT NULL,
    min_events bigint DEFAULT 1)
RETURNS SETOF @extschema@.traces
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_expect_count('page_size', page_size);
    PERFORM _raceway_expect_count('skip', skip);
    RETURN QUERY
    SELECT trace.trace_no, trace.start_time, trace.end_time, trace.event_count, trace.created_at,
           trace.name_rank, trace.trace_id::varchar(255), trace.service_name::varchar(255),
           trace.services
    -- Any of them may have all of the rows.
    FROM _raceway_pages_of_traces(
             least(page_size + skip::bigint, 2147483647)::integer, before_time, before_id, 0, service,
             min_events) AS trace
    ORDER BY trace.start_time DESC, trace.trace_id COLLATE "C" DESC
    OFFSET skip LIMIT page_size;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_traces(integer, timestamptz, text, integer, text, bigint) IS
    'A page of traces, newest first; the next one is before the last row''s start_time and trace_id';

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_counts(service text, min_events bigint)
RETURNS SETOF bigint
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_trace_count;
$$;
COMMENT ON FUNCTION @extschema@._raceway_trace_counts(text, bigint) IS
    'raceway_trace_count() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_count(
    service text DEFAULT NULL, min_events bigint DEFAULT 1)
RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE WHEN service IS NULL AND min_events = 1 THEN sum(counted)
                ELSE least(sum(counted), 2001) END::bigint
    FROM _raceway_trace_counts(service, min_events) AS counted
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace_count(text, bigint) IS
    'How many traces the pages of raceway_traces() hold: of all an estimate where there are many, of filtered ones 2,001 where there are more than 2,000';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_of_each(
    since timestamptz, until timestamptz, most_events bigint)
RETURNS TABLE (trace_no bigint, trace_id text, start_time timestamptz, event_count bigint,
               omitted bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT t.trace_no, t.trace_id, t.start_time, t.event_count, n.omitted_traces AS omitted
    FROM @extschema@._raceway_newest_traces(since, until, most_events) AS n
    LEFT JOIN @extschema@.traces AS t ON t.trace_no = ANY (n.trace_nos);
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_of_each(timestamptz, timestamptz, bigint) IS
    '_raceway_newest_traces() of each database: a row a trace, or one that only says how many are omitted';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_traces(
    since timestamptz, until timestamptz, most_events bigint,
    OUT trace_nos bigint[], OUT trace_ids text[], OUT oldest_start timestamptz,
    OUT omitted_traces bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH listed AS MATERIALIZED (
        SELECT *, sum(event_count) OVER (ORDER BY start_time DESC, trace_id COLLATE "C" DESC)
                      AS events
        FROM _raceway_newest_of_each(since, until, most_events)),
    omitted AS (
        SELECT sum(omitted) AS by_them
        FROM (SELECT DISTINCT coalesce(trace_no >> 48, -row_number() OVER ()), omitted
              FROM listed) AS each)
    SELECT coalesce(array_agg(trace_no ORDER BY start_time DESC, trace_id COLLATE "C" DESC)
                        FILTER (WHERE is_within), '{}'),
           coalesce(array_agg(trace_id ORDER BY start_time DESC, trace_id COLLATE "C" DESC)
                        FILTER (WHERE is_within), '{}'),
           min(start_time) FILTER (WHERE is_within),
           (coalesce((SELECT by_them FROM omitted), 0)
            + count(*) FILTER (WHERE NOT is_within))::bigint
    FROM (SELECT *, events <= most_events AS is_within FROM listed WHERE trace_no IS NOT NULL) AS trace
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_traces(timestamptz, timestamptz, bigint) IS
    'The newest traces with events since one time and before another, with so many events at most in all, and how many others there are; NULL stands for no end';

CREATE OR REPLACE FUNCTION @extschema@._raceway_exported_of_each(
    since timestamptz, until timestamptz, service text, trace_id text, ended_since timestamptz)
RETURNS TABLE (trace_no bigint, event_count bigint, start_time timestamptz, listed_id text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_exported;
$$;
COMMENT ON FUNCTION @extschema@._raceway_exported_of_each(
    timestamptz, timestamptz, text, text, timestamptz) IS '_raceway_exported() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_exported(
    since timestamptz, until timestamptz, service text, trace_id text, ended_since timestamptz)
RETURNS TABLE (trace_no bigint, event_count bigint, start_time timestamptz, listed_id text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT * FROM _raceway_exported_of_each(since, until, service, trace_id, ended_since)
    ORDER BY start_time, listed_id COLLATE "C"
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
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT trace_no, event_count FROM _raceway_exported(since, until, service, trace_id, NULL)
$$;
COMMENT ON FUNCTION @extschema@.raceway_exported_traces(
    timestamptz, timestamptz, text, text) IS
    'Numbers of the traces that have started since one time and before another, oldest first, for raceway_export()';

-- Each trace by itself, as its place among those of other databases is known here only.
CREATE OR REPLACE FUNCTION @extschema@._raceway_export_of_each(
    trace_nos bigint[], places bigint[], trace_buckets integer[])
RETURNS TABLE (place bigint, nth bigint, event text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    SPLIT trace_nos, places, trace_buckets;
    RUN ON trace_buckets;
    SELECT w.place, e.nth, e.event
    FROM unnest(trace_nos, places) AS w (no, place)
    CROSS JOIN LATERAL @extschema@.raceway_export(ARRAY[w.no]) WITH ORDINALITY AS e (event, nth);
$$;
COMMENT ON FUNCTION @extschema@._raceway_export_of_each(bigint[], bigint[], integer[]) IS
    'The events of these traces, with the place of the trace and theirs within it';

CREATE OR REPLACE FUNCTION @extschema@.raceway_export(trace_nos bigint[])
RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT event
    FROM _raceway_export_of_each(
             trace_nos, ARRAY(SELECT generate_series(1, cardinality(trace_nos))::bigint),
             ARRAY(SELECT _raceway_bucket_of(trace_no)
                   FROM unnest(trace_nos) WITH ORDINALITY AS listed (trace_no, place) ORDER BY place))
    ORDER BY place, nth
$$;
COMMENT ON FUNCTION @extschema@.raceway_export(bigint[]) IS
    'The events of these traces as JSON, trace by trace, each in time order';

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_ids(trace_nos bigint[])
RETURNS SETOF text
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
$$;
COMMENT ON FUNCTION @extschema@._raceway_trace_ids(bigint[]) IS 'The ids of traces by their numbers';

CREATE OR REPLACE FUNCTION @extschema@._raceway_watched_of_each(trace_ids text[], newest bigint)
RETURNS TABLE (is_newest boolean, trace_id text, service_name text, services text[],
               event_count bigint, start_time timestamptz, end_time timestamptz,
               created_at timestamptz)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_watched;
$$;
COMMENT ON FUNCTION @extschema@._raceway_watched_of_each(text[], bigint) IS
    '_raceway_watched() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_watched(trace_ids text[], newest bigint)
RETURNS TABLE (is_newest boolean, trace_id text, service_name text, services text[],
               event_count bigint, start_time timestamptz, end_time timestamptz,
               created_at timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH found AS MATERIALIZED (SELECT * FROM _raceway_watched_of_each(trace_ids, newest))
    (SELECT * FROM found WHERE is_newest ORDER BY created_at DESC LIMIT newest)
    UNION ALL
    (SELECT * FROM found WHERE NOT is_newest)
$$;
COMMENT ON FUNCTION @extschema@._raceway_watched(text[], bigint) IS
    'These traces, and so many that came last';
