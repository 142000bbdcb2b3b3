-- What raceway_ingest in Rust asks before it writes. Plans must not depend on how large the tables
-- were when a session began.

CREATE FUNCTION @extschema@.raceway_stored_places(
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
COMMENT ON FUNCTION @extschema@.raceway_stored_places(bigint[], timestamptz[], uuid[]) IS
    'The places, from 1, of those events that are stored already';
REVOKE ALL ON FUNCTION @extschema@.raceway_stored_places(bigint[], timestamptz[], uuid[])
    FROM PUBLIC;
