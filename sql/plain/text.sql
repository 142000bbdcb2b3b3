-- JSON values to column values. U+0000 can't be in jsonb: here it is U+0010 "0", and U+0010 is
-- doubled. Columns of text hold the text itself.

CREATE OR REPLACE FUNCTION @extschema@.raceway_text(value jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) IS DISTINCT FROM 'string' THEN NULL
        WHEN strpos(value #>> '{}', E'\x10') = 0 THEN value #>> '{}'
        WHEN strpos(replace(value #>> '{}', E'\x10\x10', ''), E'\x10') > 0 THEN NULL
        ELSE replace(value #>> '{}', E'\x10\x10', E'\x10') END
$$;
COMMENT ON FUNCTION @extschema@.raceway_text(jsonb) IS
    'The text of a JSON string; NULL for other values, and for text with U+0000';

CREATE OR REPLACE FUNCTION @extschema@.raceway_key(value jsonb, max_characters integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT text FROM raceway_text(value) AS text
    WHERE length(text) BETWEEN 1 AND max_characters
$$;
COMMENT ON FUNCTION @extschema@.raceway_key(jsonb, integer) IS
    'The text of a JSON string of 1 to max_characters characters without U+0000, else NULL';

CREATE OR REPLACE FUNCTION @extschema@.raceway_variant(kind jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE jsonb_typeof(kind)
        WHEN 'string' THEN raceway_key(kind, 50)
        WHEN 'object' THEN (SELECT raceway_key(to_jsonb(min(variant)), 50)
                            FROM jsonb_object_keys(kind) AS variant HAVING count(*) = 1) END
$$;
COMMENT ON FUNCTION @extschema@.raceway_variant(jsonb) IS
    'The name of an event''s kind: the string itself, or the only key of the object';

CREATE OR REPLACE FUNCTION @extschema@.raceway_double(value jsonb)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'number' THEN
        CASE WHEN value::numeric = 0 OR abs(value::numeric) BETWEEN 1e-300 AND 1e300
            THEN value::numeric::double precision END END
$$;
COMMENT ON FUNCTION @extschema@.raceway_double(jsonb) IS
    'A JSON number as double precision; NULL for other values and out of range';

CREATE OR REPLACE FUNCTION @extschema@.raceway_timestamp(value jsonb)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The cast comes last: it fails, instead of giving NULL, on what the pattern lets through
    -- (30 February); and it rounds where microseconds are to be cut off.
    SELECT CASE
        WHEN jsonb_typeof(value) IS DISTINCT FROM 'string' THEN NULL
        WHEN text !~ ('^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]'
                      '([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?'
                      '([Zz]|[+-](0\d|1[0-5]):[0-5]\d)$') THEN NULL
        WHEN substr(text, 9, 2)::integer > extract(day FROM
             make_date(substr(text, 1, 4)::integer, substr(text, 6, 2)::integer, 1)
             + interval '1 month - 1 day') THEN NULL
        ELSE (SELECT instant
              FROM CAST(regexp_replace(text, '(\.\d{6})\d+', '\1') AS timestamptz) AS instant
              WHERE instant >= '0001-01-01 00:00:00+00' AND instant < '10000-01-01 00:00:00+00')
        END
    FROM (SELECT value #>> '{}' AS text) AS sent
$$;
COMMENT ON FUNCTION @extschema@.raceway_timestamp(jsonb) IS
    'The instant of an RFC 3339 string in the years 0001 to 9999, cut to microseconds, else NULL';
