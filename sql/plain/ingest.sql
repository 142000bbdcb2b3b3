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

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest_elements(elements jsonb[])
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    new_events events[];
BEGIN
    IF elements IS NULL THEN
        RAISE EXCEPTION 'expected an event, an array of events, or {"events": [...]}'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT array_agg(d.event) FILTER (WHERE d.reason IS NULL),
           count(*) FILTER (WHERE d.reason IS NOT NULL),
           coalesce(jsonb_agg(jsonb_build_object('index', d.index, 'id', d.id, 'reason', d.reason)
                              ORDER BY d.index) FILTER (WHERE d.reason IS NOT NULL), '[]')
    INTO new_events, rejected, errors
    FROM raceway_decode(elements) AS d;
    accepted := coalesce(raceway_store(new_events), 0);
    duplicates := coalesce(cardinality(new_events), 0) - accepted;
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
