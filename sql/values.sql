-- JSON values to column values. U+0000 can't be in jsonb: here it is U+0010 "0", and U+0010 is
-- doubled. Columns of text hold the text itself.
--
-- Bodies in SQL-standard form are bound to their objects when they are created: they need no
-- search_path, and the planner can write them into the query that calls them.

CREATE OR REPLACE FUNCTION @extschema@._raceway_text(value jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(value) IS DISTINCT FROM 'string' THEN NULL
    WHEN strpos(value #>> '{}', E'\x10') = 0 THEN value #>> '{}'
    WHEN strpos(replace(value #>> '{}', E'\x10\x10', ''), E'\x10') > 0 THEN NULL
    ELSE replace(value #>> '{}', E'\x10\x10', E'\x10') END;
COMMENT ON FUNCTION @extschema@._raceway_text(jsonb) IS
    'The text of a JSON string; NULL for other values, and for text with U+0000';

CREATE OR REPLACE FUNCTION @extschema@._raceway_escape(value text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_jsonb(replace(value, E'\x10', E'\x10\x10'));
COMMENT ON FUNCTION @extschema@._raceway_escape(text) IS
    'The text as a JSON string, in which U+0010 is doubled';

CREATE OR REPLACE FUNCTION @extschema@._raceway_utc(instant timestamptz)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION @extschema@._raceway_utc(timestamptz) IS 'RFC 3339 in UTC, with microseconds';

CREATE OR REPLACE FUNCTION @extschema@._raceway_double(value jsonb)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN
    CASE WHEN value::numeric = 0 OR abs(value::numeric) BETWEEN 1e-300 AND 1e300
        THEN value::numeric::double precision END END;
COMMENT ON FUNCTION @extschema@._raceway_double(jsonb) IS
    'A JSON number as double precision; NULL for other values and out of range';

CREATE OR REPLACE FUNCTION @extschema@._raceway_whole_number(value jsonb)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN
    CASE WHEN value::numeric BETWEEN 0 AND 18446744073709551615
              AND value::numeric = trunc(value::numeric)
        THEN trunc(value::numeric) END END;
COMMENT ON FUNCTION @extschema@._raceway_whole_number(jsonb) IS
    'A whole number from 0 to 18446744073709551615, else NULL';

-- A pattern of every place has to be worked out anew for each id, which takes four times as long.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_uuid(id text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN id LIKE '________-____-____-____-____________'
    AND id COLLATE "C" !~ '[^0-9a-f-]'
    AND octet_length(replace(id, '-', '')) = 32;
COMMENT ON FUNCTION @extschema@._raceway_is_uuid(text) IS
    'Whether the id is a UUID in the form that Postgres prints';

-- As stable as convert_to(), or the planner would call it, at more than a microsecond each time.
CREATE OR REPLACE FUNCTION @extschema@._raceway_id_key(id text)
RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN @extschema@._raceway_is_uuid(id) THEN id::uuid
            ELSE left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 32)::uuid END;
COMMENT ON FUNCTION @extschema@._raceway_id_key(text) IS
    'event_key or parent_key of an id: the UUID that it spells, else the start of its SHA-256';

CREATE OR REPLACE FUNCTION @extschema@._raceway_unescape_json(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The text of jsonb holds no control character: U+0001 can stand for a doubled U+0010.
    SELECT CASE WHEN strpos(document, E'\\u0010') = 0 THEN document
        ELSE replace(regexp_replace(regexp_replace(document,
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0010\\\\u0010', E'\\1\x01', 'g'),
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u00100', E'\\1\\\\u0000', 'g'), E'\x01', E'\\u0010') END
$$;
COMMENT ON FUNCTION @extschema@._raceway_unescape_json(text) IS
    'JSON text as it was before U+0000 and U+0010 were escaped for jsonb';
