-- JSON as text, and the values that an event must have.

CREATE OR REPLACE FUNCTION @extschema@._raceway_escape_json(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- An even number of backslashes before it: the sequence is one, not the text of one.
    SELECT CASE WHEN strpos(document, E'\\u00') = 0 THEN document
        ELSE regexp_replace(
            regexp_replace(document, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0010', E'\\1\\\\u0010\\\\u0010', 'g'),
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1\\\\u00100', 'g') END
$$;
COMMENT ON FUNCTION @extschema@._raceway_escape_json(text) IS
    'JSON text that jsonb can hold: U+0000 becomes U+0010 "0", U+0010 is doubled';

-- With an EXCEPTION block, which no plan with parallel workers can run.
CREATE OR REPLACE FUNCTION @extschema@._raceway_jsonb(document text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_escape_json(document)::jsonb;
EXCEPTION
    WHEN data_exception OR statement_too_complex THEN RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_jsonb(text) IS 'The text as jsonb; NULL where jsonb can not hold it';

-- Text that comes from jsonb still has U+0010 doubled, and U+0000 as U+0010 "0".
CREATE OR REPLACE FUNCTION @extschema@._raceway_key(sent text, max_characters integer)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    -- Nearly every key: no more bytes than it may have characters, nothing to undo.
    WHEN octet_length(sent) BETWEEN 1 AND max_characters AND strpos(sent, E'\x10') = 0 THEN sent
    WHEN length(@extschema@._raceway_text(to_jsonb(sent))) BETWEEN 1 AND max_characters
    THEN @extschema@._raceway_text(to_jsonb(sent)) END;
COMMENT ON FUNCTION @extschema@._raceway_key(text, integer) IS
    'The text of a JSON string of 1 to max_characters characters without U+0000, else NULL';

-- The cast of a text to timestamptz fails, instead of giving NULL, on what the pattern lets
-- through (30 February), and it rounds where microseconds are to be cut off.
CREATE OR REPLACE FUNCTION @extschema@._raceway_cast_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN sent IS NULL OR sent !~ ('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]'
                                  '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?'
                                  '([Zz]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)$') THEN NULL
    WHEN left(sent, 4) = '0000' THEN NULL
    WHEN substr(sent, 9, 2) > '28' COLLATE "C" AND substr(sent, 9, 2)::integer > extract(day FROM
         make_date(substr(sent, 1, 4)::integer, substr(sent, 6, 2)::integer, 1)
         + interval '1 month - 1 day') THEN NULL
    -- A seventh digit after the point.
    WHEN substr(sent, 27, 1) BETWEEN ('0' COLLATE "C") AND '9'
         AND substr(sent, 20, 7) ~ '^[.][0-9]{6}$'
    THEN regexp_replace(sent, E'([.][0-9]{6})[0-9]+', E'\\1')::timestamptz
    ELSE sent::timestamptz END;
COMMENT ON FUNCTION @extschema@._raceway_cast_instant(text) IS
    'The instant of an RFC 3339 string, or nearly, cut to microseconds, else NULL';

-- A leap second is the second after it. The cast fails on a fraction of one.
CREATE OR REPLACE FUNCTION @extschema@._raceway_sent_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN substr(sent, 18, 2) = '60'
            THEN @extschema@._raceway_cast_instant(overlay(sent PLACING '59' FROM 18))
                 + interval '1 second'
            ELSE @extschema@._raceway_cast_instant(sent) END;
COMMENT ON FUNCTION @extschema@._raceway_sent_instant(text) IS
    '_raceway_cast_instant() of a string that may name a leap second';

CREATE OR REPLACE FUNCTION @extschema@._raceway_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN left(sent, 10) IN ('0001-01-01', '9999-12-31')
         AND @extschema@._raceway_sent_instant(sent) NOT BETWEEN
             '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00' THEN NULL
    ELSE @extschema@._raceway_sent_instant(sent) END;
COMMENT ON FUNCTION @extschema@._raceway_instant(text) IS
    'The instant of a string in the years 0001 to 9999, else NULL';

CREATE OR REPLACE FUNCTION @extschema@._raceway_lacks_offset(sent text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sent ~ ('^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$');
COMMENT ON FUNCTION @extschema@._raceway_lacks_offset(text) IS
    'Whether a string would be an instant if it had an offset from UTC';

-- One match for all events of a batch takes a tenth of the time that one for each takes: its states
-- are built once. An event with two timestamps for one would be longer than one with an offset.
CREATE OR REPLACE FUNCTION @extschema@._raceway_has_plain_times(sent_events jsonb[])
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT max(octet_length(happened)) <= 32 AND string_agg(happened || ' ', '') ~ (
               '^([1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)'
               '|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?'
               '(Z|[+]00:00) )*$')
    FROM (SELECT sent ->> 'timestamp' AS happened FROM unnest(sent_events) AS sent) AS event
$$;
COMMENT ON FUNCTION @extschema@._raceway_has_plain_times(jsonb[]) IS
    'Whether all timestamps can be cast: of RFC 3339, in UTC, with no more than microseconds';

-- Nearly all clocks are plain digits; the function for the others takes three times as long.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_whole_number(value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) < 20 AND value COLLATE "C" !~ '[^0-9]' THEN true
            ELSE @extschema@._raceway_whole_number(value::jsonb) IS NOT NULL END;
COMMENT ON FUNCTION @extschema@._raceway_is_whole_number(text) IS
    'Whether the JSON is a whole number from 0 to 18446744073709551615';

CREATE OR REPLACE FUNCTION @extschema@._raceway_exceeds_bounds(sent jsonb, written text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Where few brackets are open, and no number can be long, nothing has to be looked at.
    IF octet_length(written) - octet_length(translate(written, '[{', '')) > 100
       AND jsonb_path_exists(
           sent, 'strict $.**{127} ? (@.type() == "object" || @.type() == "array")') THEN
        RETURN true;
    END IF;
    RETURN octet_length(written) > 1000 AND EXISTS (
        SELECT FROM jsonb_path_query(sent, 'strict $.** ? (@.type() == "number")') AS number
        WHERE abs(number::numeric) >= 1e1000 OR scale(number::numeric) > 1000);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_exceeds_bounds(jsonb, text) IS
    'Whether an event, of which this is what is written, is nested deeper than 127 levels or has a number of more than 1,000 digits on one side of its point';

-- Deep nesting takes two characters a level, a long number one a digit: most events are too short.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_beyond_bounds(sent jsonb, written text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(written) > 250
            THEN @extschema@._raceway_exceeds_bounds(sent, written) ELSE false END;
COMMENT ON FUNCTION @extschema@._raceway_is_beyond_bounds(jsonb, text) IS
    '_raceway_exceeds_bounds(), asked only where it may be so';
