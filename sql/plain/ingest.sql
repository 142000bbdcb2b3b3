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

CREATE OR REPLACE FUNCTION @extschema@.raceway_whole_values(
    whole boolean[], templates text[], trace_ids text[], event_keys uuid[],
    parent_keys uuid[], times timestamptz[], event_values text[])
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE WHEN NOT (true = ANY (whole)) THEN event_values ELSE ARRAY(
        SELECT CASE WHEN is_whole
                    THEN raceway_fill(template, event_key, trace_id, parent_key, instant,
                                      event_values)
                    ELSE event_values END
        FROM unnest(whole, templates, trace_ids, event_keys, parent_keys, times, event_values)
            WITH ORDINALITY AS event (is_whole, template, trace_id, event_key, parent_key, instant,
                                      event_values, place)
        ORDER BY place) END
$$;
COMMENT ON FUNCTION @extschema@.raceway_whole_values(
    boolean[], text[], text[], uuid[], uuid[], timestamptz[], text[]) IS
    'The values of events: the whole event where there was no frame to be had for its template';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest_elements(elements jsonb[])
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    decoded record;
    frames integer[];
    whole boolean[];
    sent integer;
BEGIN
    IF elements IS NULL THEN
        RAISE EXCEPTION 'expected an event, an array of events, or {"events": [...]}'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WITH decoded AS MATERIALIZED (SELECT * FROM raceway_decode(elements)),
    valid AS (
        SELECT array_agg(trace_id) AS trace_ids,
               array_agg(raceway_id_key(event_id)) AS event_keys,
               array_agg(raceway_id_key(parent_id)) AS parent_keys,
               array_agg(happened) AS times,
               array_agg(service_name) AS service_names,
               array_agg(coalesce(service_name, '')) AS frame_services,
               array_agg(template) AS templates,
               array_agg("values") AS event_values,
               array_agg(CASE WHEN is_flat THEN 'flat' ELSE 'sdk' END) AS dialects,
               array_agg(kind) AS kinds
        FROM decoded WHERE reason IS NULL)
    SELECT valid.*, refused.* INTO decoded
    FROM valid CROSS JOIN (
        SELECT count(*) AS refused,
               coalesce(jsonb_agg(jsonb_build_object('index', index, 'id', id, 'reason', reason)
                                  ORDER BY index), '[]') AS reasons
        FROM decoded WHERE reason IS NOT NULL) AS refused;
    accepted := 0;
    sent := coalesce(cardinality(decoded.times), 0);
    IF sent > 0 THEN
        SELECT array_agg(frame_id), array_agg(is_whole) INTO frames, whole
        FROM raceway_frame_ids(decoded.templates, decoded.dialects, decoded.kinds,
                               decoded.frame_services);
        accepted := raceway_store(
            decoded.trace_ids, decoded.event_keys, decoded.parent_keys, decoded.times, frames,
            decoded.service_names, raceway_whole_values(
                whole, decoded.templates, decoded.trace_ids, decoded.event_keys,
                decoded.parent_keys, decoded.times, decoded.event_values));
    END IF;
    duplicates := sent - accepted;
    rejected := decoded.refused;
    errors := decoded.reasons;
    RETURN NEXT;
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
DECLARE
    batch text;
    elements jsonb[];
BEGIN
    FOREACH batch IN ARRAY batches LOOP
        elements := raceway_text_elements(batch);
        refusal := CASE WHEN elements IS NULL THEN
            'expected JSON: an event, an array of events, or {"events": [...]}' END;
        SELECT report.* INTO accepted, duplicates, rejected, errors
        FROM raceway_ingest_elements(coalesce(elements, '{}')) AS report;
        RETURN NEXT;
    END LOOP;
END
$$;
