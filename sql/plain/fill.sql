-- A template and its values, put together by format().
--
-- RFC 3339 has no name for what is outside of the years 0001 to 9999, where version 0.1.0 stored a leap
-- second at their end: such an event is shown at the nearest instant.

CREATE OR REPLACE FUNCTION @extschema@._raceway_fill(
    template text, event_key uuid, trace_id text, parent_key uuid, instant timestamptz,
    "values" text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(template, VARIADIC ARRAY[
        event_key::text, @extschema@._raceway_escape(trace_id)::text, parent_key::text,
        @extschema@._raceway_utc(CASE
            WHEN instant < '0001-01-01 00:00:00+00' THEN '0001-01-01 00:00:00+00'
            WHEN instant > '9999-12-31 23:59:59.999999+00' THEN '9999-12-31 23:59:59.999999+00'
            ELSE instant END)]
    || string_to_array("values", E'\x1f'));
