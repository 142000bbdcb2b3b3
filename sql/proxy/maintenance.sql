-- What is done in all databases.

CREATE OR REPLACE FUNCTION @extschema@._raceway_retention_of_each(keep interval, dry_run boolean)
RETURNS TABLE (partitions_dropped integer, events_deleted bigint, traces_deleted bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_retention;
$$;
COMMENT ON FUNCTION @extschema@._raceway_retention_of_each(interval, boolean) IS
    'raceway_retention() of each database';
REVOKE ALL ON FUNCTION @extschema@._raceway_retention_of_each(interval, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_retention(
    keep interval, dry_run boolean DEFAULT false,
    OUT partitions_dropped integer, OUT events_deleted bigint, OUT traces_deleted bigint)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT sum(partitions_dropped)::integer, sum(events_deleted)::bigint, sum(traces_deleted)::bigint
    FROM _raceway_retention_of_each(keep, dry_run)
$$;
COMMENT ON FUNCTION @extschema@.raceway_retention(interval, boolean) IS
    'raceway_retention() in every database, each in a transaction of its own';
REVOKE ALL ON FUNCTION @extschema@.raceway_retention(interval, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_create_partitions(day date)
RETURNS SETOF integer
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT 1 FROM @extschema@.raceway_create_partition(day);
$$;
COMMENT ON FUNCTION @extschema@._raceway_create_partitions(date) IS
    'raceway_create_partition() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_partition(day date)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM FROM _raceway_create_partitions(day);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_create_partition(date) IS
    'Makes the partition of a UTC day in every database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_create_indexes(keys text[])
RETURNS SETOF bigint
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT made FROM @extschema@.raceway_create_index(VARIADIC keys) AS made;
$$;
COMMENT ON FUNCTION @extschema@._raceway_create_indexes(text[]) IS
    'raceway_create_index() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_index(VARIADIC keys text[])
RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT sum(made)::bigint FROM _raceway_create_indexes(keys) AS made $$;
COMMENT ON FUNCTION @extschema@.raceway_create_index(text[]) IS
    'Makes an index of events by these columns in every database, and says of how many tables';

CREATE OR REPLACE FUNCTION @extschema@._raceway_drop_indexes(keys text[])
RETURNS SETOF bigint
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT gone FROM @extschema@.raceway_drop_index(VARIADIC keys) AS gone;
$$;
COMMENT ON FUNCTION @extschema@._raceway_drop_indexes(text[]) IS
    'raceway_drop_index() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_drop_index(VARIADIC keys text[])
RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT sum(gone)::bigint FROM _raceway_drop_indexes(keys) AS gone $$;
COMMENT ON FUNCTION @extschema@.raceway_drop_index(text[]) IS
    'Drops an index of events in every database, and says of how many tables';

CREATE OR REPLACE FUNCTION @extschema@.raceway_index_statements(VARIADIC keys text[])
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_unanswered('CREATE INDEX CONCURRENTLY');
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_index_statements(text[]) IS
    'Fails: the statements are to be run in each database';
