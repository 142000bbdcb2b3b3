-- A database with PL/Proxy in front of a cluster: the API of a node by the same names, each function answered by
-- the databases that know. Nothing is stored here.
--
-- Where they are is the foreign server raceway, as PL/Proxy reads it: p0, p1, ... are their connection
-- strings. What a function sends to them is that of its name there, or its SELECT.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'plproxy') THEN
        CREATE EXTENSION plproxy;
    END IF;
END
$$;

CREATE OR REPLACE VIEW @extschema@.raceway_nodes AS
SELECT substring(option FROM '^p([0-9]+)=')::integer AS bucket,
       substring(option FROM '=(.*)$') AS connection_string
FROM pg_catalog.pg_foreign_server CROSS JOIN unnest(srvoptions) AS option
WHERE srvname = 'raceway' AND option ~ '^p[0-9]+=';
COMMENT ON VIEW @extschema@.raceway_nodes IS
    'Where the databases of the cluster are: the options of the foreign server raceway';

CREATE OR REPLACE FUNCTION @extschema@._raceway_buckets()
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT count(*)::integer FROM raceway_nodes $$;
COMMENT ON FUNCTION @extschema@._raceway_buckets() IS 'How many databases the cluster has';

CREATE OR REPLACE FUNCTION @extschema@._raceway_bucket_of(trace_no bigint)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(trace_no >> 48, 0)::integer;
COMMENT ON FUNCTION @extschema@._raceway_bucket_of(bigint) IS
    'The bucket of a trace, which its number says; see _raceway_first_trace_no() of a node';

-- The sidecar asks one database after the other, in a transaction that says which.
CREATE OR REPLACE FUNCTION @extschema@._raceway_turn()
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('raceway.bucket', true), ''), '0')::integer;
COMMENT ON FUNCTION @extschema@._raceway_turn() IS
    'The bucket whose turn it is, which raceway.bucket says';

CREATE OR REPLACE FUNCTION @extschema@._raceway_join_one(
    bucket integer, buckets integer)
RETURNS integer
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON bucket;
    SELECT 1 FROM @extschema@.raceway_join_cluster(bucket, buckets);
$$;
COMMENT ON FUNCTION @extschema@._raceway_join_one(integer, integer) IS
    'Tells a database which of how many it is';
REVOKE ALL ON FUNCTION @extschema@._raceway_join_one(integer, integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_found_cluster()
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    buckets integer := _raceway_buckets();
BEGIN
    IF buckets = 0 THEN
        RAISE EXCEPTION 'expected the foreign server raceway, with p0, p1, ... for a power of two of databases'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM _raceway_join_one(bucket, buckets) FROM raceway_nodes ORDER BY bucket;
    RETURN buckets;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_found_cluster() IS
    'Tells each database of the cluster which one it is, and says how many there are; fails where one is another already';
REVOKE ALL ON FUNCTION @extschema@.raceway_found_cluster() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_node(
    place integer, OUT bucket integer, OUT buckets integer, OUT version text, OUT flavour text,
    OUT is_guarded boolean, OUT only_reads boolean, OUT clock timestamptz, OUT bytes bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON place;
    SELECT node.bucket, node.buckets, node.version, node.flavour, node.is_guarded, node.only_reads,
           node.clock, node.bytes
    FROM @extschema@._raceway_node() AS node;
$$;
COMMENT ON FUNCTION @extschema@._raceway_node(integer) IS
    'What the database says of itself that is where that of this bucket should be';

CREATE OR REPLACE FUNCTION @extschema@._raceway_unanswered(question text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is not answered by a proxy', question
        USING ERRCODE = 'feature_not_supported',
              HINT = 'Ask a sidecar over HTTP, or each database by itself: raceway_nodes says where they are.';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_unanswered(text) IS
    'Fails with what is not answered for many databases';
