-- A template and its values, put together by format().

CREATE OR REPLACE FUNCTION @extschema@.raceway_fill(
    template text, event_key uuid, trace_id text, parent_key uuid, instant timestamptz,
    "values" text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(template, VARIADIC ARRAY[
        event_key::text, @extschema@.raceway_escape(trace_id)::text, parent_key::text,
        @extschema@.raceway_utc(instant)]
    || string_to_array("values", E'\x1f'));
