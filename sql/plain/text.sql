-- JSON values that an event must have.

-- Text that comes from jsonb still has U+0010 doubled, and U+0000 as U+0010 "0".
CREATE OR REPLACE FUNCTION @extschema@.raceway_key(sent text, max_characters integer)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    -- Nearly every key: no more bytes than it may have characters, nothing to undo.
    WHEN octet_length(sent) BETWEEN 1 AND max_characters AND strpos(sent, E'\x10') = 0 THEN sent
    WHEN length(@extschema@.raceway_text(to_jsonb(sent))) BETWEEN 1 AND max_characters
    THEN @extschema@.raceway_text(to_jsonb(sent)) END;
COMMENT ON FUNCTION @extschema@.raceway_key(text, integer) IS
    'The text of a JSON string of 1 to max_characters characters without U+0000, else NULL';

-- The cast of a text to timestamptz fails, instead of giving NULL, on what the pattern lets
-- through (30 February), and it rounds where microseconds are to be cut off.
CREATE OR REPLACE FUNCTION @extschema@.raceway_cast_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN sent IS NULL OR sent !~ ('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]'
                                  '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?'
                                  '([Zz]|[+-](0[0-9]|1[0-5]):[0-5][0-9])$') THEN NULL
    WHEN left(sent, 4) = '0000' THEN NULL
    WHEN substr(sent, 9, 2) > '28' COLLATE "C" AND substr(sent, 9, 2)::integer > extract(day FROM
         make_date(substr(sent, 1, 4)::integer, substr(sent, 6, 2)::integer, 1)
         + interval '1 month - 1 day') THEN NULL
    WHEN left(sent, 10) IN ('0001-01-01', '9999-12-31') AND sent::timestamptz NOT BETWEEN
         '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00' THEN NULL
    -- A seventh digit after the point.
    WHEN substr(sent, 27, 1) BETWEEN ('0' COLLATE "C") AND '9'
    THEN regexp_replace(sent, '(\.[0-9]{6})[0-9]+', '\1')::timestamptz
    ELSE sent::timestamptz END;
COMMENT ON FUNCTION @extschema@.raceway_cast_instant(text) IS
    'The instant of an RFC 3339 string in the years 0001 to 9999, cut to microseconds, else NULL';

-- A leap second is the second after it. The cast fails on a fraction of one.
CREATE OR REPLACE FUNCTION @extschema@.raceway_instant(sent text)
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN substr(sent, 18, 2) = '60'
            THEN @extschema@.raceway_cast_instant(overlay(sent PLACING '59' FROM 18))
                 + interval '1 second'
            ELSE @extschema@.raceway_cast_instant(sent) END;
COMMENT ON FUNCTION @extschema@.raceway_instant(text) IS
    'raceway_cast_instant() of a string that may name a leap second';

-- One match for all events of a batch takes a tenth of the time that one for each takes: its states
-- are built once. An event with two timestamps for one would be longer than one with an offset.
CREATE OR REPLACE FUNCTION @extschema@.raceway_has_plain_times(sent_events jsonb[])
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT max(octet_length(happened)) <= 32 AND string_agg(happened || ' ', '') ~ (
               '^([1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)'
               '|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?'
               '(Z|[+]00:00) )*$')
    FROM (SELECT sent ->> 'timestamp' AS happened FROM unnest(sent_events) AS sent) AS event
$$;
COMMENT ON FUNCTION @extschema@.raceway_has_plain_times(jsonb[]) IS
    'Whether all timestamps can be cast: of RFC 3339, in UTC, with no more than microseconds';

-- Nearly all clocks are plain digits; the function for the others takes three times as long.
CREATE OR REPLACE FUNCTION @extschema@.raceway_is_whole_number(value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) < 20 AND value COLLATE "C" !~ '[^0-9]' THEN true
            ELSE @extschema@.raceway_whole_number(value::jsonb) IS NOT NULL END;
COMMENT ON FUNCTION @extschema@.raceway_is_whole_number(text) IS
    'Whether the JSON is a whole number from 0 to 18446744073709551615';
