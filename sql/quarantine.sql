-- Rejected events: kept for an operator to read, and to replay when the reason is gone.

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
REVOKE ALL ON FUNCTION @extschema@.raceway_quarantine(jsonb, bigint) FROM PUBLIC;

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
            -- Still rejected: it stays.
            WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded
                 OR raise_exception OR internal_error THEN NULL;
        END;
    END LOOP;
    SELECT count(*) INTO remaining FROM raceway_rejected;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_replay_rejected() IS
    'Stores the rejected events that can be stored now, and forgets that they were rejected';
REVOKE ALL ON FUNCTION @extschema@.raceway_replay_rejected() FROM PUBLIC;
