-- What there is, and how large.

-- As the planner estimates it: rows a page when it was last analysed, times the pages of today.
CREATE OR REPLACE FUNCTION @extschema@._raceway_estimate_rows(relation regclass)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    -- 33 events of 240 bytes fill a page; that is what one is taken for that was never analysed.
    SELECT (pg_relation_size(relation) / current_setting('block_size')::bigint
            * CASE WHEN relpages > 0 THEN reltuples / relpages ELSE 33 END)::bigint
    FROM pg_class WHERE oid = relation
$$;
COMMENT ON FUNCTION @extschema@._raceway_estimate_rows(regclass) IS
    'About how many rows a table has, without reading it';

CREATE OR REPLACE FUNCTION @extschema@._raceway_counts(
    OUT traces bigint, OUT events bigint, OUT is_exact boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    -- Some 25,000 traces are counted in five milliseconds.
    is_exact := pg_relation_size('traces') <= 4 * 1024 * 1024;
    IF is_exact THEN
        SELECT count(*), coalesce(sum(event_count), 0) INTO traces, events
        FROM traces WHERE event_count > 0;
    ELSE
        traces := _raceway_estimate_rows('traces');
        SELECT sum(_raceway_estimate_rows(inhrelid)) INTO events
        FROM pg_inherits WHERE inhparent = 'stored_events'::regclass;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_counts() IS
    'How many traces and events there are: counted while there are few traces, else estimated';

CREATE OR REPLACE FUNCTION @extschema@.raceway_stats(
    OUT traces bigint, OUT events bigint, OUT is_exact boolean, OUT partitions integer,
    OUT oldest timestamptz, OUT newest timestamptz, OUT total_bytes bigint,
    OUT bytes_per_event double precision)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT traces, events, is_exact, partitions, oldest, newest, total_bytes,
           total_bytes / nullif(events, 0)::double precision
    FROM _raceway_counts()
    CROSS JOIN (SELECT count(*)::integer AS partitions FROM _raceway_partitions()) AS days
    CROSS JOIN (SELECT min(start_time) AS oldest, max(start_time) AS newest FROM traces) AS bounds
    CROSS JOIN (SELECT sum(pg_total_relation_size(relid))::bigint
                       + pg_total_relation_size('traces')
                       + pg_total_relation_size('frames') AS total_bytes
                FROM pg_partition_tree('stored_events')) AS sizes
$$;
COMMENT ON FUNCTION @extschema@.raceway_stats() IS
    'Counts, daily partitions, start of the oldest and of the newest trace, and bytes on disk with indexes and TOAST';
