-- Frames: what many events share, stored once.

-- Everybody adds frames before locking traces: no cycle to deadlock in.
CREATE OR REPLACE FUNCTION @extschema@.raceway_frame_ids(
    templates text[], dialects text[], kinds text[], service_names text[])
RETURNS TABLE (frame_id integer, made_by xid)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    -- A sender whose process fields never repeat can not make this table grow for ever.
    INSERT INTO frames (template, dialect, kind, service_name)
    SELECT template, min(dialect), min(kind), min(service_name)
    FROM unnest(templates, dialects, kinds, service_names)
        AS frame (template, dialect, kind, service_name)
    WHERE NOT EXISTS (SELECT FROM frames AS known WHERE known.template = frame.template)
      AND octet_length(template) <= 2000
      AND (SELECT max(frame_id) FROM frames) < 100000
    GROUP BY template
    ORDER BY template COLLATE "C"
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT coalesce(known.frame_id, 0), known.xmin
    FROM unnest(templates) WITH ORDINALITY AS sent (template, place)
    LEFT JOIN frames AS known USING (template)
    ORDER BY place;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_frame_ids(text[], text[], text[], text[]) IS
    'The frames with these templates, made if need be, and by which transaction; 0 where an event has to be stored whole';
REVOKE ALL ON FUNCTION @extschema@.raceway_frame_ids(text[], text[], text[], text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_fill(
    template text, event_key uuid, trace_id text, parent_key uuid, instant timestamptz,
    "values" text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(template, VARIADIC ARRAY[
        event_key::text, @extschema@.raceway_escape(trace_id)::text, parent_key::text,
        @extschema@.raceway_utc(instant)]
    || string_to_array("values", E'\x1f'));
COMMENT ON FUNCTION @extschema@.raceway_fill(text, uuid, text, uuid, timestamptz, text) IS
    'The JSON of a stored event, as it was sent';
