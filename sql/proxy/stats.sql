-- How much all databases hold.

CREATE OR REPLACE FUNCTION @extschema@._raceway_counts_of_each()
RETURNS TABLE (traces bigint, events bigint, is_exact boolean)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_counts;
$$;
COMMENT ON FUNCTION @extschema@._raceway_counts_of_each() IS '_raceway_counts() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_counts(
    OUT traces bigint, OUT events bigint, OUT is_exact boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT sum(traces)::bigint, sum(events)::bigint, bool_and(is_exact) FROM _raceway_counts_of_each()
$$;
COMMENT ON FUNCTION @extschema@._raceway_counts() IS
    'How many traces and events there are: counted while there are few traces, else estimated';

CREATE OR REPLACE FUNCTION @extschema@._raceway_stats_of_each()
RETURNS TABLE (traces bigint, events bigint, is_exact boolean, partitions integer,
               oldest timestamptz, newest timestamptz, total_bytes bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_stats;
$$;
COMMENT ON FUNCTION @extschema@._raceway_stats_of_each() IS 'raceway_stats() of each database';

CREATE OR REPLACE FUNCTION @extschema@.raceway_stats(
    OUT traces bigint, OUT events bigint, OUT is_exact boolean, OUT partitions integer,
    OUT oldest timestamptz, OUT newest timestamptz, OUT total_bytes bigint,
    OUT bytes_per_event double precision)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT sum(traces)::bigint, sum(events)::bigint, bool_and(is_exact), sum(partitions)::integer,
           min(oldest), max(newest), sum(total_bytes)::bigint,
           sum(total_bytes) / nullif(sum(events), 0)::double precision
    FROM _raceway_stats_of_each()
$$;
COMMENT ON FUNCTION @extschema@.raceway_stats() IS
    'Counts, daily partitions, start of the oldest and of the newest trace, and bytes on disk with indexes and TOAST, of all databases';
