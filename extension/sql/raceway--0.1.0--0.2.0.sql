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

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_partition(day date)
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
    leaf text := '@extschema@.events_' || to_char(day, 'YYYYMMDD');
    day_start timestamptz := day::timestamp AT TIME ZONE 'UTC';
    day_end timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
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
        EXECUTE format(
            'ALTER TABLE stored_events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
            leaf, day_start, day_end);
    END IF;
    RETURN leaf::regclass;
END
$$;

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
    cutoff timestamptz := now() - keep;
    horizon timestamptz := date_trunc('day', cutoff AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    expired regclass[];
    days date[];
BEGIN
    IF keep IS NULL OR keep < interval '0' THEN
        RAISE EXCEPTION 'keep: expected how long events are kept, such as ''30 days'''
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
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    INSERT INTO raceway_rejected (received_at, source, event_id, reason, event, acknowledged)
    SELECT received_at, source, event_id, reason, event, acknowledged
    FROM jsonb_to_recordset(entries)
        AS entry (received_at timestamptz, source text, event_id text, reason text, event text,
                  acknowledged integer);
    DELETE FROM raceway_rejected
    WHERE rejected_id <= (SELECT max(rejected_id) FROM raceway_rejected) - keep
      AND acknowledged IS NULL;
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
    DELETE FROM traces WHERE trace_no = ANY (locked) AND event_count = 0;
    GET DIAGNOSTICS traces_gone = ROW_COUNT;
END
$$;
