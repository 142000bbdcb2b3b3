-- What there is, and how large.

CREATE OR REPLACE FUNCTION @extschema@.raceway_stats(
    OUT traces bigint, OUT events bigint, OUT partitions integer, OUT oldest timestamptz,
    OUT newest timestamptz, OUT total_bytes bigint, OUT bytes_per_event double precision)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT traces, events, partitions, oldest, newest, total_bytes,
           total_bytes / nullif(events, 0)::double precision
    FROM (SELECT count(*) AS traces, coalesce(sum(event_count), 0)::bigint AS events,
                 min(start_time) AS oldest, max(end_time) AS newest
          FROM traces WHERE event_count > 0) AS counted
    CROSS JOIN (SELECT count(*)::integer AS partitions FROM raceway_partitions()) AS days
    CROSS JOIN (SELECT sum(pg_total_relation_size(relid))::bigint
                       + pg_total_relation_size('traces')
                       + pg_total_relation_size('frames') AS total_bytes
                FROM pg_partition_tree('stored_events')) AS sizes
$$;
COMMENT ON FUNCTION @extschema@.raceway_stats() IS
    'Counts, daily partitions, time range, and bytes on disk with indexes and TOAST';
