-- JSON values that an event must have.

CREATE OR REPLACE FUNCTION @extschema@.raceway_key(value jsonb, max_characters integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(@extschema@.raceway_text(value)) BETWEEN 1 AND max_characters
            THEN @extschema@.raceway_text(value) END;
COMMENT ON FUNCTION @extschema@.raceway_key(jsonb, integer) IS
    'The text of a JSON string of 1 to max_characters characters without U+0000, else NULL';

CREATE OR REPLACE FUNCTION @extschema@.raceway_variant(kind jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(kind)
    WHEN 'string' THEN @extschema@.raceway_key(kind, 50)
    WHEN 'object' THEN (SELECT @extschema@.raceway_key(to_jsonb(min(variant)), 50)
                        FROM jsonb_object_keys(kind) AS variant HAVING count(*) = 1) END;
COMMENT ON FUNCTION @extschema@.raceway_variant(jsonb) IS
    'The name of an event''s kind: the string itself, or the only key of the object';

-- The cast of a text to timestamptz fails, instead of giving NULL, on what the pattern lets
-- through (30 February), and it rounds where microseconds are to be cut off.
CREATE OR REPLACE FUNCTION @extschema@.raceway_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN sent IS NULL OR sent !~ ('^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]'
                                  '([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?'
                                  '([Zz]|[+-](0\d|1[0-5]):[0-5]\d)$') THEN NULL
    WHEN substr(sent, 9, 2) > '28' AND substr(sent, 9, 2)::integer > extract(day FROM
         make_date(substr(sent, 1, 4)::integer, substr(sent, 6, 2)::integer, 1)
         + interval '1 month - 1 day') THEN NULL
    WHEN sent ~ '^(0001-01-01|9999-12-31)' AND sent::timestamptz NOT BETWEEN
         '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00' THEN NULL
    ELSE regexp_replace(sent, '(\.\d{6})\d+', '\1')::timestamptz END;
COMMENT ON FUNCTION @extschema@.raceway_instant(text) IS
    'The instant of an RFC 3339 string in the years 0001 to 9999, cut to microseconds, else NULL';

CREATE OR REPLACE FUNCTION @extschema@.raceway_is_clock_of_object(clock jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(clock) = 'object' THEN (
    SELECT count(*) = count(@extschema@.raceway_whole_number(component.value))
    FROM jsonb_each(clock) AS component) ELSE false END;
COMMENT ON FUNCTION @extschema@.raceway_is_clock_of_object(jsonb) IS
    'Whether the value is {component: clock, ...}';

CREATE OR REPLACE FUNCTION @extschema@.raceway_is_clock_of_pairs(clock jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(clock) = 'array' THEN (
    SELECT count(*) = count(*) FILTER (WHERE
               jsonb_typeof(pair) = 'array'
               AND jsonb_typeof(pair -> 0) = 'string'
               AND @extschema@.raceway_whole_number(pair -> 1) IS NOT NULL
               AND pair -> 2 IS NULL)
    FROM jsonb_array_elements(clock) AS pair) ELSE false END;
COMMENT ON FUNCTION @extschema@.raceway_is_clock_of_pairs(jsonb) IS
    'Whether the value is [[component, clock], ...]';
