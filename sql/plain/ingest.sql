-- raceway_ingest in SQL, for servers without the extension.

CREATE OR REPLACE FUNCTION @extschema@.raceway_escape_json(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- An even number of backslashes before it: the sequence is one, not the text of one.
    SELECT CASE WHEN strpos(document, '\u00') = 0 THEN document
        ELSE regexp_replace(
            regexp_replace(document, '(?<!\\)((?:\\\\)*)\\u0010', '\1\\u0010\\u0010', 'g'),
            '(?<!\\)((?:\\\\)*)\\u0000', '\1\\u00100', 'g') END
$$;
COMMENT ON FUNCTION @extschema@.raceway_escape_json(text) IS
    'JSON text that jsonb can hold: U+0000 becomes U+0010 "0", U+0010 is doubled';

CREATE OR REPLACE FUNCTION @extschema@.raceway_elements(batch jsonb)
RETURNS jsonb[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN jsonb_typeof(batch) = 'array'
        THEN ARRAY(SELECT element FROM jsonb_array_elements(batch) AS element)
        WHEN jsonb_typeof(batch) <> 'object' THEN NULL
        WHEN NOT batch ? 'events' OR batch ?| '{id,event_id}' THEN ARRAY[batch]
        WHEN jsonb_typeof(batch -> 'events') = 'array'
        THEN ARRAY(SELECT element FROM jsonb_array_elements(batch -> 'events') AS element) END
$$;
COMMENT ON FUNCTION @extschema@.raceway_elements(jsonb) IS
    'The events of a batch: one event, an array, or {"events": [...]}; NULL if it is none of these';

-- glibc gives freed memory back to the system, and the next batch has to ask for it page by page,
-- which takes a quarter of its time. Once a large block has been freed, twice as much is kept.
CREATE OR REPLACE FUNCTION @extschema@.raceway_keep_memory()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A block made of constants only would be made by the planner, and kept.
    kilobytes integer := 8000;
BEGIN
    IF coalesce(current_setting('raceway.keeps_memory', true), '') = '' THEN
        PERFORM octet_length(repeat(repeat(' ', 1000), kilobytes));
        PERFORM set_config('raceway.keeps_memory', 'on', false);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_keep_memory() IS
    'Makes the memory that a batch takes stay with the session for the next one';
REVOKE ALL ON FUNCTION @extschema@.raceway_keep_memory() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_whole_values(
    whole boolean[], templates text[], frames integer[], trace_ids text[], event_keys uuid[],
    parent_keys uuid[], times timestamptz[], event_values text[])
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT array_agg(CASE
               WHEN whole[frame]
               THEN raceway_fill(templates[frame], event_key, trace_id, parent_key, instant,
                                 event_values)
               ELSE event_values END ORDER BY place)
    FROM unnest(frames, trace_ids, event_keys, parent_keys, times, event_values)
        WITH ORDINALITY AS event (frame, trace_id, event_key, parent_key, instant, event_values,
                                  place)
$$;
COMMENT ON FUNCTION @extschema@.raceway_whole_values(
    boolean[], text[], integer[], text[], uuid[], uuid[], timestamptz[], text[]) IS
    'The values of events: the whole event where there was no frame to be had for its template';

CREATE OR REPLACE FUNCTION @extschema@.raceway_reports(
    sizes integer[], refused_places bigint[], refused_ids text[], reasons text[],
    repeated_places bigint[])
RETURNS TABLE (request bigint, accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- The place of each request's first event.
    starts bigint[] := ARRAY(
        SELECT 1 + sum(size) OVER (ORDER BY nth) - size
        FROM unnest(sizes) WITH ORDINALITY AS request (size, nth));
BEGIN
    RETURN QUERY
    SELECT nth, size - coalesce(repeated, 0) - coalesce(refused, 0), coalesce(repeated, 0),
           coalesce(refused, 0), coalesce(list, '[]')
    FROM unnest(sizes, starts) WITH ORDINALITY AS sent (size, start, nth)
    LEFT JOIN (
        SELECT width_bucket(place, starts)::bigint AS nth, count(*)::integer AS refused,
               jsonb_agg(jsonb_build_object(
                   'index', place - starts[width_bucket(place, starts)], 'id', id,
                   'reason', reason) ORDER BY place) AS list
        FROM unnest(refused_places, refused_ids, reasons) AS event (place, id, reason)
        GROUP BY 1) AS refusals USING (nth)
    LEFT JOIN (
        SELECT width_bucket(place, starts)::bigint AS nth, count(*)::integer AS repeated
        FROM unnest(repeated_places) AS place
        GROUP BY 1) AS repetitions USING (nth);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_reports(
    integer[], bigint[], text[], text[], bigint[]) IS
    'What became of so many events of each request';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest_events(sent_events jsonb[], sizes integer[])
RETURNS TABLE (request bigint, accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    batch record;
    frame_ids integer[];
    whole boolean[];
    repeated bigint[];
BEGIN
    IF cardinality(sent_events) >= 100 THEN
        PERFORM raceway_keep_memory();
    END IF;
    SELECT * INTO batch FROM raceway_decode_batch(sent_events);
    IF batch.places IS NOT NULL THEN
        SELECT array_agg(frame_id), array_agg(is_whole) INTO frame_ids, whole
        FROM raceway_frame_ids(
            batch.templates, batch.dialects, batch.kinds, batch.frame_services);
        IF true = ANY (whole) THEN
            batch.event_values := raceway_whole_values(
                whole, batch.templates, batch.frames, batch.trace_ids, batch.event_keys,
                batch.parent_keys, batch.times, batch.event_values);
        END IF;
        repeated := raceway_store_events(
            batch.places, batch.trace_ids, batch.event_keys, batch.parent_keys, batch.times,
            ARRAY(SELECT frame_ids[frame] FROM unnest(batch.frames) AS frame),
            batch.service_names, batch.event_values);
    END IF;
    RETURN QUERY SELECT * FROM raceway_reports(
        sizes, batch.refused_places, batch.refused_ids, batch.reasons, repeated);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_ingest_events(jsonb[], integer[]) IS
    'Stores the valid ones of these events, so many of each request, and reports on each request';
REVOKE ALL ON FUNCTION @extschema@.raceway_ingest_events(jsonb[], integer[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest_elements(elements jsonb[])
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF elements IS NULL THEN
        RAISE EXCEPTION 'expected an event, an array of events, or {"events": [...]}'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT report.accepted, report.duplicates, report.rejected, report.errors
    FROM raceway_ingest_events(elements, ARRAY[cardinality(elements)]) AS report;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_ingest_elements(jsonb[]) IS
    'Stores the valid ones of these events';
REVOKE ALL ON FUNCTION @extschema@.raceway_ingest_elements(jsonb[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch jsonb)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE sql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT * FROM raceway_ingest_elements(raceway_elements(
        CASE WHEN strpos(batch::text, '\u0010') = 0 THEN batch
             ELSE raceway_escape_json(batch::text)::jsonb END))
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_jsonb(document text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN raceway_escape_json(document)::jsonb;
EXCEPTION
    WHEN data_exception OR statement_too_complex THEN RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_jsonb(text) IS 'The text as jsonb; NULL where jsonb can not hold it';

CREATE OR REPLACE FUNCTION @extschema@.raceway_text_elements(batch text)
RETURNS jsonb[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    document jsonb := raceway_jsonb(batch);
    list json;
    elements jsonb[];
    found_events boolean := false;
    line text;
BEGIN
    IF document IS NOT NULL THEN
        RETURN raceway_elements(document);
    END IF;
    -- Not jsonb as a whole. As json, which looks less closely, one bad event can be told from
    -- the others; as lines, each may be a document.
    BEGIN
        list := batch::json;
        IF json_typeof(list) = 'object' THEN
            list := coalesce(list -> 'events', json_build_array(list));
        END IF;
        RETURN ARRAY(SELECT raceway_jsonb(element::text) FROM json_array_elements(list) AS element);
    EXCEPTION
        WHEN data_exception OR statement_too_complex THEN NULL;
    END;
    FOREACH line IN ARRAY regexp_split_to_array(batch, '\r?\n') LOOP
        CONTINUE WHEN btrim(line, E' \t\r') = '';
        document := raceway_jsonb(line);
        found_events := found_events OR raceway_elements(document) IS NOT NULL;
        elements := elements || coalesce(raceway_elements(document), ARRAY[document]);
    END LOOP;
    RETURN CASE WHEN found_events THEN elements END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_text_elements(text) IS
    'The events of JSON or newline-delimited JSON; NULL for an event that jsonb can not hold';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch text)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE sql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT * FROM raceway_ingest_elements(raceway_text_elements(batch))
$$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest_batches(batches text[])
RETURNS TABLE (
    accepted integer, duplicates integer, rejected integer, errors jsonb, refusal text)
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT place, raceway_text_elements(batch) AS elements
        FROM unnest(batches) WITH ORDINALITY AS sent (batch, place))
    SELECT report.accepted, report.duplicates, report.rejected, report.errors,
           CASE WHEN elements IS NULL
                THEN 'expected JSON: an event, an array of events, or {"events": [...]}' END
    FROM raceway_ingest_events(
        ARRAY(SELECT element FROM request, unnest(elements) WITH ORDINALITY AS event (element, nth)
              ORDER BY place, nth),
        ARRAY(SELECT coalesce(cardinality(elements), 0) FROM request ORDER BY place)) AS report
    JOIN request ON place = report.request
    ORDER BY place;
END
$$;
