-- Vector clocks in SQL, in the standard order: a missing component is 0.

CREATE OR REPLACE FUNCTION @extschema@._raceway_clock(value jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF NOT (SELECT is_clock FROM _raceway_outline_clock(value)) THEN
        RAISE EXCEPTION 'expected a vector clock: {component: clock, ...} with whole clocks from 0 to 18446744073709551615'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_clock(jsonb) IS 'The value, which must be a vector clock';

CREATE OR REPLACE FUNCTION @extschema@._raceway_clock_is_at_most(a jsonb, b jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT coalesce(bool_and(value::numeric <= coalesce((b -> key)::numeric, 0)), true)
    FROM jsonb_each(a)
$$;
COMMENT ON FUNCTION @extschema@._raceway_clock_is_at_most(jsonb, jsonb) IS
    'Whether no component of a is above that of b';

CREATE OR REPLACE FUNCTION @extschema@.raceway_happens_before(a jsonb, b jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT x <> '{}' AND y <> '{}'
           AND _raceway_clock_is_at_most(x, y) AND NOT _raceway_clock_is_at_most(y, x)
    FROM _raceway_clock(a) AS x, _raceway_clock(b) AS y
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_concurrent(a jsonb, b jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT NOT raceway_happens_before(a, b) AND NOT raceway_happens_before(b, a)
           AND NOT (_raceway_clock_is_at_most(a, b) AND _raceway_clock_is_at_most(b, a))
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_clock_merge(a jsonb, b jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(key, value ORDER BY value::numeric), '{}')
    FROM (SELECT * FROM jsonb_each(_raceway_clock(a))
          UNION ALL SELECT * FROM jsonb_each(_raceway_clock(b))) AS components
$$;
