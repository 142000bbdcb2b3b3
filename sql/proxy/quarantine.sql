-- Rejected events: whichever database is there keeps them.

CREATE OR REPLACE FUNCTION @extschema@._raceway_quarantined(entries jsonb, keep bigint)
RETURNS integer
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ANY;
    SELECT 1 FROM @extschema@.raceway_quarantine(entries, keep);
$$;
COMMENT ON FUNCTION @extschema@._raceway_quarantined(jsonb, bigint) IS
    'raceway_quarantine() of any database';
REVOKE ALL ON FUNCTION @extschema@._raceway_quarantined(jsonb, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_quarantine(entries jsonb, keep bigint DEFAULT 10000)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_quarantined(entries, keep);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_quarantine(jsonb, bigint) IS
    'Keeps rejected events in one of the databases, each of which keeps so many of the newest, and those that were acknowledged';
REVOKE ALL ON FUNCTION @extschema@.raceway_quarantine(jsonb, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_all_rejected()
RETURNS TABLE (rejected_id bigint, received_at timestamptz, source text, event_id text, reason text,
               event text, acknowledged integer)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT ((SELECT n.bucket FROM @extschema@.raceway_node AS n)::bigint << 48) + r.rejected_id
               AS rejected_id,
           r.received_at, r.source, r.event_id, r.reason, r.event, r.acknowledged
    FROM @extschema@.raceway_rejected AS r;
$$;
COMMENT ON FUNCTION @extschema@._raceway_all_rejected() IS
    'The rejected events of all databases, by numbers that say where they are';

CREATE OR REPLACE VIEW @extschema@.raceway_rejected AS
SELECT * FROM @extschema@._raceway_all_rejected();
COMMENT ON VIEW @extschema@.raceway_rejected IS
    'Events that sidecars were sent and could not store, in all databases; takes DELETE';
REVOKE ALL ON @extschema@.raceway_rejected FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_forget_rejected(bucket integer, own_id bigint)
RETURNS integer
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON bucket;
    SELECT @extschema@._raceway_forget_rejected(own_id);
$$;
COMMENT ON FUNCTION @extschema@._raceway_forget_rejected(integer, bigint) IS
    'Deletes a rejected event in the database of a bucket';
REVOKE ALL ON FUNCTION @extschema@._raceway_forget_rejected(integer, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_delete_rejected()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_forget_rejected(
        _raceway_bucket_of(OLD.rejected_id), OLD.rejected_id & ((1::bigint << 48) - 1));
    RETURN OLD;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_delete_rejected() IS
    'Trigger: a rejected event is deleted where it is';
REVOKE ALL ON FUNCTION @extschema@._raceway_delete_rejected() FROM PUBLIC;

CREATE OR REPLACE TRIGGER rejected_deleted INSTEAD OF DELETE ON @extschema@.raceway_rejected
    FOR EACH ROW EXECUTE FUNCTION @extschema@._raceway_delete_rejected();

CREATE OR REPLACE FUNCTION @extschema@.raceway_replay_rejected(
    OUT replayed bigint, OUT remaining bigint)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    own_bits CONSTANT bigint := (1::bigint << 48) - 1;
    entry record;
    report record;
BEGIN
    replayed := 0;
    FOR entry IN SELECT * FROM raceway_rejected WHERE event IS NOT NULL ORDER BY rejected_id LOOP
        BEGIN
            SELECT * INTO report FROM raceway_ingest_batches(ARRAY[entry.event]);
            IF report.refusal IS NULL AND (report.rejected = 0 OR
                   report.accepted + report.duplicates >= entry.acknowledged) THEN
                PERFORM _raceway_forget_rejected(
                    _raceway_bucket_of(entry.rejected_id), entry.rejected_id & own_bits);
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
