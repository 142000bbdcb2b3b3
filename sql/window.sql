-- Part of a trace, read: of one that is too long to be held, whoever looks at it holds a window.

CREATE OR REPLACE FUNCTION @extschema@._raceway_window_text(
    trace_id text, since timestamptz, until timestamptz, most_events integer, most_bytes integer)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint;
    events bigint;
    bytes bigint;
BEGIN
    SELECT trace_no INTO wanted FROM traces WHERE traces.trace_id = _raceway_window_text.trace_id;
    -- Before anything is put together.
    SELECT count(*), sum(octet_length("values")) INTO events, bytes
    FROM (SELECT "values" FROM stored_events
          WHERE trace_no = wanted AND "timestamp" BETWEEN since AND until
          LIMIT most_events + 1) AS stored;
    IF events > most_events OR bytes > most_bytes THEN
        RETURN NULL;
    END IF;
    RETURN '[' || coalesce((
        SELECT string_agg(json, ',' ORDER BY "timestamp", _raceway_sent_id(
                              template, dialect, event_key, json) COLLATE "C")
        FROM (SELECT "timestamp", event_key, template, dialect,
                     _raceway_fill(template, event_key, _raceway_window_text.trace_id, parent_key,
                                   "timestamp", "values") AS json
              FROM stored_events
              JOIN frames USING (frame_id)
              WHERE trace_no = wanted AND "timestamp" BETWEEN since AND until
              OFFSET 0) AS event), '') || ']';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_window_text(
    text, timestamptz, timestamptz, integer, integer) IS
    'The events of a trace from one time to another, both included, as JSON in time order; NULL where they are more, or their values take more bytes';

-- Services are those of frames, so of each event only its time and its frame are looked at.
CREATE OR REPLACE FUNCTION @extschema@._raceway_density(
    trace_id text, since timestamptz, until timestamptz, bucket interval)
RETURNS TABLE (service_name text, place integer, event_count bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    wanted bigint;
BEGIN
    SELECT trace_no INTO wanted FROM traces WHERE traces.trace_id = _raceway_density.trace_id;
    RETURN QUERY
    SELECT frame.service_name::text,
           round(extract(epoch FROM counted.start - since)
                 / extract(epoch FROM bucket))::integer,
           sum(counted.events)::bigint
    FROM (SELECT frame_id, date_bin(bucket, "timestamp", since) AS start, count(*) AS events
          FROM stored_events
          WHERE trace_no = wanted AND "timestamp" BETWEEN since AND until
          GROUP BY 1, 2) AS counted
    JOIN frames AS frame USING (frame_id)
    GROUP BY frame.service_name, counted.start
    ORDER BY 1, 2;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_density(text, timestamptz, timestamptz, interval) IS
    'How many events of each service a trace has in each part of a time, both ends included; parts are counted from 0';
