-- The one way by which ingest writes, whoever has decoded the events.

CREATE OR REPLACE FUNCTION @extschema@.raceway_store(new_events @extschema@.events[])
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    days date[];
    leaves regclass[];
    leaf regclass;
    inserted integer;
    stored integer := 0;
BEGIN
    -- Everybody locks partitions first, then trace rows by id, then writes events: sessions that
    -- write the same traces wait for each other at the first row that they share.
    SELECT array_agg(day), array_agg(raceway_open_partition(day)) INTO days, leaves
    FROM (SELECT DISTINCT ("timestamp" AT TIME ZONE 'UTC')::date AS day
          FROM unnest(new_events) ORDER BY 1) AS ordered;
    PERFORM raceway_merge_traces(
        array_agg(trace_id), array_agg(parent_id IS NULL),
        array_agg("timestamp"), array_agg(service_name))
    FROM unnest(new_events);
    FOR leaf IN SELECT DISTINCT unnest(leaves) LOOP
        -- Into the partition itself: no routing, and none of the triggers on events.
        EXECUTE format(
            'INSERT INTO %s ("timestamp", created_at, duration_ms, trace_id, event_id, parent_id,
                             kind, location, service_name, thread_id, lock_set, vector_clock,
                             metadata, dialect, extra)
             SELECT "timestamp", created_at, duration_ms, trace_id, event_id, parent_id,
                    kind, location, service_name, thread_id, lock_set, vector_clock,
                    metadata, dialect, extra
             FROM unnest($1)
             WHERE $3[array_position($2, ("timestamp" AT TIME ZONE ''UTC'')::date)] = $4
             ON CONFLICT DO NOTHING', leaf)
            USING new_events, days, leaves, leaf;
        GET DIAGNOSTICS inserted = ROW_COUNT;
        stored := stored + inserted;
    END LOOP;
    IF stored < cardinality(new_events) THEN
        -- The traces have counted the duplicates too.
        PERFORM raceway_recount_traces(array_agg(DISTINCT trace_id)) FROM unnest(new_events);
    END IF;
    RETURN stored;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_store(@extschema@.events[]) IS
    'Stores decoded events and counts them in their traces; returns how many were not there yet';
REVOKE ALL ON FUNCTION @extschema@.raceway_store(@extschema@.events[]) FROM PUBLIC;
