-- Frames: what many events share, stored once.

-- Everybody adds frames before locking traces: no cycle to deadlock in.
CREATE OR REPLACE FUNCTION @extschema@._raceway_add_frames(
    templates text[], dialects text[], kinds text[], service_names text[])
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
    INSERT INTO frames (template, dialect, kind, service_name)
    SELECT DISTINCT template, dialect, kind, service_name
    FROM unnest(templates, dialects, kinds, service_names)
        AS frame (template, dialect, kind, service_name)
    WHERE NOT EXISTS (SELECT FROM frames AS known
                      WHERE (known.template, known.dialect, known.kind, known.service_name)
                          = (frame.template, frame.dialect, frame.kind, frame.service_name))
    ORDER BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION @extschema@._raceway_add_frames(text[], text[], text[], text[]) IS
    'Makes those of these frames that there are not yet';
REVOKE ALL ON FUNCTION @extschema@._raceway_add_frames(text[], text[], text[], text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_frame_ids(
    templates text[], dialects text[], kinds text[], service_names text[])
RETURNS TABLE (frame_id integer, is_whole boolean, made_by xid)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    -- In the extension, who else adds frames restores them.
    PERFORM set_config('raceway.adds_frames', 'on', true);
    -- Senders whose process fields never repeat can not make this table grow for ever: with so many
    -- frames, an event that would need another is stored whole.
    IF coalesce((SELECT max(frame_id) FROM frames) < 100000, true) THEN
        PERFORM _raceway_add_frames(templates, dialects, kinds, service_names);
    ELSE
        PERFORM _raceway_add_frames(array_fill('%5$s'::text, ARRAY[cardinality(templates)]),
                                    dialects, kinds, service_names);
    END IF;
    RETURN QUERY
    SELECT coalesce(shared.frame_id, whole.frame_id), shared.frame_id IS NULL,
           coalesce(shared.xmin, whole.xmin)
    FROM unnest(templates, dialects, kinds, service_names) WITH ORDINALITY
        AS sent (template, dialect, kind, service_name, place)
    LEFT JOIN frames AS shared USING (template, dialect, kind, service_name)
    LEFT JOIN frames AS whole
        ON shared.frame_id IS NULL
       AND (whole.template, whole.dialect, whole.kind, whole.service_name)
         = ('%5$s', sent.dialect, sent.kind, sent.service_name)
    ORDER BY place;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_frame_ids(text[], text[], text[], text[]) IS
    'The frames with these templates, made if need be: whether the event must be stored whole instead, and which transaction made the frame';
REVOKE ALL ON FUNCTION @extschema@._raceway_frame_ids(text[], text[], text[], text[]) FROM PUBLIC;
