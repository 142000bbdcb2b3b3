-- Stores decoded events, for servers without the extension.

CREATE OR REPLACE FUNCTION @extschema@.raceway_store(
    trace_ids text[], event_keys uuid[], parent_keys uuid[], times timestamptz[],
    frame_ids integer[], service_names text[], event_values text[])
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    days date[];
    leaves regclass[];
    leaf regclass;
    counted_ids text[];
    counted_nos bigint[];
    inserted bigint[];
    stored bigint[] := '{}';
BEGIN
    -- Everybody locks partitions first, then trace rows by id, then writes events: sessions that
    -- write the same traces wait for each other at the first row that they share.
    SELECT array_agg(day), array_agg(raceway_open_partition(day)) INTO days, leaves
    FROM (SELECT DISTINCT (instant AT TIME ZONE 'UTC')::date AS day
          FROM unnest(times) AS instant ORDER BY 1) AS ordered;
    SELECT array_agg(counted_id), array_agg(counted_no) INTO counted_ids, counted_nos
    FROM raceway_count_events(
        trace_ids, ARRAY(SELECT key IS NULL FROM unnest(parent_keys) AS key), times, service_names);
    FOR leaf IN SELECT DISTINCT unnest(leaves) LOOP
        -- Into the partition itself: no routing, and none of the triggers on its parent.
        EXECUTE format(
            'WITH inserted AS (INSERT INTO %s ("timestamp", trace_no, event_key, parent_key, frame_id, "values")
             SELECT instant, counted.no AS trace_no, event_key, parent_key, frame_id, event_values
             FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY
                 AS event (trace_id, event_key, parent_key, instant, frame_id, event_values, place)
             JOIN unnest($7, $8) AS counted (id, no) ON counted.id = event.trace_id
             WHERE $10[array_position($9, (instant AT TIME ZONE ''UTC'')::date)] = $11
             ORDER BY trace_no, instant, place
             ON CONFLICT DO NOTHING
             RETURNING trace_no)
             SELECT array_agg(trace_no) FROM inserted', leaf)
            INTO inserted
            USING trace_ids, event_keys, parent_keys, times, frame_ids, event_values,
                  counted_ids, counted_nos, days, leaves, leaf;
        stored := stored || inserted;
    END LOOP;
    IF cardinality(stored) < cardinality(times) THEN
        -- Traces have counted their duplicates too, which may name another service than the first.
        PERFORM raceway_recount_traces(ARRAY(
            SELECT no FROM unnest(trace_ids) AS id
            JOIN unnest(counted_ids, counted_nos) AS counted (id, no) USING (id)
            EXCEPT ALL SELECT unnest(stored)));
    END IF;
    RETURN cardinality(stored);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_store(
    text[], uuid[], uuid[], timestamptz[], integer[], text[], text[]) IS
    'Stores decoded events and counts them in their traces; returns how many were not there yet';
REVOKE ALL ON FUNCTION @extschema@.raceway_store(
    text[], uuid[], uuid[], timestamptz[], integer[], text[], text[]) FROM PUBLIC;
