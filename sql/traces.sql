-- How traces stays true to events. Ingest and retention keep it themselves; triggers keep it for
-- everybody else. Where a statement of ours would fire one of them for nothing, it runs with
-- raceway.internal = on. (Not by SET at the function: only superusers may do that.)

-- As stable as extract(), or the planner would call it, at more than a microsecond each time.
CREATE OR REPLACE FUNCTION @extschema@._raceway_name_rank(is_root boolean, instant timestamptz)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (extract(epoch FROM instant) * 1000000)::bigint
       - CASE WHEN is_root THEN 4611686018427387904 ELSE 0 END;
COMMENT ON FUNCTION @extschema@._raceway_name_rank(boolean, timestamptz) IS
    'Place of an event among those that may name their trace: roots first, then by time';

-- Plans of these functions must not depend on how large traces was when a session began.
CREATE OR REPLACE FUNCTION @extschema@._raceway_merge_traces(
    trace_ids text[], counts bigint[], starts timestamptz[], ends timestamptz[],
    ranks bigint[], names text[], services text[])
RETURNS TABLE (merged_id text, merged_no bigint, merged_count bigint, is_new boolean)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('raceway.internal', 'on', true);
    RETURN QUERY
    WITH merged AS (
        INSERT INTO traces AS known
            (trace_no, trace_id, service_name, services, start_time, end_time, event_count, name_rank)
        -- In the order of time, in which their events then come last in every index that is by either:
        -- those by trace and by time take 51 and 33 bytes an event otherwise, 46 and 23 so.
        SELECT trace_no, trace_id, name, services::text[], start_time, end_time, event_count, rank
        FROM (SELECT nextval('traces_trace_no_seq') AS trace_no, sent.*
              FROM unnest(trace_ids, counts, starts, ends, ranks, names, services)
                  AS sent (trace_id, event_count, start_time, end_time, rank, name, services)
              ORDER BY start_time
              OFFSET 0) AS numbered
        -- Everybody locks trace rows in one order: no deadlocks.
        ORDER BY trace_id COLLATE "C"
        ON CONFLICT (trace_id) DO UPDATE SET
            service_name = CASE
                WHEN known.name_rank IS NULL THEN coalesce(excluded.service_name, known.service_name)
                WHEN (excluded.name_rank, excluded.service_name) < (known.name_rank, known.service_name)
                THEN excluded.service_name
                ELSE known.service_name END,
            name_rank = least(known.name_rank, excluded.name_rank),
            services = CASE
                WHEN known.services @> excluded.services THEN known.services
                ELSE ARRAY(SELECT DISTINCT name COLLATE "C"
                           FROM unnest(known.services || excluded.services) AS name ORDER BY 1) END,
            start_time = least(known.start_time, excluded.start_time),
            end_time = greatest(known.end_time, excluded.end_time),
            event_count = known.event_count + excluded.event_count
        RETURNING known.trace_id::text, known.trace_no, known.event_count, known.xmax = 0),
    noted AS (SELECT _raceway_traces_changed(array_agg(trace_no)) FROM merged)
    SELECT merged.* FROM merged CROSS JOIN noted;
    PERFORM set_config('raceway.internal', 'off', true);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_merge_traces(
    text[], bigint[], timestamptz[], timestamptz[], bigint[], text[], text[]) IS
    'Adds events to the rows of their traces; the arrays hold one element for each trace';
REVOKE ALL ON FUNCTION @extschema@._raceway_merge_traces(
    text[], bigint[], timestamptz[], timestamptz[], bigint[], text[], text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_count_events(
    trace_ids text[], roots boolean[], times timestamptz[], names text[])
RETURNS TABLE (counted_id text, counted_no bigint)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT merged.merged_id, merged.merged_no
    FROM (SELECT array_agg(trace_id) AS ids, array_agg(event_count) AS counts,
                 array_agg(start_time) AS starts, array_agg(end_time) AS ends,
                 array_agg(rank) AS ranks, array_agg(name) AS names,
                 array_agg(services) AS services
          FROM (SELECT trace_id, count(*) AS event_count,
                       min(instant) AS start_time, max(instant) AS end_time,
                       min(rank) FILTER (WHERE name IS NOT NULL) AS rank,
                       (array_agg(name ORDER BY rank, name COLLATE "C")
                           FILTER (WHERE name IS NOT NULL))[1] AS name,
                       coalesce(array_agg(DISTINCT name COLLATE "C")
                           FILTER (WHERE name IS NOT NULL), '{}')::text AS services
                FROM (SELECT trace_id, instant, name, _raceway_name_rank(is_root, instant) AS rank
                      FROM unnest(trace_ids, roots, times, names)
                          AS event (trace_id, is_root, instant, name)) AS event
                GROUP BY trace_id) AS trace) AS sent
    CROSS JOIN LATERAL _raceway_merge_traces(ids, counts, starts, ends, ranks, names, services)
        AS merged
    WHERE sent.ids IS NOT NULL
$$;
COMMENT ON FUNCTION @extschema@._raceway_count_events(text[], boolean[], timestamptz[], text[]) IS
    'Adds events to the rows of their traces; the arrays hold one element for each event';
REVOKE ALL ON FUNCTION @extschema@._raceway_count_events(text[], boolean[], timestamptz[], text[])
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_recount_traces(
    trace_nos bigint[], OUT traces_gone bigint, OUT events_gone bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    locked bigint[];
    since timestamptz;
    until timestamptz;
BEGIN
    -- The rows are locked first: whoever has counted an event has then committed it, and whoever
    -- has not yet will add to what is counted here.
    SELECT array_agg(trace_no), sum(event_count), min(start_time), max(end_time)
        INTO locked, events_gone, since, until
    FROM (SELECT trace_no, event_count, start_time, end_time FROM traces
          WHERE trace_no = ANY (trace_nos) ORDER BY trace_id FOR UPDATE) AS locked_row;
    IF locked IS NULL THEN
        SELECT 0, 0 INTO traces_gone, events_gone;
        RETURN;
    END IF;
    UPDATE traces
    SET service_name = NULL, services = '{}', start_time = NULL, end_time = NULL,
        event_count = 0, name_rank = NULL
    WHERE trace_no = ANY (locked);
    -- Planned for these days: a plan that is kept would lock every partition there is.
    EXECUTE 'SELECT _raceway_count_events(
                 array_agg(trace.trace_id::text), array_agg(stored.parent_key IS NULL),
                 array_agg(stored."timestamp"), array_agg(nullif(frame.service_name, '''')::text))
             FROM stored_events AS stored
             JOIN frames AS frame USING (frame_id)
             JOIN traces AS trace USING (trace_no)
             WHERE stored.trace_no = ANY ($1) AND stored."timestamp" BETWEEN $2 AND $3'
        USING locked, since, until;
    SELECT events_gone - sum(event_count) INTO events_gone
    FROM traces WHERE trace_no = ANY (locked);
    -- They have no events that a trigger would have to look for, in every partition there is.
    PERFORM set_config('raceway.internal', 'on', true);
    DELETE FROM traces WHERE trace_no = ANY (locked) AND event_count = 0;
    GET DIAGNOSTICS traces_gone = ROW_COUNT;
    PERFORM set_config('raceway.internal', 'off', true);
    PERFORM _raceway_traces_changed(locked);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_recount_traces(bigint[]) IS
    'Writes the rows of these traces anew from their events; those that have none left go';
REVOKE ALL ON FUNCTION @extschema@._raceway_recount_traces(bigint[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_follow_events()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_recount_traces(array_agg(DISTINCT trace_no)) FROM removed;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_follow_events() IS
    'Trigger: events that SQL users delete are no longer counted in traces';
REVOKE ALL ON FUNCTION @extschema@._raceway_follow_events() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_follow_traces()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    since timestamptz;
    until timestamptz;
BEGIN
    PERFORM set_config('raceway.internal', 'on', true);
    IF TG_OP = 'DELETE' THEN
        SELECT min(start_time), max(end_time) INTO since, until FROM removed;
        PERFORM _raceway_traces_changed(array_agg(trace_no)) FROM removed GROUP BY trace_no / 1000;
        -- Planned for these days: a plan that is kept would lock every partition there is.
        EXECUTE 'DELETE FROM stored_events AS stored USING removed
                 WHERE stored.trace_no = removed.trace_no
                   AND stored."timestamp" BETWEEN removed.start_time AND removed.end_time
                   AND stored."timestamp" BETWEEN $1 AND $2'
            USING since, until;
    ELSE
        TRUNCATE stored_events;
        PERFORM _raceway_forget_figures();
    END IF;
    PERFORM set_config('raceway.internal', 'off', true);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_follow_traces() IS
    'Trigger: traces that are deleted or truncated take their events along';
REVOKE ALL ON FUNCTION @extschema@._raceway_follow_traces() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_start_empty()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    NEW.event_count := 0;
    NEW.start_time := NULL;
    NEW.end_time := NULL;
    NEW.services := '{}';
    NEW.name_rank := NULL;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_start_empty() IS
    'Trigger: a trace written with SQL has no events yet, whatever the row says';
REVOKE ALL ON FUNCTION @extschema@._raceway_start_empty() FROM PUBLIC;

CREATE OR REPLACE TRIGGER events_deleted AFTER DELETE ON @extschema@.stored_events
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@._raceway_follow_events();

-- pg_dump's scripts turn check_function_bodies off: what they restore is true as it is.
CREATE OR REPLACE TRIGGER traces_inserted BEFORE INSERT ON @extschema@.traces
    FOR EACH ROW
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on'
          AND current_setting('check_function_bodies') = 'on')
    EXECUTE FUNCTION @extschema@._raceway_start_empty();

CREATE OR REPLACE TRIGGER traces_deleted AFTER DELETE ON @extschema@.traces
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@._raceway_follow_traces();

CREATE OR REPLACE TRIGGER traces_truncated AFTER TRUNCATE ON @extschema@.traces
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@._raceway_follow_traces();
