-- Daily partitions of stored_events: events_YYYYMMDD holds one day of UTC.

-- Hardly two events have equal values, and ANALYZE says so. But who groups events groups by what is in
-- their values, which often is equal: so many groups, as the planner takes where it knows nothing, let it
-- do so in parallel.
ALTER TABLE @extschema@.stored_events ALTER COLUMN "values" SET (n_distinct_inherited = 200);

CREATE OR REPLACE FUNCTION @extschema@._raceway_partitions()
RETURNS TABLE (partition regclass, day date)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT child.oid::regclass, to_date(right(child.relname, 8), 'YYYYMMDD')
    FROM pg_inherits AS link
    JOIN pg_class AS child ON child.oid = link.inhrelid
    WHERE link.inhparent = 'stored_events'::regclass AND child.relname ~ '^events_[0-9]{8}$'
    ORDER BY 2
$$;
COMMENT ON FUNCTION @extschema@._raceway_partitions() IS
    'The daily partitions of events, oldest first; events outside of them are in events_default';

-- A day gets its partition while it is at most this far from today. Others share events_default,
-- so that a sender with a broken clock can not make thousands of tables.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_in_window(day date)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT day - (now() AT TIME ZONE 'UTC')::date BETWEEN -31 AND 2
$$;
COMMENT ON FUNCTION @extschema@._raceway_is_in_window(date) IS
    'Whether a partition is made for the day of its own accord: 31 days back to 2 ahead';

-- Owners see all rows in any case; the policy says so where others would look for it.
CREATE OR REPLACE FUNCTION @extschema@._raceway_restrict_rows(relation regclass)
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
COMMENT ON FUNCTION @extschema@._raceway_restrict_rows(regclass) IS
    'Row-level security: whatever is granted to others, only the owner sees rows of the table';
REVOKE ALL ON FUNCTION @extschema@._raceway_restrict_rows(regclass) FROM PUBLIC;

-- Of a timestamp: a date is printed as its midnight in TimeZone, which may have skipped that day.
CREATE OR REPLACE FUNCTION @extschema@._raceway_partition_name(day date)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The planner works out what it knows the day of, a condition of WHERE or not.
    SELECT CASE WHEN day BETWEEN '0001-01-01' AND '9999-12-31'
        THEN '@extschema@.events_' || to_char(day::timestamp, 'YYYYMMDD') END
$$;
COMMENT ON FUNCTION @extschema@._raceway_partition_name(date) IS
    'What the partition of a day is called; NULL outside of the years 0001 to 9999';

-- LIKE would lose the collation of an index on an expression, where it is that of the database.
CREATE OR REPLACE FUNCTION @extschema@._raceway_copy_indexes(leaf regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    model record;
    key text := (SELECT quote_ident(relname || '_pkey') FROM pg_class WHERE oid = leaf);
BEGIN
    FOR model IN
        SELECT indisprimary, CASE WHEN indisunique THEN 'UNIQUE' END AS uniqueness,
               _raceway_index_form(indexrelid) AS form
        FROM pg_index WHERE indrelid = 'events_default'::regclass ORDER BY indexrelid
    LOOP
        EXECUTE format('CREATE %s INDEX %s ON %s%s', model.uniqueness,
                       CASE WHEN model.indisprimary THEN key END, leaf, model.form);
        IF model.indisprimary THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY USING INDEX %s',
                           leaf, key, key);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_copy_indexes(regclass) IS
    'Makes the indexes of events_default on another table of its form';
REVOKE ALL ON FUNCTION @extschema@._raceway_copy_indexes(regclass) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_partition(day date)
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET lock_timeout = '200ms'
AS $$
DECLARE
    leaf text := _raceway_partition_name(day);
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
    IF NOT EXISTS (SELECT FROM _raceway_partitions() AS made
                   WHERE made.day = raceway_create_partition.day) THEN
        LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE;
        PERFORM _raceway_index_default(keys) FROM _raceway_wanted_indexes();
        EXECUTE format('CREATE TABLE %s (LIKE events_default INCLUDING ALL EXCLUDING INDEXES)',
                       leaf);
        -- Whoever makes it: the owner of its siblings has to be able to write to it and to drop it.
        EXECUTE format('ALTER TABLE %s OWNER TO %s', leaf, (
            SELECT relowner::regrole FROM pg_class WHERE oid = 'stored_events'::regclass));
        IF (SELECT relrowsecurity FROM pg_class WHERE oid = 'events_default'::regclass) THEN
            PERFORM _raceway_restrict_rows(leaf::regclass);
        END IF;
        PERFORM _raceway_copy_indexes(leaf::regclass);
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
            leaf, _raceway_utc(day_start), _raceway_utc(day_end));
    END IF;
    RETURN leaf::regclass;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_create_partition(date) IS
    'Makes the partition of a day, and moves the day''s events there from events_default';
REVOKE ALL ON FUNCTION @extschema@.raceway_create_partition(date) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_open_partition(day date)
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    leaf regclass := to_regclass(_raceway_partition_name(day));
BEGIN
    -- Whoever drops a partition locks the parent first: so does whoever writes to one.
    LOCK TABLE ONLY stored_events IN ACCESS SHARE MODE;
    IF leaf IS NULL AND _raceway_is_in_window(day) THEN
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
        SELECT partition INTO leaf FROM _raceway_partitions() AS made
        WHERE made.day = _raceway_open_partition.day;
        IF leaf IS NULL THEN
            RETURN 'events_default';
        END IF;
        EXECUTE format('LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE', leaf);
        RETURN leaf;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_open_partition(date) IS
    'The partition that takes the events of a day, made if need be, safe from being dropped until commit';
REVOKE ALL ON FUNCTION @extschema@._raceway_open_partition(date) FROM PUBLIC;

-- Version 0.1.0 wrote bounds as the session printed and read time. ISO, which names no zone that others
-- call otherwise, is read as it is printed.
CREATE OR REPLACE FUNCTION @extschema@._raceway_misplaced_partitions()
RETURNS TABLE (partition regclass, day date)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET datestyle = 'ISO'
AS $$
    SELECT partition, day
    FROM _raceway_partitions()
    JOIN pg_class ON pg_class.oid = partition
    CROSS JOIN LATERAL regexp_match(pg_get_expr(relpartbound, partition),
                                    'FROM \(''(.*)''\) TO \(''(.*)''\)') AS bound
    WHERE (bound[1]::timestamptz, bound[2]::timestamptz)
          IS DISTINCT FROM (day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC')
$$;
COMMENT ON FUNCTION @extschema@._raceway_misplaced_partitions() IS
    'The daily partitions that do not hold the day in their name, oldest first';

-- All of them first let go of what they hold: the day of one may be in the bounds of another.
CREATE OR REPLACE FUNCTION @extschema@._raceway_mend_partitions()
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    leaf regclass;
    leaves regclass[];
    days date[];
BEGIN
    LOCK TABLE stored_events IN ACCESS EXCLUSIVE MODE;
    SELECT coalesce(array_agg(partition), '{}'), array_agg(day) INTO leaves, days
    FROM _raceway_misplaced_partitions();
    FOREACH leaf IN ARRAY leaves LOOP
        EXECUTE format('ALTER TABLE stored_events DETACH PARTITION %s', leaf);
    END LOOP;
    FOREACH leaf IN ARRAY leaves LOOP
        EXECUTE format('INSERT INTO stored_events SELECT * FROM %s', leaf);
        EXECUTE format('DROP TABLE %s', leaf);
    END LOOP;
    PERFORM raceway_create_partition(mended) FROM unnest(days) AS mended;
    RETURN cardinality(leaves);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_mend_partitions() IS
    'Makes partitions anew that do not hold the day in their name, and says how many; nobody reads or writes events meanwhile';
REVOKE ALL ON FUNCTION @extschema@._raceway_mend_partitions() FROM PUBLIC;
