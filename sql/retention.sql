-- Retention: days that are wholly older than what is kept are dropped; events outside of daily
-- partitions, whose timestamps can't be trusted, go by their arrival.

-- Dropping a partition needs its parent for itself for a moment. While it waits behind a long
-- query, ingest would wait behind it: so it waits shortly, many times. Who holds the parent may wait
-- for a row that retention has deleted: so now and then it waits for longer than deadlock_timeout,
-- or nobody would find out, and both would wait until the deadline.
CREATE OR REPLACE FUNCTION @extschema@._raceway_drop_partitions(leaves regclass[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '20ms'
AS $$
DECLARE
    deadline timestamptz := clock_timestamp() + interval '1 minute';
    attempts integer := 0;
    leaf regclass;
BEGIN
    WHILE cardinality(leaves) > 0 LOOP
        attempts := attempts + 1;
        PERFORM set_config(
            'lock_timeout', CASE attempts % 10 WHEN 0 THEN '1500ms' ELSE '20ms' END, true);
        BEGIN
            LOCK TABLE ONLY stored_events IN ACCESS EXCLUSIVE MODE;
            FOREACH leaf IN ARRAY leaves LOOP
                EXECUTE format('DROP TABLE %s', leaf);
            END LOOP;
            RETURN;
        EXCEPTION
            WHEN lock_not_available THEN
                IF clock_timestamp() > deadline THEN
                    RAISE;
                END IF;
        END;
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_drop_partitions(regclass[]) IS
    'Drops daily partitions, waiting for others 20 milliseconds at a time';
REVOKE ALL ON FUNCTION @extschema@._raceway_drop_partitions(regclass[]) FROM PUBLIC;

-- Of a day of 1 M events in 50,000 traces, most is the DELETE of the rows of traces, the transition table
-- for the trigger, which does not fire here, and the removal of the files, when the locks are released
-- already. With work_mem for that table, no look into events_default where nothing in it is kept, and
-- lists of traces that are too short to be compressed, the DELETE takes 0.6 of the time that it took,
-- and all of retention 0.75.
CREATE OR REPLACE FUNCTION @extschema@._raceway_expire(
    expired regclass[], horizon timestamptz, cutoff timestamptz,
    OUT events_deleted bigint, OUT traces_deleted bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET work_mem = '64MB'
AS $$
DECLARE
    leaf regclass;
    shortened bigint[];
    cut record;
BEGIN
    -- Late events of these days wait, then go to events_default; readers don't wait.
    FOREACH leaf IN ARRAY expired LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', leaf);
    END LOOP;
    PERFORM set_config('raceway.internal', 'on', true);
    WITH gone AS (
        DELETE FROM traces AS trace
        WHERE (start_time < horizon AND end_time < horizon
               OR start_time IS NULL AND event_count = 0 AND created_at < cutoff)
          AND (NOT EXISTS (SELECT FROM events_default WHERE created_at >= cutoff)
               OR NOT EXISTS (SELECT FROM events_default AS event
                              WHERE event.trace_no = trace.trace_no
                                AND event.created_at >= cutoff))
        RETURNING trace_no, event_count),
    noted AS (SELECT _raceway_traces_changed(array_agg(trace_no)), count(*) AS traces,
                     sum(event_count) AS events
              FROM gone GROUP BY trace_no / 200)
    SELECT coalesce(sum(traces), 0), coalesce(sum(events), 0)
        INTO traces_deleted, events_deleted
    FROM noted;
    WITH gone AS (DELETE FROM events_default WHERE created_at < cutoff RETURNING trace_no)
    SELECT array_agg(trace_no) INTO shortened FROM gone;
    PERFORM set_config('raceway.internal', 'off', true);
    PERFORM _raceway_drop_partitions(expired);
    -- After the drop: who adds to these traces holds the parent, and would wait for their rows.
    shortened := shortened || ARRAY(SELECT trace_no FROM traces WHERE start_time < horizon);
    SELECT * INTO cut FROM _raceway_recount_traces(shortened);
    traces_deleted := traces_deleted + coalesce(cut.traces_gone, 0);
    events_deleted := events_deleted + coalesce(cut.events_gone, 0);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_expire(regclass[], timestamptz, timestamptz) IS
    'Drops these partitions, all of before horizon, and what arrived before cutoff in events_default';
REVOKE ALL ON FUNCTION @extschema@._raceway_expire(regclass[], timestamptz, timestamptz)
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_would_expire(
    expired regclass[], horizon timestamptz, cutoff timestamptz,
    OUT events_deleted bigint, OUT traces_deleted bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT coalesce(sum(going), 0)::bigint,
           count(*) FILTER (WHERE event_count = going) FROM (
        SELECT trace.event_count, count(event.trace_no) AS going
        FROM traces AS trace
        LEFT JOIN stored_events AS event
            ON event.trace_no = trace.trace_no
           AND (event.tableoid = ANY (expired)
                OR event.tableoid = 'events_default'::regclass AND event.created_at < cutoff)
        WHERE trace.start_time < horizon
           OR trace.start_time IS NULL AND trace.event_count = 0 AND trace.created_at < cutoff
           OR trace.trace_no IN (SELECT trace_no FROM events_default WHERE created_at < cutoff)
        GROUP BY trace.trace_id) AS touched
$$;
COMMENT ON FUNCTION @extschema@._raceway_would_expire(regclass[], timestamptz, timestamptz) IS
    'What _raceway_expire() would delete';
REVOKE ALL ON FUNCTION @extschema@._raceway_would_expire(regclass[], timestamptz, timestamptz)
    FROM PUBLIC;

-- Makes the partitions of today and tomorrow, and of days within the window whose events had to
-- go to events_default.
CREATE OR REPLACE FUNCTION @extschema@._raceway_open_days()
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT _raceway_open_partition(day)
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date + ahead AS day FROM generate_series(0, 1) AS ahead
          UNION SELECT ("timestamp" AT TIME ZONE 'UTC')::date FROM events_default) AS needed
    WHERE _raceway_is_in_window(day)
    ORDER BY day
$$;
COMMENT ON FUNCTION @extschema@._raceway_open_days() IS
    'Makes the partitions that ingest will need, and empties events_default of their days';
REVOKE ALL ON FUNCTION @extschema@._raceway_open_days() FROM PUBLIC;

-- A day has 24 hours here, also where TimeZone has one of 23. Months and days of either sign may come
-- to more or less than the interval compares as.
CREATE OR REPLACE FUNCTION @extschema@._raceway_cutoff(keep interval)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cutoff timestamptz;
BEGIN
    IF keep BETWEEN interval '0' AND interval '4000 years' THEN
        cutoff := (now() AT TIME ZONE 'UTC' - keep) AT TIME ZONE 'UTC';
    END IF;
    IF cutoff <= now() THEN
        RETURN cutoff;
    END IF;
    RAISE EXCEPTION 'keep: expected how long events are kept, 4000 years at most, such as ''30 days'''
        USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_cutoff(interval) IS
    'Since when events are kept that are kept for so long';

CREATE OR REPLACE FUNCTION @extschema@.raceway_retention(
    keep interval, dry_run boolean DEFAULT false,
    OUT partitions_dropped integer, OUT events_deleted bigint, OUT traces_deleted bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '5s'
AS $$
DECLARE
    -- One takes some eight locks until the transaction ends: a quarter of those that the server has
    -- for all sessions.
    most integer := least(200, greatest(1, current_setting('max_locks_per_transaction')::bigint
        * (current_setting('max_connections')::bigint
           + current_setting('max_prepared_transactions')::bigint) / 32));
    cutoff timestamptz := _raceway_cutoff(keep);
    horizon timestamptz := date_trunc('day', cutoff AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    expired regclass[];
    days date[];
BEGIN
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run: expected true or false'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT dry_run THEN
        -- One run at a time in a schema.
        PERFORM pg_advisory_xact_lock('stored_events'::regclass::oid::bigint);
    END IF;
    SELECT coalesce(array_agg(partition ORDER BY day), '{}'), array_agg(day ORDER BY day)
        INTO expired, days
    FROM _raceway_partitions() WHERE day < (horizon AT TIME ZONE 'UTC')::date;
    IF NOT dry_run AND cardinality(expired) > most THEN
        RAISE NOTICE '% partitions are left for the next runs', cardinality(expired) - most;
        expired := expired[1:most];
        horizon := days[most + 1]::timestamp AT TIME ZONE 'UTC';
    END IF;
    partitions_dropped := cardinality(expired);
    IF dry_run THEN
        SELECT * INTO events_deleted, traces_deleted
        FROM _raceway_would_expire(expired, horizon, cutoff);
    ELSE
        -- Who has stored something and then adds to a trace that is being deleted waits for this,
        -- which waits for him. This one gives way, until he has had his turn, and starts over.
        FOR attempts_left IN REVERSE 2..0 LOOP
            BEGIN
                SELECT * INTO events_deleted, traces_deleted
                FROM _raceway_expire(expired, horizon, cutoff);
                EXIT;
            EXCEPTION
                WHEN deadlock_detected THEN
                    IF attempts_left = 0 THEN
                        RAISE;
                    END IF;
                    PERFORM pg_sleep(0.5);
            END;
        END LOOP;
        -- Last: it holds events_default, for which others wait while they hold what is dropped from.
        PERFORM _raceway_open_days();
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_retention(interval, boolean) IS
    'Deletes events older than keep: whole UTC days, the oldest 200 at once, and late or misdated events by arrival';
REVOKE ALL ON FUNCTION @extschema@.raceway_retention(interval, boolean) FROM PUBLIC;
