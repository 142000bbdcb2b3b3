-- Indexes of events: each is one on events_default and on every daily partition. New partitions get
-- those of events_default.

-- One of ids would cost a fifth of ingest: they are random, and each goes to another page.
CREATE OR REPLACE FUNCTION @extschema@._raceway_default_indexes()
RETURNS SETOF text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    VALUES ('{timestamp}'::text[])
$$;
COMMENT ON FUNCTION @extschema@._raceway_default_indexes() IS 'Indexes that come with raceway';

CREATE OR REPLACE FUNCTION @extschema@._raceway_wanted_indexes()
RETURNS TABLE (keys text[])
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT made_always FROM _raceway_default_indexes() AS made_always
    WHERE NOT EXISTS (SELECT FROM raceway_indexes AS known
                      WHERE known.keys = made_always AND NOT is_wanted)
    UNION
    SELECT known.keys FROM raceway_indexes AS known
    WHERE is_wanted AND _raceway_can_index(known.keys)
$$;
COMMENT ON FUNCTION @extschema@._raceway_wanted_indexes() IS
    'The columns and expressions of each index that partitions have';

CREATE OR REPLACE FUNCTION @extschema@._raceway_index_name(keys text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'events_default_' || left(md5(array_to_string(keys, E'\n')), 12)
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_name(text[]) IS
    'What an index of events_default is called';

CREATE OR REPLACE FUNCTION @extschema@._raceway_default_index(keys text[])
RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT to_regclass('@extschema@.' || @extschema@._raceway_index_name(keys))
$$;
COMMENT ON FUNCTION @extschema@._raceway_default_index(text[]) IS
    'The index of events_default; NULL if it is not there';

CREATE OR REPLACE FUNCTION @extschema@._raceway_index_form(index_of_events regclass)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT substring(pg_get_indexdef(index_of_events) FROM ' USING .*$')
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_form(regclass) IS
    'The definition of an index without its name and its table';

CREATE OR REPLACE FUNCTION @extschema@._raceway_indexes_like(model regclass)
RETURNS TABLE (partition regclass, index_of_events regclass)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT inhrelid::regclass, same.indexrelid
    FROM pg_inherits
    LEFT JOIN LATERAL (
        SELECT indexrelid::regclass FROM pg_index
        WHERE indrelid = inhrelid AND indisvalid
          AND _raceway_index_form(indexrelid) = _raceway_index_form(model)
        ORDER BY indexrelid LIMIT 1) AS same ON true
    WHERE inhparent = 'stored_events'::regclass
    ORDER BY inhrelid::regclass::text
$$;
COMMENT ON FUNCTION @extschema@._raceway_indexes_like(regclass) IS
    'Every partition with its index of the same form; NULL where it has none';

-- A hash of an id takes 20 bytes, whatever its length. NULLs are in no index that is of one key.
CREATE OR REPLACE FUNCTION @extschema@._raceway_index_default(keys text[])
RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    parts text[] := ARRAY(SELECT _raceway_index_key(key)
                          FROM unnest(keys) WITH ORDINALITY AS listed (key, place) ORDER BY place);
BEGIN
    IF _raceway_default_index(keys) IS NULL THEN
        EXECUTE format(
            'CREATE INDEX %I ON @extschema@.events_default USING %s (%s) %s',
            _raceway_index_name(keys),
            CASE WHEN keys IN ('{event_id}', '{event_key}') THEN 'hash' ELSE 'btree' END,
            array_to_string(parts, ', '),
            CASE WHEN _raceway_may_be_null(keys[1])
                 THEN 'WHERE ' || regexp_replace(parts[1], ' COLLATE "[^"]*"$', '')
                      || ' IS NOT NULL' END);
    END IF;
    RETURN _raceway_default_index(keys);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_default(text[]) IS
    'Makes an index of events_default, if it is not there';
REVOKE ALL ON FUNCTION @extschema@._raceway_index_default(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_index_statements(model regclass, way text)
RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT format('CREATE INDEX %s ON @extschema@.%I%s', way, relname, _raceway_index_form(model))
    FROM _raceway_indexes_like(model) JOIN pg_class ON oid = partition
    -- The model may have been made by the statement that asks, which does not see it yet.
    WHERE index_of_events IS NULL AND partition <> 'events_default'::regclass
$$;
COMMENT ON FUNCTION @extschema@._raceway_index_statements(regclass, text) IS
    'What makes an index of events_default on the daily partitions that do not have it';

CREATE OR REPLACE FUNCTION @extschema@._raceway_want_index(keys text[], wanted boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF coalesce(cardinality(keys), 0) = 0 OR array_position(keys, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'keys: expected columns of events, or expressions of them'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO raceway_indexes AS known VALUES (keys, wanted)
    ON CONFLICT ON CONSTRAINT raceway_indexes_pkey DO UPDATE SET is_wanted = excluded.is_wanted;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_want_index(text[], boolean) IS
    'Remembers whether partitions have an index';
REVOKE ALL ON FUNCTION @extschema@._raceway_want_index(text[], boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_index_statements(VARIADIC keys text[])
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_want_index(keys, true);
    RETURN QUERY SELECT _raceway_index_statements(_raceway_index_default(keys), 'CONCURRENTLY');
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_index_statements(text[]) IS
    'Makes an index of events for new partitions; returns the statements that make it on those that are there, while everything goes on';
REVOKE ALL ON FUNCTION @extschema@.raceway_index_statements(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_make_index(keys text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    statement text;
    made bigint := 0;
BEGIN
    FOR statement IN SELECT _raceway_index_statements(_raceway_index_default(keys), '') LOOP
        EXECUTE statement;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_make_index(text[]) IS
    'Makes an index wherever it is not there; returns in how many daily partitions';
REVOKE ALL ON FUNCTION @extschema@._raceway_make_index(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_create_index(VARIADIC keys text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM _raceway_want_index(keys, true);
    RETURN _raceway_make_index(keys);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_create_index(text[]) IS
    'Makes an index of events on these columns, or expressions of them, in every partition, now and later; returns in how many daily ones it has made it';
REVOKE ALL ON FUNCTION @extschema@.raceway_create_index(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_drop_index(VARIADIC keys text[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    dropped text[] := ARRAY(
        SELECT index_of_events::text FROM _raceway_indexes_like(_raceway_default_index(keys))
        WHERE index_of_events IS NOT NULL);
BEGIN
    PERFORM _raceway_want_index(keys, false);
    IF dropped <> '{}' THEN
        EXECUTE 'DROP INDEX ' || array_to_string(dropped, ', ');
    END IF;
    RETURN cardinality(dropped);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_drop_index(text[]) IS
    'Drops an index of events from every partition; returns from how many';
REVOKE ALL ON FUNCTION @extschema@.raceway_drop_index(text[]) FROM PUBLIC;

DO $$
BEGIN
    PERFORM @extschema@._raceway_make_index(keys) FROM @extschema@._raceway_wanted_indexes();
END
$$;
