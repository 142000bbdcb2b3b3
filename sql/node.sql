-- A database as one of many: each has the traces whose ids hash to its bucket. A proxy (proxy/) knows where
-- they are; the database knows who it is, and takes nothing that belongs to another.

-- Numbers of traces say which database has them: it is in the bits above these.
CREATE OR REPLACE FUNCTION @extschema@._raceway_first_trace_no(bucket integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (bucket::bigint << 48) + 1;
COMMENT ON FUNCTION @extschema@._raceway_first_trace_no(integer) IS
    'The number of the first trace in the database of a bucket';

CREATE OR REPLACE FUNCTION @extschema@.raceway_join_cluster(bucket integer, buckets integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    known raceway_node;
BEGIN
    LOCK TABLE raceway_node IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO known FROM raceway_node;
    IF known.bucket IS NULL THEN
        IF EXISTS (SELECT FROM traces) THEN
            RAISE EXCEPTION 'expected an empty database: the traces in this one have numbers that other databases give too'
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'raceway-sidecar move brings what a database holds into a cluster.';
        END IF;
        INSERT INTO raceway_node VALUES (bucket, buckets);
        EXECUTE format('ALTER TABLE traces ALTER COLUMN trace_no SET START WITH %s RESTART',
                       _raceway_first_trace_no(bucket));
    ELSIF (known.bucket, known.buckets) <> (bucket, buckets) THEN
        RAISE EXCEPTION 'this is database % of %, not % of %',
            known.bucket, known.buckets, bucket, buckets USING ERRCODE = 'wrong_object_type';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_constraint
                   WHERE conrelid = 'traces'::regclass AND conname = 'traces_of_this_bucket') THEN
        EXECUTE format(
            'ALTER TABLE traces ADD CONSTRAINT traces_of_this_bucket
                 CHECK (@extschema@._raceway_hash(trace_id) & %s = %s)', buckets - 1, bucket);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_join_cluster(integer, integer) IS
    'Makes this the database of a bucket, for ever: traces of other buckets are rejected from now on, however they come';
REVOKE ALL ON FUNCTION @extschema@.raceway_join_cluster(integer, integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_node(
    OUT bucket integer, OUT buckets integer, OUT version text, OUT flavour text,
    OUT is_guarded boolean, OUT only_reads boolean, OUT clock timestamptz, OUT bytes bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT bucket, buckets, raceway_version(), raceway_flavour(),
           EXISTS (SELECT FROM pg_constraint
                   WHERE conrelid = 'traces'::regclass AND conname = 'traces_of_this_bucket'),
           current_setting('transaction_read_only')::boolean, statement_timestamp(),
           pg_database_size(current_database())
    FROM (VALUES (1)) AS one LEFT JOIN raceway_node ON true
$$;
COMMENT ON FUNCTION @extschema@._raceway_node() IS
    'What a cluster asks each database; is_guarded says that others'' traces are rejected';

CREATE OR REPLACE FUNCTION @extschema@._raceway_ingest_parts(
    batches text[], places integer[], part_buckets integer[])
RETURNS TABLE (place integer, accepted integer, duplicates integer, rejected integer,
               errors jsonb, refusal text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    own integer := (SELECT bucket FROM raceway_node);
BEGIN
    IF own = ALL (part_buckets) IS NOT TRUE THEN
        RAISE EXCEPTION 'these events are of bucket %, this is %', part_buckets[1],
                coalesce('the database of ' || own, 'no database of a cluster')
            USING ERRCODE = 'wrong_object_type',
                  HINT = 'Compare the options of the foreign server raceway of each proxy; raceway-sidecar doctor says which database is where.';
    END IF;
    RETURN QUERY
    SELECT places[nth], report.accepted, report.duplicates, report.rejected, report.errors,
           report.refusal
    FROM raceway_ingest_batches(batches) WITH ORDINALITY
        AS report (accepted, duplicates, rejected, errors, refusal, nth);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_ingest_parts(text[], integer[], integer[]) IS
    'raceway_ingest_batches() for a proxy, which knows the parts of its batches by their places; fails where they are not of this database';
REVOKE ALL ON FUNCTION @extschema@._raceway_ingest_parts(text[], integer[], integer[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_forget_rejected(own_id bigint)
RETURNS integer
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH gone AS (DELETE FROM raceway_rejected WHERE rejected_id = own_id RETURNING 1)
    SELECT count(*)::integer FROM gone
$$;
COMMENT ON FUNCTION @extschema@._raceway_forget_rejected(bigint) IS
    'Deletes a rejected event for a proxy, and says how many there were';
REVOKE ALL ON FUNCTION @extschema@._raceway_forget_rejected(bigint) FROM PUBLIC;
