-- Rows of frame_columns: where the columns of events are, by the frame. Made with the frame, whoever
-- makes it, in half a millisecond to two.
--
-- For this a template is read as JSON with marked strings in its holes. A mark is U+0010 "h" and the
-- number of the hole, or U+0010 "c" for a column: the text of a template has U+0010 only before "0" or
-- U+0010.

-- With an EXCEPTION block, which no plan with parallel workers can run.
CREATE OR REPLACE FUNCTION @extschema@._raceway_marked(template text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- JSON can't hold U+0001.
    literal text := replace(template, '%%', E'\x01');
    marked text;
BEGIN
    SELECT string_agg(piece, '' ORDER BY place) INTO marked
    FROM (SELECT place, CASE WHEN place > 1 THEN format(E'"\\u0010h%s"', place - 1) ELSE '' END
                        || piece AS piece
          FROM unnest(string_to_array(literal, '%s')) WITH ORDINALITY AS part (piece, place)) AS part;
    marked := regexp_replace(replace(marked, '%2$s', E'"\\u0010c"'), '%[134][$]s', E'\\\\u0010c', 'g');
    RETURN CASE WHEN strpos(marked, '%') = 0 THEN replace(marked, E'\x01', '%')::jsonb END;
EXCEPTION
    WHEN data_exception OR statement_too_complex THEN RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_marked(text) IS
    'A template as JSON, with marks for its holes; NULL where it is whole events, or somebody has damaged it';

CREATE OR REPLACE FUNCTION @extschema@._raceway_hole(part jsonb)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN left(part #>> '{}', 2) = E'\x10h' THEN substr(part #>> '{}', 3)::integer END;
COMMENT ON FUNCTION @extschema@._raceway_hole(jsonb) IS
    'Which of an event''s values belongs here; NULL where none does';

CREATE OR REPLACE FUNCTION @extschema@._raceway_form(part jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(replace(part::text, '%', '%%'), E'"\\\\u0010h([0-9]+)"', E'%\\1$s', 'g');
COMMENT ON FUNCTION @extschema@._raceway_form(jsonb) IS
    'Part of a marked template as a format string over the values';

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_known(part jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(strpos(part::text, E'"\\u0010') = 0, true);
COMMENT ON FUNCTION @extschema@._raceway_is_known(jsonb) IS
    'Whether a part of a marked template is the same in all events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_place(part jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(part = 'null' OR @extschema@._raceway_hole(part) IS NOT NULL, true);
COMMENT ON FUNCTION @extschema@._raceway_is_place(jsonb) IS
    'Whether a part of a marked template is one value, or nothing';

-- Names among the values are usual in vector_clock only; elsewhere one may hide a field of the template.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_plain(marked jsonb, dialect text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_typeof(marked) = 'object'
    AND (marked - 'vector_clock')::text !~ E'"\\\\u0010h[0-9]+":'
    AND @extschema@._raceway_hole(marked -> 'metadata') IS NULL
    AND (dialect = 'flat' OR @extschema@._raceway_hole(marked -> 'kind') IS NULL);
COMMENT ON FUNCTION @extschema@._raceway_is_plain(jsonb, text) IS
    'Whether a marked template has all names that columns are found by';

CREATE OR REPLACE FUNCTION @extschema@._raceway_clock_form(
    marked jsonb, dialect text, OUT is_sayable boolean, OUT components integer, OUT form text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    clock jsonb := marked -> CASE dialect WHEN 'flat' THEN 'vector_clock' ELSE 'causality_vector' END;
BEGIN
    is_sayable := dialect = 'flat' OR _raceway_hole(clock) IS NULL;
    IF dialect = 'flat' THEN
        form := _raceway_form(clock);
        IF jsonb_typeof(clock) = 'object' THEN
            -- jsonb has marks in the order of their numbers, but not other names among them.
            SELECT count(DISTINCT left(name, 2) = E'\x10h') < 2 INTO is_sayable
            FROM jsonb_object_keys(clock) AS name;
        END IF;
    ELSIF jsonb_typeof(clock) = 'array' THEN
        SELECT coalesce(bool_and(jsonb_typeof(pair) = 'array' AND jsonb_typeof(pair -> 0) = 'string'
                                 AND pair -> 1 IS NOT NULL), true),
               nullif(count(*), 1),
               '{' || coalesce(string_agg(
                   _raceway_form(pair -> 0) || ': ' || _raceway_form(pair -> 1), ', '), '') || '}'
        INTO is_sayable, components, form
        FROM jsonb_array_elements(clock) AS pair;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_clock_form(jsonb, text) IS
    'Format string over the values for the clock of events with this marked template';

CREATE OR REPLACE FUNCTION @extschema@._raceway_locks(marked jsonb, dialect text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(marked -> 'lock_set') = 'array'
         OR @extschema@._raceway_hole(marked -> 'lock_set') IS NOT NULL THEN marked -> 'lock_set'
    WHEN dialect = 'flat' THEN marked #> '{metadata,lock_set}' END;
COMMENT ON FUNCTION @extschema@._raceway_locks(jsonb, text) IS
    'Where events with this marked template have their locks';

-- Of what is sent twice, at two places, only the event itself can tell which one counts.
CREATE OR REPLACE FUNCTION @extschema@._raceway_frame_columns(frame @extschema@.frames)
RETURNS SETOF @extschema@.frame_columns
LANGUAGE sql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT frame.frame_id, _raceway_hole(id), _raceway_hole(parent), _raceway_hole(place),
           _raceway_hole(file), _raceway_hole(payload -> 'line'), _raceway_hole(process -> 'thread_id'),
           _raceway_hole(payload -> 'variable'), _raceway_hole(payload -> 'access_type'),
           _raceway_hole(duration_ns), _raceway_hole(duration_ms),
           _raceway_hole(process -> 'distributed_span_id'),
           _raceway_hole(process -> 'upstream_span_id'),
           _raceway_hole(locks), _raceway_hole(payload -> 'old_value'),
           _raceway_hole(payload -> 'new_value'), components, _raceway_process_id(marked),
           left(_raceway_text(process -> 'environment'), 255),
           left(_raceway_text(process -> 'instance_id'), 255),
           CASE WHEN jsonb_typeof(locks) = 'array' THEN locks END,
           CASE WHEN _raceway_is_known(payload -> 'old_value') THEN payload -> 'old_value' END,
           CASE WHEN _raceway_is_known(payload -> 'new_value') THEN payload -> 'new_value' END,
           clock.form, _raceway_form(payload)
    FROM _raceway_marked(frame.template) AS marked,
         _raceway_payload(marked, frame.dialect, frame.kind) AS payload,
         _raceway_locks(marked, frame.dialect) AS locks,
         _raceway_clock_form(marked, frame.dialect) AS clock,
         LATERAL (SELECT frame.dialect = 'flat' AS is_flat, marked -> 'metadata' AS process,
                         marked -> 'parent_id' AS parent) AS sent,
         LATERAL (SELECT marked -> CASE WHEN is_flat THEN 'event_id' ELSE 'id' END AS id,
                         CASE WHEN is_flat THEN marked ELSE payload END -> 'location' AS place,
                         CASE WHEN NOT is_flat THEN payload -> 'file' END AS file,
                         CASE WHEN NOT is_flat THEN process -> 'duration_ns' END AS duration_ns,
                         CASE WHEN is_flat THEN marked ELSE payload END -> 'duration_ms'
                             AS duration_ms) AS part
    WHERE _raceway_is_plain(marked, frame.dialect) AND _raceway_hole(payload) IS NULL
      AND clock.is_sayable
      AND (SELECT bool_and(_raceway_is_place(part))
           FROM unnest(ARRAY[
               place, file, payload -> 'line', process -> 'thread_id', payload -> 'variable',
               payload -> 'access_type', duration_ns, duration_ms,
               process -> 'distributed_span_id', process -> 'upstream_span_id']) AS part)
      AND _raceway_is_known(process -> 'environment') AND _raceway_is_known(process -> 'instance_id')
      AND _raceway_is_known(process -> 'process_id')
      AND (id = E'"\\u0010c"' OR _raceway_hole(id) IS NOT NULL)
      AND (parent = E'"\\u0010c"' OR _raceway_is_place(parent))
      AND (place IS NULL OR file IS NULL)
      AND (NOT is_flat OR _raceway_is_known(marked -> 'lock_set') OR NOT process ? 'lock_set')
$$;
COMMENT ON FUNCTION @extschema@._raceway_frame_columns(@extschema@.frames) IS
    'The row of frame_columns for a frame; none where it can''t say all';

CREATE OR REPLACE FUNCTION @extschema@._raceway_follow_frames()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM made) THEN
        -- Numbers start over after TRUNCATE frames RESTART IDENTITY.
        DELETE FROM frame_columns WHERE frame_id = ANY (ARRAY(SELECT frame_id FROM made));
        INSERT INTO frame_columns
        SELECT columns.* FROM made, _raceway_frame_columns(made) AS columns;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_follow_frames() IS
    'Trigger: a frame comes with its row of frame_columns';
REVOKE ALL ON FUNCTION @extschema@._raceway_follow_frames() FROM PUBLIC;

CREATE OR REPLACE TRIGGER frames_made AFTER INSERT ON @extschema@.frames
    REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION @extschema@._raceway_follow_frames();

-- Of frames that an older version has made, or the extension.
INSERT INTO @extschema@.frame_columns
SELECT columns.*
FROM @extschema@.frames AS frame, @extschema@._raceway_frame_columns(frame) AS columns
WHERE NOT EXISTS (SELECT FROM @extschema@.frame_columns AS known
                  WHERE known.frame_id = frame.frame_id);
