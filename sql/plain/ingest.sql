-- raceway_ingest in SQL, for servers without the extension.

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_too_deep(document jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(document) = 'object' AND pg_column_size(document) > 2000
            THEN jsonb_path_exists(
                document, 'strict $.**{1000} ? (@.type() == "object" || @.type() == "array")')
            ELSE false END;
COMMENT ON FUNCTION @extschema@._raceway_is_too_deep(jsonb) IS
    'Whether a document is one object that is nested deeper than 1,000 levels';

CREATE OR REPLACE FUNCTION @extschema@._raceway_elements(document jsonb)
RETURNS jsonb[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    list jsonb := _raceway_list(document);
BEGIN
    RETURN CASE
        WHEN _raceway_foreign_format(document) IS NOT NULL THEN NULL
        WHEN jsonb_typeof(list) = 'array'
        THEN ARRAY(SELECT element FROM jsonb_array_elements(list) AS element)
        WHEN jsonb_typeof(list) = 'object' AND list = document AND NOT _raceway_is_too_deep(list)
        THEN ARRAY[list] END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_elements(jsonb) IS
    'The events of a document: one event, an array, or {"events": [...]}; NULL if it is none of these';

CREATE OR REPLACE FUNCTION @extschema@._raceway_refusal(document jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE
        WHEN _raceway_foreign_format(document) IS NOT NULL
        THEN 'expected events of Raceway: this is ' || _raceway_foreign_format(document)
        WHEN _raceway_is_too_deep(_raceway_list(document))
        THEN 'expected an event of at most 1000 levels'
        ELSE 'expected an event, an array of events, or {"events": [...]}' END
$$;
COMMENT ON FUNCTION @extschema@._raceway_refusal(jsonb) IS 'Why a document holds no events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_text_refusal(batch text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT CASE
        WHEN NOT _raceway_is_json(batch) THEN 'expected JSON, or newline-delimited JSON'
        -- Of an object that jsonb can not hold, nothing else is wrong as a body.
        WHEN document IS NULL AND starts_with(batch, '{') AND _raceway_events_member(batch) IS NULL
        THEN 'expected an event of at most 1000 levels'
        ELSE _raceway_refusal(document) END
    FROM _raceway_jsonb(batch) AS document
$$;
COMMENT ON FUNCTION @extschema@._raceway_text_refusal(text) IS 'Why a body holds no events';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch jsonb)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    document jsonb := CASE WHEN strpos(batch::text, E'\\u0010') = 0 THEN batch
                           ELSE _raceway_escape_json(batch::text)::jsonb END;
    elements jsonb[] := _raceway_elements(document);
BEGIN
    IF elements IS NULL THEN
        RAISE EXCEPTION '%', _raceway_refusal(document) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT report.accepted, report.duplicates, report.rejected, report.errors
    FROM _raceway_ingest_events(elements, ARRAY[cardinality(elements)]) AS report;
END
$$;

-- A part that holds no events is one, which will be rejected.
CREATE OR REPLACE FUNCTION @extschema@._raceway_part_elements(
    part text, OUT elements jsonb[], OUT holds_events boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    document jsonb := _raceway_jsonb(part);
    events text[] := CASE WHEN document IS NULL THEN _raceway_lexical_events(part) END;
BEGIN
    elements := CASE
        WHEN document IS NOT NULL THEN _raceway_elements(document)
        -- What is no JSON at first sight is spared the subtransaction, which takes 20 microseconds.
        WHEN events IS NOT NULL
        THEN ARRAY(SELECT CASE WHEN event ~ '^([[{"]|(-?[0-9][0-9.eE+-]*|true|false|null)$)'
                               THEN _raceway_jsonb(event) END
                   FROM unnest(events) WITH ORDINALITY AS listed (event, nth) ORDER BY nth) END;
    holds_events := elements IS NOT NULL;
    elements := coalesce(elements, ARRAY[document]);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_part_elements(text) IS
    'The events of a document among others; NULL for an event that jsonb can not hold';

CREATE OR REPLACE FUNCTION @extschema@._raceway_holds_events(part text)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN left(part, 1) IN ('{', '[') AND right(part, 1) IN ('}', ']')
                THEN (SELECT holds_events FROM _raceway_part_elements(part)) ELSE false END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_holds_events(text) IS 'Whether a document among others holds events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_by_line(batch text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM unnest(string_to_array(batch, E'\n')) AS line
                   WHERE _raceway_holds_events(_raceway_trim(line)))
$$;
COMMENT ON FUNCTION @extschema@._raceway_is_by_line(text) IS 'Whether a body has a document on a line';

CREATE OR REPLACE FUNCTION @extschema@._raceway_segment_pieces(segment text, is_by_line boolean)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF is_by_line AND strpos(segment, E'\n') > 0
       AND NOT _raceway_is_json(segment) AND NOT _raceway_holds_events(segment) THEN
        RETURN ARRAY(
            SELECT _raceway_trim(line)
            FROM unnest(string_to_array(segment, E'\n')) WITH ORDINALITY AS listed (line, nth)
            WHERE _raceway_trim(line) <> '' ORDER BY nth);
    END IF;
    RETURN ARRAY[segment];
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_segment_pieces(text, boolean) IS
    'The lines of what is no document, where the body has a document on a line';

CREATE OR REPLACE FUNCTION @extschema@._raceway_pieces(part text, is_by_line boolean)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT array_agg(piece ORDER BY nth, mth)
    FROM _raceway_documents(part, true) WITH ORDINALITY AS listed (segment, nth)
    CROSS JOIN LATERAL unnest(_raceway_segment_pieces(segment, is_by_line))
        WITH ORDINALITY AS within (piece, mth)
$$;
COMMENT ON FUNCTION @extschema@._raceway_pieces(text, boolean) IS
    'What a part is taken apart into that may be several documents with wrong brackets';

CREATE OR REPLACE FUNCTION @extschema@._raceway_pieces_elements(
    part text, is_by_line boolean, OUT elements jsonb[], OUT holds_events boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    holds_events := false;
    IF strpos(part, E'\n') > 0 AND NOT _raceway_is_json(part) THEN
        WITH pieces AS MATERIALIZED (
            SELECT nth, found.*
            FROM unnest(_raceway_pieces(part, is_by_line)) WITH ORDINALITY AS listed (piece, nth)
            CROSS JOIN LATERAL _raceway_part_elements(piece) AS found)
        SELECT ARRAY(SELECT element
                     FROM pieces
                     CROSS JOIN LATERAL unnest(pieces.elements)
                         WITH ORDINALITY AS within (element, mth)
                     ORDER BY nth, mth),
               bool_or(pieces.holds_events) AND count(*) > 1
        INTO elements, holds_events
        FROM pieces;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_pieces_elements(text, boolean) IS
    'The events of _raceway_pieces(), and whether these are several and one holds events; NULL of what is JSON or one line';

CREATE OR REPLACE FUNCTION @extschema@._raceway_document_elements(
    document text, is_by_line boolean, OUT elements jsonb[], OUT holds_events boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    apart record;
BEGIN
    SELECT part.elements, part.holds_events INTO elements, holds_events
    FROM _raceway_part_elements(document) AS part;
    IF NOT holds_events THEN
        apart := _raceway_pieces_elements(document, is_by_line);
        holds_events := apart.holds_events;
        IF apart.elements IS NOT NULL AND (is_by_line OR holds_events) THEN
            elements := apart.elements;
        END IF;
    ELSIF strpos(document, E'\n') > 0 AND array_position(elements, NULL) > 0 THEN
        elements := ARRAY(
            SELECT element
            FROM unnest(_raceway_lexical_events(document), elements)
                WITH ORDINALITY AS listed (event, known, nth)
            LEFT JOIN LATERAL _raceway_pieces_elements(
                CASE WHEN known IS NULL THEN event END, is_by_line) AS several
                ON several.holds_events
            CROSS JOIN LATERAL unnest(coalesce(several.elements, ARRAY[known]))
                WITH ORDINALITY AS within (element, mth)
            ORDER BY nth, mth);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_document_elements(text, boolean) IS
    'The events of what may be one document, or several with wrong brackets';

CREATE OR REPLACE FUNCTION @extschema@._raceway_line_elements(batch text)
RETURNS jsonb[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    documents jsonb[] := '{}';
    document jsonb;
    line text;
BEGIN
    FOREACH line IN ARRAY string_to_array(batch, E'\n') LOOP
        CONTINUE WHEN _raceway_trim(line) = '';
        document := _raceway_jsonb(_raceway_trim(line));
        IF document IS NULL THEN
            RETURN NULL;
        END IF;
        documents := array_append(documents, document);
    END LOOP;
    RETURN (
        SELECT CASE WHEN bool_or(elements IS NOT NULL) THEN
                   coalesce(array_agg(element ORDER BY nth, mth) FILTER (WHERE mth > 0), '{}') END
        FROM (SELECT nth, part, _raceway_elements(part) AS elements
              FROM unnest(documents) WITH ORDINALITY AS listed (part, nth) OFFSET 0) AS parts
        LEFT JOIN LATERAL unnest(coalesce(elements, ARRAY[part]))
            WITH ORDINALITY AS within (element, mth) ON true);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_line_elements(text) IS
    'The events of newline-delimited JSON of which each line is sound; NULL for any other text';

CREATE OR REPLACE FUNCTION @extschema@._raceway_text_elements(batch text)
RETURNS jsonb[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    document jsonb := _raceway_jsonb(batch);
BEGIN
    -- btrim() takes 7 microseconds an event: it is left to texts that need it.
    IF document IS NULL AND strpos(batch, E'\uFEFF') > 0 THEN
        document := _raceway_jsonb(_raceway_trim(batch));
    END IF;
    IF document IS NOT NULL THEN
        RETURN _raceway_elements(document);
    END IF;
    RETURN coalesce(_raceway_line_elements(batch), (
        WITH parts AS MATERIALIZED (
            SELECT nth, elements, holds_events
            FROM _raceway_is_by_line(batch) AS is_by_line
            CROSS JOIN LATERAL _raceway_documents(batch, false)
                WITH ORDINALITY AS listed (part, nth)
            CROSS JOIN LATERAL _raceway_document_elements(part, is_by_line))
        SELECT CASE WHEN bool_or(holds_events) THEN
                   coalesce(array_agg(element ORDER BY nth, mth) FILTER (WHERE mth > 0), '{}') END
        FROM parts
        LEFT JOIN LATERAL unnest(elements) WITH ORDINALITY AS within (element, mth) ON true));
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_text_elements(text) IS
    'The events of a body, as raceway-model tells them apart; NULL for an event that jsonb can not hold';

CREATE OR REPLACE FUNCTION @extschema@.raceway_ingest(batch text)
RETURNS TABLE (accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    sent text := coalesce(batch, '');
    elements jsonb[] := _raceway_text_elements(sent);
BEGIN
    IF elements IS NULL THEN
        RAISE EXCEPTION '%', _raceway_text_refusal(_raceway_trim(sent))
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT report.accepted, report.duplicates, report.rejected, report.errors
    FROM _raceway_ingest_events(elements, ARRAY[cardinality(elements)]) AS report;
END
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
        SELECT place, batch, _raceway_text_elements(batch) AS elements
        FROM (SELECT place, coalesce(batch, '') AS batch
              FROM unnest(batches) WITH ORDINALITY AS sent (batch, place)) AS sent)
    SELECT report.accepted, report.duplicates, report.rejected, report.errors,
           CASE WHEN elements IS NULL THEN _raceway_text_refusal(_raceway_trim(batch)) END
    FROM _raceway_ingest_events(
        ARRAY(SELECT element FROM request, unnest(elements) WITH ORDINALITY AS event (element, nth)
              ORDER BY place, nth),
        ARRAY(SELECT coalesce(cardinality(elements), 0) FROM request ORDER BY place)) AS report
    JOIN request ON place = report.request
    ORDER BY place;
END
$$;
