-- Stores decoded events, for servers without the extension.

CREATE OR REPLACE FUNCTION @extschema@._raceway_insert_events(
    leaf regclass, days date[], places bigint[], trace_nos bigint[], event_keys uuid[],
    parent_keys uuid[], times timestamptz[], frame_ids integer[], event_values text[],
    OUT stored_nos bigint[], OUT stored_times timestamptz[], OUT stored_keys uuid[])
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    -- Into the partition itself: no routing, and none of the triggers on its parent.
    EXECUTE format(
        'WITH inserted AS (
             INSERT INTO %s ("timestamp", trace_no, event_key, parent_key, frame_id, "values")
             SELECT instant, trace_no, event_key, parent_key, frame_id, event_values
             FROM unnest($1, $2, $3, $4, $5, $6, $7)
                 AS event (instant, trace_no, event_key, parent_key, frame_id, event_values, place)
             WHERE $8 IS NULL OR (instant AT TIME ZONE ''UTC'')::date = ANY ($8)
             ORDER BY trace_no, instant, place
             ON CONFLICT DO NOTHING
             RETURNING trace_no, "timestamp", event_key)
         SELECT array_agg(trace_no), array_agg("timestamp"), array_agg(event_key) FROM inserted',
        leaf)
        INTO stored_nos, stored_times, stored_keys
        USING times, trace_nos, event_keys, parent_keys, frame_ids, event_values, places, days;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_insert_events(
    regclass, date[], bigint[], bigint[], uuid[], uuid[], timestamptz[], integer[], text[]) IS
    'Inserts the events of these days, or of all where days is NULL, into a partition; returns the keys of those that were not there yet';
REVOKE ALL ON FUNCTION @extschema@._raceway_insert_events(
    regclass, date[], bigint[], bigint[], uuid[], uuid[], timestamptz[], integer[], text[])
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_trace_nos(
    trace_ids text[], parent_keys uuid[], times timestamptz[], service_names text[])
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (
        SELECT array_agg(counted_no ORDER BY place)
        FROM unnest(trace_ids) WITH ORDINALITY AS event (trace_id, place)
        JOIN _raceway_count_events(
            trace_ids, ARRAY(SELECT key IS NULL FROM unnest(parent_keys) AS key), times,
            service_names) ON counted_id = trace_id);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_trace_nos(text[], uuid[], timestamptz[], text[]) IS
    'Counts events in the rows of their traces, and says for each event the number of its trace';
REVOKE ALL ON FUNCTION @extschema@._raceway_trace_nos(text[], uuid[], timestamptz[], text[])
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_repeated(
    places bigint[], trace_nos bigint[], times timestamptz[], event_keys uuid[],
    stored_nos bigint[], stored_times timestamptz[], stored_keys uuid[])
RETURNS TABLE (place bigint, trace_no bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT place, trace_no
    FROM (SELECT place, trace_no, instant, key,
                 row_number() OVER (PARTITION BY trace_no, instant, key ORDER BY place) AS nth
          FROM unnest(places, trace_nos, times, event_keys)
              AS event (place, trace_no, instant, key)) AS event
    LEFT JOIN unnest(stored_nos, stored_times, stored_keys) AS stored (trace_no, instant, key)
        USING (trace_no, instant, key)
    WHERE nth > 1 OR stored.key IS NULL
$$;
COMMENT ON FUNCTION @extschema@._raceway_repeated(
    bigint[], bigint[], timestamptz[], uuid[], bigint[], timestamptz[], uuid[]) IS
    'The events that are not among those stored just now; of those with one key, all but the first';

CREATE OR REPLACE FUNCTION @extschema@._raceway_store_events(
    places bigint[], trace_ids text[], event_keys uuid[], parent_keys uuid[], times timestamptz[],
    frame_ids integer[], service_names text[], event_values text[])
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    days date[];
    leaves regclass[];
    leaf regclass;
    trace_nos bigint[];
    inserted record;
    stored_nos bigint[];
    stored_times timestamptz[];
    stored_keys uuid[];
    repeated bigint[];
    recounted bigint[];
BEGIN
    -- Everybody locks partitions first, then trace rows by id, then writes events: sessions that
    -- write the same traces wait for each other at the first row that they share.
    SELECT array_agg(day), array_agg(_raceway_open_partition(day)) INTO days, leaves
    FROM (SELECT DISTINCT (instant AT TIME ZONE 'UTC')::date AS day
          FROM unnest(times) AS instant ORDER BY 1) AS ordered;
    trace_nos := _raceway_trace_nos(trace_ids, parent_keys, times, service_names);
    FOR leaf IN SELECT DISTINCT unnest(leaves) LOOP
        SELECT * INTO inserted FROM _raceway_insert_events(
            leaf,
            CASE WHEN leaf <> ANY (leaves)
                 THEN ARRAY(SELECT day FROM unnest(days, leaves) AS opened (day, taker)
                            WHERE taker = leaf) END,
            places, trace_nos, event_keys, parent_keys, times, frame_ids, event_values);
        stored_nos := stored_nos || inserted.stored_nos;
        stored_times := stored_times || inserted.stored_times;
        stored_keys := stored_keys || inserted.stored_keys;
    END LOOP;
    IF coalesce(cardinality(stored_nos), 0) < cardinality(times) THEN
        SELECT array_agg(place), array_agg(DISTINCT trace_no) INTO repeated, recounted
        FROM _raceway_repeated(
            places, trace_nos, times, event_keys, stored_nos, stored_times, stored_keys);
        -- Traces have counted their duplicates too, which may name another service than the first.
        PERFORM _raceway_recount_traces(recounted);
    END IF;
    RETURN repeated;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_store_events(
    bigint[], text[], uuid[], uuid[], timestamptz[], integer[], text[], text[]) IS
    'Stores decoded events and counts them in their traces; returns the places of those that were there already, NULL if none was';
REVOKE ALL ON FUNCTION @extschema@._raceway_store_events(
    bigint[], text[], uuid[], uuid[], timestamptz[], integer[], text[], text[]) FROM PUBLIC;
