-- Retention: days that are wholly older than what is kept are dropped; events outside of daily
-- partitions, whose timestamps can't be trusted, go by their arrival.

CREATE OR REPLACE FUNCTION @extschema@.raceway_expire(
    expired regclass[], horizon timestamptz, cutoff timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    leaf regclass;
    shortened text[];
    whole_traces bigint;
BEGIN
    PERFORM set_config('raceway.internal', 'on', true);
    DELETE FROM traces AS trace
    WHERE (end_time < horizon OR event_count = 0 AND created_at < cutoff)
      AND NOT EXISTS (SELECT FROM events_default AS event
                      WHERE event.trace_id = trace.trace_id AND event.created_at >= cutoff);
    GET DIAGNOSTICS whole_traces = ROW_COUNT;
    PERFORM set_config('raceway.internal', 'off', true);
    SELECT array_agg(trace_id) INTO shortened
    FROM traces
    WHERE start_time < horizon
       OR trace_id IN (SELECT trace_id FROM events_default WHERE created_at < cutoff);
    DELETE FROM events_default WHERE created_at < cutoff;
    FOREACH leaf IN ARRAY expired LOOP
        EXECUTE format('DROP TABLE %s', leaf);
    END LOOP;
    RETURN whole_traces + raceway_recount_traces(shortened);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_expire(regclass[], timestamptz, timestamptz) IS
    'Drops these partitions, all of before horizon, and what arrived before cutoff in events_default; returns how many traces went';
REVOKE ALL ON FUNCTION @extschema@.raceway_expire(regclass[], timestamptz, timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_expires(
    trace @extschema@.traces, horizon timestamptz, cutoff timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT (trace.start_time < horizon
            OR trace.event_count = 0 AND trace.created_at < cutoff
            OR EXISTS (SELECT FROM events_default AS event
                       WHERE event.trace_id = trace.trace_id AND event.created_at < cutoff))
       AND NOT EXISTS (SELECT FROM events_default AS event
                       WHERE event.trace_id = trace.trace_id AND event.created_at >= cutoff)
       AND (trace.end_time < horizon OR NOT EXISTS (
               SELECT FROM events AS event
               WHERE event.trace_id = trace.trace_id
                 AND event."timestamp" BETWEEN horizon AND trace.end_time
                 AND event.tableoid <> 'events_default'::regclass))
$$;
COMMENT ON FUNCTION @extschema@.raceway_trace_expires(@extschema@.traces, timestamptz, timestamptz) IS
    'Whether raceway_expire() would leave the trace without events';

CREATE OR REPLACE FUNCTION @extschema@.raceway_retention(
    keep interval, dry_run boolean DEFAULT false,
    OUT partitions_dropped integer, OUT events_deleted bigint, OUT traces_deleted bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '5s'
AS $$
DECLARE
    cutoff timestamptz := now() - keep;
    horizon timestamptz := date_trunc('day', cutoff AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    today date := (now() AT TIME ZONE 'UTC')::date;
    expired regclass[];
    leaf regclass;
    leaf_events bigint;
BEGIN
    IF keep IS NULL OR keep < interval '0' THEN
        RAISE EXCEPTION 'keep: expected how long events are kept, such as ''30 days'''
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT dry_run THEN
        -- One run at a time, and nothing new in events_default meanwhile.
        LOCK TABLE ONLY events IN SHARE UPDATE EXCLUSIVE MODE;
        LOCK TABLE events_default IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    expired := ARRAY(SELECT partition FROM raceway_partitions()
                     WHERE day < (horizon AT TIME ZONE 'UTC')::date);
    partitions_dropped := cardinality(expired);
    SELECT count(*) INTO events_deleted FROM events_default WHERE created_at < cutoff;
    FOREACH leaf IN ARRAY expired LOOP
        EXECUTE format('SELECT count(*) FROM %s', leaf) INTO leaf_events;
        events_deleted := events_deleted + leaf_events;
    END LOOP;
    IF dry_run THEN
        SELECT count(*) INTO traces_deleted
        FROM traces AS trace WHERE raceway_trace_expires(trace, horizon, cutoff);
    ELSE
        traces_deleted := raceway_expire(expired, horizon, cutoff);
        PERFORM raceway_open_partition(day) FROM unnest(ARRAY[today, today + 1]) AS day;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_retention(interval, boolean) IS
    'Deletes events older than keep: whole UTC days, and late or misdated events by arrival';
REVOKE ALL ON FUNCTION @extschema@.raceway_retention(interval, boolean) FROM PUBLIC;
