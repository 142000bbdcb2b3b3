-- What raceway_ingest in Rust asks before it writes. Plans must not depend on how large the tables
-- were when a session began.

CREATE OR REPLACE FUNCTION @extschema@._raceway_known_traces(trace_ids text[])
RETURNS TABLE (known_id text, start_time timestamptz, end_time timestamptz, event_count bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT trace.trace_id::text, trace.start_time, trace.end_time, trace.event_count
    FROM traces AS trace
    WHERE trace.trace_id = ANY (trace_ids);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_known_traces(text[]) IS
    'Those of the traces that there are, with their bounds and counts';
REVOKE ALL ON FUNCTION @extschema@._raceway_known_traces(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_stored_places(
    trace_nos bigint[], times timestamptz[], event_keys uuid[])
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT place
    FROM unnest(trace_nos, times, event_keys) WITH ORDINALITY
        AS sent (trace_no, instant, event_key, place)
    WHERE EXISTS (SELECT FROM stored_events AS stored
                  WHERE stored.trace_no = sent.trace_no
                    AND stored."timestamp" = sent.instant
                    AND stored.event_key = sent.event_key);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_stored_places(bigint[], timestamptz[], uuid[]) IS
    'The places, from 1, of those events that are stored already';
REVOKE ALL ON FUNCTION @extschema@._raceway_stored_places(bigint[], timestamptz[], uuid[])
    FROM PUBLIC;
