-- What 0.2.0 declares otherwise than 0.1.0, as it is in sql/. Functions that were there keep their
-- comments and privileges, which are not to be given again: pg_dump would take what others were
-- granted meanwhile for the extension's own, and leave it out.

-- Owners see all rows in any case; the policy says so where others would look for it.
CREATE OR REPLACE FUNCTION @extschema@.raceway_restrict_rows(relation regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = relation AND polname = 'raceway_owner')
    THEN
        EXECUTE format('CREATE POLICY raceway_owner ON %s TO %I USING (true)', relation,
                       (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation));
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_restrict_rows(regclass) IS
    'Row-level security: whatever is granted to others, only the owner sees rows of the table';
REVOKE ALL ON FUNCTION @extschema@.raceway_restrict_rows(regclass) FROM PUBLIC;

-- Of a timestamp: a date is printed as its midnight in TimeZone, which may have skipped that day.
CREATE OR REPLACE FUNCTION @extschema@.raceway_partition_name(day date)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The planner works out what it knows the day of, a condition of WHERE or not.
    SELECT CASE WHEN day BETWEEN '0001-01-01' AND '9999-12-31'
        THEN '@extschema@.events_' || to_char(day::timestamp, 'YYYYMMDD') END
$$;
COMMENT ON FUNCTION @extschema@.raceway_partition_name(date) IS
    'What the partition of a day is called; NULL outside of the years 0001 to 9999';

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_partition(day date)
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
    leaf text := raceway_partition_name(day);
    day_start timestamptz;
    day_end timestamptz;
BEGIN
    IF leaf IS NULL THEN
        RAISE EXCEPTION 'day: expected a date in the years 0001 to 9999, such as ''2026-01-31'''
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    day_start := day::timestamp AT TIME ZONE 'UTC';
    day_end := (day + 1)::timestamp AT TIME ZONE 'UTC';
    -- One creator at a time; then nobody may add to the default partition what has to move out.
    LOCK TABLE ONLY stored_events IN SHARE UPDATE EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM raceway_partitions() AS p WHERE p.day = raceway_create_partition.day)
    THEN
        LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE %s (LIKE events_default INCLUDING ALL)', leaf);
        -- Whoever makes it: the owner of its siblings has to be able to write to it and to drop it.
        EXECUTE format('ALTER TABLE %s OWNER TO %s', leaf, (
            SELECT relowner::regrole FROM pg_class WHERE oid = 'stored_events'::regclass));
        IF (SELECT relrowsecurity FROM pg_class WHERE oid = 'events_default'::regclass) THEN
            PERFORM raceway_restrict_rows(leaf::regclass);
        END IF;
        EXECUTE format(
            'WITH moved AS (
                 DELETE FROM events_default
                 WHERE "timestamp" >= $1 AND "timestamp" < $2
                 RETURNING *)
             INSERT INTO %s SELECT * FROM moved', leaf)
            USING day_start, day_end;
        -- In UTC, which means the same whatever DateStyle and TimeZone are.
        EXECUTE format(
            'ALTER TABLE stored_events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
            leaf, raceway_utc(day_start), raceway_utc(day_end));
    END IF;
    RETURN leaf::regclass;
END
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_open_partition(day date)
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    leaf regclass := to_regclass(raceway_partition_name(day));
BEGIN
    -- Whoever drops a partition locks the parent first: so does whoever writes to one.
    LOCK TABLE ONLY stored_events IN ACCESS SHARE MODE;
    IF leaf IS NULL AND raceway_is_in_window(day) THEN
        leaf := raceway_create_partition(day);
    END IF;
    leaf := coalesce(leaf, 'events_default');
    EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', leaf);
    IF EXISTS (SELECT FROM pg_inherits
               WHERE inhrelid = leaf AND inhparent = 'stored_events'::regclass) THEN
        RETURN leaf;
    END IF;
    LOCK TABLE events_default IN ROW EXCLUSIVE MODE;
    RETURN 'events_default';
EXCEPTION
    -- Somebody holds the tables, has a table of that name, or retention has just dropped the day
    -- (a regclass without a table prints as a number, which LOCK takes for an error of syntax):
    -- events_default takes the events, and gives them back when the day gets its partition.
    WHEN lock_not_available OR duplicate_table OR undefined_table OR syntax_error THEN
        LOCK TABLE ONLY stored_events IN ACCESS SHARE MODE;
        LOCK TABLE events_default IN ROW EXCLUSIVE MODE;
        -- Whoever held it may have made the partition: events_default then takes the day no longer.
        SELECT partition INTO leaf FROM raceway_partitions() AS made
        WHERE made.day = raceway_open_partition.day;
        IF leaf IS NULL THEN
            RETURN 'events_default';
        END IF;
        EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', leaf);
        RETURN leaf;
END
$$;

-- A day has 24 hours here, also where TimeZone has one of 23. Months and days of either sign may come
-- to more or less than the interval compares as.
CREATE OR REPLACE FUNCTION @extschema@.raceway_cutoff(keep interval)
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
COMMENT ON FUNCTION @extschema@.raceway_cutoff(interval) IS
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
    cutoff timestamptz := raceway_cutoff(keep);
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
    FROM raceway_partitions() WHERE day < (horizon AT TIME ZONE 'UTC')::date;
    IF NOT dry_run AND cardinality(expired) > most THEN
        RAISE NOTICE '% partitions are left for the next runs', cardinality(expired) - most;
        expired := expired[1:most];
        horizon := days[most + 1]::timestamp AT TIME ZONE 'UTC';
    END IF;
    partitions_dropped := cardinality(expired);
    IF dry_run THEN
        SELECT * INTO events_deleted, traces_deleted
        FROM raceway_would_expire(expired, horizon, cutoff);
    ELSE
        -- Who has stored something and then adds to a trace that is being deleted waits for this,
        -- which waits for him. This one gives way, until he has had his turn, and starts over.
        FOR attempts_left IN REVERSE 2..0 LOOP
            BEGIN
                SELECT * INTO events_deleted, traces_deleted
                FROM raceway_expire(expired, horizon, cutoff);
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
        PERFORM raceway_open_days();
    END IF;
END
$$;

ALTER TABLE @extschema@.raceway_rejected ADD COLUMN acknowledged integer;

COMMENT ON COLUMN @extschema@.raceway_rejected.acknowledged IS
    'How many events of it the sender was told are stored; NULL where it was told that they are rejected';
COMMENT ON COLUMN @extschema@.raceway_rejected.event IS
    'As it was sent, one event or a body; NULL where it was larger than 100,000 bytes and not acknowledged';

CREATE OR REPLACE FUNCTION @extschema@.raceway_quarantine(
    entries jsonb, keep bigint DEFAULT 10000)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(entries) IS DISTINCT FROM 'array'
       OR jsonb_path_exists(entries, 'strict $[*] ? (@.type() != "object")') THEN
        RAISE EXCEPTION 'entries: expected [{"received_at", "source", "event_id", "reason", "event"}, ...]'
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF keep IS NULL OR keep < 0 THEN
        RAISE EXCEPTION 'keep: expected how many rejected events are kept, 0 or more'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO raceway_rejected (received_at, source, event_id, reason, event, acknowledged)
    SELECT received_at, source, event_id, reason, event, acknowledged
    FROM jsonb_to_recordset(entries)
        AS entry (received_at timestamptz, source text, event_id text, reason text, event text,
                  acknowledged integer);
    DELETE FROM raceway_rejected
    WHERE rejected_id <= (SELECT max(rejected_id) FROM raceway_rejected) - keep
      AND acknowledged IS NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_quarantine(jsonb, bigint) IS
    'Keeps rejected events, and of all of them the newest ones, as many as are to be kept, and those that were acknowledged';

CREATE OR REPLACE FUNCTION @extschema@.raceway_replay_rejected(
    OUT replayed bigint, OUT remaining bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    entry record;
    report record;
BEGIN
    replayed := 0;
    FOR entry IN SELECT rejected_id, event, acknowledged
                 FROM raceway_rejected WHERE event IS NOT NULL
                 ORDER BY rejected_id FOR UPDATE SKIP LOCKED LOOP
        BEGIN
            SELECT * INTO report FROM raceway_ingest_batches(ARRAY[entry.event]);
            IF report.refusal IS NULL AND (report.rejected = 0 OR
                   report.accepted + report.duplicates >= entry.acknowledged) THEN
                DELETE FROM raceway_rejected WHERE rejected_id = entry.rejected_id;
                replayed := replayed + 1;
            END IF;
        EXCEPTION
            -- Still refused: it stays.
            WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded
                 OR raise_exception OR internal_error THEN NULL;
        END;
    END LOOP;
    SELECT count(*) INTO remaining FROM raceway_rejected;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_retention(interval, boolean) IS
    'Deletes events older than keep: whole UTC days, the oldest 200 at once, and late or misdated events by arrival';

CREATE OR REPLACE FUNCTION @extschema@.raceway_recount_traces(
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
    EXECUTE 'SELECT raceway_count_events(
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
END
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_unescape_json(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The text of jsonb holds no control character: U+0001 can stand for a doubled U+0010.
    SELECT CASE WHEN strpos(document, E'\\u0010') = 0 THEN document
        ELSE replace(regexp_replace(regexp_replace(document,
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0010\\\\u0010', E'\\1\x01', 'g'),
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u00100', E'\\1\\\\u0000', 'g'), E'\x01', E'\\u0010') END
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_expect_count(name text, value bigint)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value IS NULL OR value < 0 THEN
        RAISE EXCEPTION '%: expected 0 or more', name USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_expect_count(text, bigint) IS
    'Fails where a parameter of this name is no count';

CREATE OR REPLACE FUNCTION @extschema@.raceway_traces(
    page_size integer DEFAULT 20,
    before_time timestamptz DEFAULT NULL,
    before_id text DEFAULT NULL,
    skip integer DEFAULT 0,
    service text DEFAULT NULL,
    min_events bigint DEFAULT 1)
RETURNS SETOF @extschema@.traces
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    -- Few traces are found by their service and sorted (OFFSET 0 keeps the planner from anything
    -- else); many are met soon enough on the way through traces_newest_first.
    source text := CASE WHEN service IS NOT NULL AND raceway_count_up_to(1001, service, 0) <= 1000
        THEN '(SELECT * FROM traces WHERE services @> ARRAY[$5] COLLATE "C" OFFSET 0) AS few'
        ELSE 'traces' END;
BEGIN
    PERFORM raceway_expect_count('page_size', page_size);
    PERFORM raceway_expect_count('skip', skip);
    PERFORM raceway_expect_count('min_events', min_events);
    IF before_time IS NULL AND before_id IS NOT NULL THEN
        RAISE EXCEPTION 'before_id: expected with before_time, both of the last row of a page'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE
        'SELECT *
         FROM ' || source || '
         WHERE event_count >= $6
           AND ($5 IS NULL OR services @> ARRAY[$5] COLLATE "C")
           AND ($2 IS NULL OR (start_time, trace_id) < ($2, $3))
         ORDER BY start_time DESC, trace_id DESC
         OFFSET $4 LIMIT $1'
        USING page_size, before_time, coalesce(before_id, ''), skip, service, min_events;
END
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_trace_count(
    service text DEFAULT NULL, min_events bigint DEFAULT 1)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM raceway_expect_count('min_events', min_events);
    RETURN CASE WHEN service IS NULL AND min_events = 1
        THEN (SELECT traces FROM raceway_counts())
        ELSE raceway_count_up_to(2001, service, min_events) END;
END
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch text)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE c VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS 'MODULE_PATHNAME', 'raceway_ingest_wrapper';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch jsonb)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT * FROM raceway_ingest(coalesce(batch, 'null')::text) $$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_follow_traces()
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
        -- Planned for these days: a plan that is kept would lock every partition there is.
        EXECUTE 'DELETE FROM stored_events AS stored USING removed
                 WHERE stored.trace_no = removed.trace_no
                   AND stored."timestamp" BETWEEN removed.start_time AND removed.end_time
                   AND stored."timestamp" BETWEEN $1 AND $2'
            USING since, until;
    ELSE
        TRUNCATE stored_events;
    END IF;
    PERFORM set_config('raceway.internal', 'off', true);
    RETURN NULL;
END
$$;
