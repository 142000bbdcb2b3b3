-- How traces stays true to events. Ingest and retention keep it themselves; triggers keep it for
-- everybody else. Where a statement of ours would fire one of them for nothing, it runs with
-- raceway.internal = on. (Not by SET at the function: only superusers may do that.)

CREATE OR REPLACE FUNCTION @extschema@.raceway_merge_traces(
    trace_ids text[], roots boolean[], times timestamptz[], service_names text[])
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT set_config('raceway.internal', 'on', true);
    INSERT INTO traces AS known
        (trace_id, service_name, services, start_time, end_time, event_count, name_rank)
    SELECT trace_id,
           (array_agg(service_name ORDER BY rank, service_name COLLATE "C")
               FILTER (WHERE service_name IS NOT NULL))[1],
           coalesce(array_agg(DISTINCT service_name COLLATE "C")
               FILTER (WHERE service_name IS NOT NULL), '{}'),
           min("time"), max("time"), count(*),
           min(rank) FILTER (WHERE service_name IS NOT NULL)
    FROM (SELECT *, (extract(epoch FROM "time") * 1000000)::bigint
                    - CASE WHEN is_root THEN 4611686018427387904 ELSE 0 END AS rank
          FROM unnest(trace_ids, roots, times, service_names)
              AS event (trace_id, is_root, "time", service_name)) AS event
    GROUP BY trace_id
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
        event_count = known.event_count + excluded.event_count;
    SELECT set_config('raceway.internal', 'off', true);
$$;
COMMENT ON FUNCTION @extschema@.raceway_merge_traces(text[], boolean[], timestamptz[], text[]) IS
    'Adds events to the rows of their traces; the arrays hold one element for each event';
REVOKE ALL ON FUNCTION @extschema@.raceway_merge_traces(text[], boolean[], timestamptz[], text[])
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_recount_traces(trace_ids text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    locked text[];
    gone bigint;
BEGIN
    -- The rows are locked first: whoever has counted an event has then committed it, and whoever
    -- has not yet will add to what is counted here.
    SELECT array_agg(row.trace_id) INTO locked
    FROM (SELECT trace_id FROM traces
          WHERE trace_id = ANY (trace_ids) ORDER BY trace_id FOR UPDATE) AS row;
    UPDATE traces
    SET service_name = NULL, services = '{}', start_time = NULL, end_time = NULL,
        event_count = 0, name_rank = NULL
    WHERE trace_id = ANY (locked);
    PERFORM raceway_merge_traces(
        array_agg(trace_id), array_agg(parent_id IS NULL),
        array_agg("timestamp"), array_agg(service_name))
    FROM events
    WHERE trace_id = ANY (locked);
    DELETE FROM traces WHERE trace_id = ANY (locked) AND event_count = 0;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_recount_traces(text[]) IS
    'Writes the rows of these traces anew from their events; returns how many had none left, and went';
REVOKE ALL ON FUNCTION @extschema@.raceway_recount_traces(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_follow_events()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    -- An update counts its events in first, so that every trace has a row to lock; then the traces
    -- that it touched are written anew.
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        PERFORM raceway_merge_traces(
            array_agg(trace_id), array_agg(parent_id IS NULL),
            array_agg("timestamp"), array_agg(service_name))
        FROM added;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        PERFORM raceway_recount_traces(array_agg(trace_id))
        FROM (SELECT trace_id FROM removed UNION SELECT trace_id FROM added) AS touched;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM raceway_recount_traces(array_agg(DISTINCT trace_id)) FROM removed;
    ELSIF TG_OP = 'TRUNCATE' THEN
        PERFORM set_config('raceway.internal', 'on', true);
        DELETE FROM traces;
        PERFORM set_config('raceway.internal', 'off', true);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_follow_events() IS
    'Trigger: what SQL users do to events is counted in traces';
REVOKE ALL ON FUNCTION @extschema@.raceway_follow_events() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_follow_traces()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM set_config('raceway.internal', 'on', true);
    IF TG_OP = 'DELETE' THEN
        DELETE FROM events USING removed
        WHERE events.trace_id = removed.trace_id
          AND events."timestamp" BETWEEN removed.start_time AND removed.end_time;
    ELSE
        DELETE FROM events;
    END IF;
    PERFORM set_config('raceway.internal', 'off', true);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_follow_traces() IS
    'Trigger: traces that are deleted or truncated take their events along';
REVOKE ALL ON FUNCTION @extschema@.raceway_follow_traces() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_start_empty()
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
COMMENT ON FUNCTION @extschema@.raceway_start_empty() IS
    'Trigger: a trace written with SQL has no events yet, whatever the row says';
REVOKE ALL ON FUNCTION @extschema@.raceway_start_empty() FROM PUBLIC;

CREATE OR REPLACE TRIGGER events_inserted AFTER INSERT ON @extschema@.events
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_events();

CREATE OR REPLACE TRIGGER events_deleted AFTER DELETE ON @extschema@.events
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_events();

CREATE OR REPLACE TRIGGER events_updated AFTER UPDATE ON @extschema@.events
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_events();

CREATE OR REPLACE TRIGGER events_truncated AFTER TRUNCATE ON @extschema@.events
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_events();

-- pg_dump's scripts turn check_function_bodies off: what they restore is true as it is.
CREATE OR REPLACE TRIGGER traces_inserted BEFORE INSERT ON @extschema@.traces
    FOR EACH ROW
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on'
          AND current_setting('check_function_bodies') = 'on')
    EXECUTE FUNCTION @extschema@.raceway_start_empty();

CREATE OR REPLACE TRIGGER traces_deleted AFTER DELETE ON @extschema@.traces
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_traces();

CREATE OR REPLACE TRIGGER traces_truncated AFTER TRUNCATE ON @extschema@.traces
    FOR EACH STATEMENT
    WHEN (current_setting('raceway.internal', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION @extschema@.raceway_follow_traces();
