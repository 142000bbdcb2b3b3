-- The parts of a text that is not JSON as a whole, told by brackets, quotes and line breaks alone. The
-- rules are those of model/src/lexical.rs and model/src/foreign.rs; the tests hold them against each
-- other.
--
-- Strings with escapes are E'...': what is read at each call must not depend on
-- standard_conforming_strings.

-- White space of JSON, and the byte order mark, which parsers may ignore (RFC 8259, section 8.1).
CREATE OR REPLACE FUNCTION @extschema@._raceway_trim(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(document, E' \t\r\n\uFEFF');
COMMENT ON FUNCTION @extschema@._raceway_trim(text) IS 'A text without the blanks around it';

-- A string ends at a line break at the latest, where JSON allows none.
CREATE OR REPLACE FUNCTION @extschema@._raceway_lexemes(document text)
RETURNS TABLE (place bigint, lexeme text, depth bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT place, lexeme[1],
           sum(CASE WHEN lexeme[1] IN ('[', '{') THEN 1 WHEN lexeme[1] IN (']', '}') THEN -1
               ELSE 0 END) OVER (ORDER BY place)
    FROM regexp_matches(
             document, E'"(?:[^"\\\\\\n]|\\\\[^\\n])*"?|[][{},\\n]|[^][{},\\n"]+', 'g')
         WITH ORDINALITY AS found (lexeme, place)
$$;
COMMENT ON FUNCTION @extschema@._raceway_lexemes(text) IS
    'Strings, brackets, commas, line breaks and what is between them, with the brackets open after each';

-- A bracket opens behind a line break that no JSON goes on after with one. A string has no line break.
CREATE OR REPLACE FUNCTION @extschema@._raceway_has_seam(document text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN document ~ E'[^[,: \\t\\r\\n\\uFEFF][ \\t\\r\\uFEFF]*\\n[ \\t\\r\\n\\uFEFF]*[[{]';
COMMENT ON FUNCTION @extschema@._raceway_has_seam(text) IS
    'Whether a text is several documents, told by a line break that no JSON goes on after with a bracket';

-- The depth above the least one since the last seam is that without brackets that close none.
CREATE OR REPLACE FUNCTION @extschema@._raceway_documents(batch text, at_seams boolean)
RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH lexemes AS MATERIALIZED (
        SELECT *, _raceway_trim(lexeme) <> '' AS is_solid,
               max(place) FILTER (WHERE lexeme = E'\n') OVER (ORDER BY place) AS line_break
        FROM _raceway_lexemes(batch)),
    seams AS (
        SELECT place
        FROM (SELECT place, lexeme, line_break, lag(place) OVER (ORDER BY place) AS before,
                     right(_raceway_trim(lag(lexeme) OVER (ORDER BY place)), 1) AS last_character
              FROM lexemes WHERE at_seams AND is_solid) AS solid
        WHERE lexeme IN ('[', '{') AND before < line_break AND last_character NOT IN ('[', ',', ':')),
    segments AS (
        SELECT place, lexeme, depth, seams.place IS NOT NULL AS is_seam,
               count(seams.place) OVER (ORDER BY place) AS segment
        FROM lexemes LEFT JOIN seams USING (place)),
    floors AS (
        SELECT *, min(depth - (lexeme IN ('[', '{'))::integer)
                      OVER (PARTITION BY segment ORDER BY place) AS least_depth
        FROM segments),
    parts AS (
        SELECT place, lexeme,
               count(*) FILTER (WHERE is_seam OR lexeme = E'\n' AND depth = least_depth)
                   OVER (ORDER BY place) AS part
        FROM floors),
    documents AS (
        SELECT part, _raceway_trim(string_agg(lexeme, '' ORDER BY place)) AS document
        FROM parts GROUP BY part)
    SELECT document FROM documents WHERE document <> '' ORDER BY part
$$;
COMMENT ON FUNCTION @extschema@._raceway_documents(text, boolean) IS
    'What is between line breaks outside of brackets; where brackets are wrong, also between seams';

CREATE OR REPLACE FUNCTION @extschema@._raceway_members(document text, bracket text)
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH lexemes AS MATERIALIZED (SELECT * FROM _raceway_lexemes(document)),
    outermost AS (
        SELECT max(place) AS last, min(depth) FILTER (WHERE place < ends) AS least_within,
               min(depth) AS least, min(depth) FILTER (WHERE place = ends) AS at_end
        FROM (SELECT *, max(place) OVER () AS ends FROM lexemes) AS lexeme),
    members AS (
        SELECT count(*) FILTER (WHERE lexeme = ',' AND depth = 1) OVER (ORDER BY place) AS nth,
               lexeme, depth, place
        FROM lexemes CROSS JOIN outermost
        WHERE place > 1 AND place < last AND least >= 0 AND at_end = 0 AND least_within > 0),
    texts AS (
        SELECT nth, _raceway_trim(coalesce(string_agg(
                   CASE WHEN lexeme <> ',' OR depth > 1 THEN lexeme END, '' ORDER BY place), ''))
                   AS member
        FROM members GROUP BY nth)
    SELECT CASE WHEN starts_with(document, bracket)
                     AND (SELECT least >= 0 AND at_end = 0 AND least_within > 0 FROM outermost)
                THEN (SELECT coalesce(array_agg(member ORDER BY nth)
                                          FILTER (WHERE members > 1 OR member <> ''), '{}')
                      FROM (SELECT nth, coalesce(member, '') AS member, count(*) OVER () AS members
                            FROM generate_series(0, (SELECT max(nth) FROM texts)) AS nth
                            LEFT JOIN texts USING (nth)) AS listed) END
$$;
COMMENT ON FUNCTION @extschema@._raceway_members(text, text) IS
    'What commas separate right within the brackets that a text is; NULL if it is no such pair';

CREATE OR REPLACE FUNCTION @extschema@._raceway_events_member(object text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    WITH members AS MATERIALIZED (
        SELECT nth, member,
               substring(member FROM E'^"(?:[^"\\\\\\n]|\\\\[^\\n])*"?') AS quoted
        FROM unnest(_raceway_members(object, '{')) WITH ORDINALITY AS listed (member, nth)),
    named AS MATERIALIZED (
        -- Each of the names in question is shorter, were every character escaped.
        SELECT nth, _raceway_jsonb(quoted) #>> '{}' AS name,
               _raceway_trim(substr(member, length(quoted) + 1)) AS rest
        FROM members WHERE octet_length(quoted) <= 50),
    meant AS (
        SELECT * FROM named
        WHERE name IN ('id', 'event_id', 'events') AND starts_with(rest, ':'))
    SELECT CASE WHEN NOT bool_or(name IN ('id', 'event_id')) AND NOT EXISTS (
                         SELECT FROM members
                         WHERE _raceway_has_seam(member) AND nth NOT IN (SELECT nth FROM meant))
                THEN (array_agg(_raceway_trim(substr(rest, 2)) ORDER BY nth DESC)
                          FILTER (WHERE name = 'events'))[1] END
    FROM meant
$$;
COMMENT ON FUNCTION @extschema@._raceway_events_member(text) IS
    'The last member "events" of the text of an object that has neither id nor event_id, and of which no other member is several documents';

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_json(document text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN document::json IS NOT NULL;
EXCEPTION
    WHEN data_exception OR statement_too_complex THEN RETURN false;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_is_json(text) IS
    'Whether the text is JSON, also such as jsonb can not hold';

-- As _raceway_is_too_deep() of what jsonb can hold.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_written_too_deep(object text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT length(object) > 2000 AND (SELECT max(depth) > 1000 FROM _raceway_lexemes(object))
$$;
COMMENT ON FUNCTION @extschema@._raceway_is_written_too_deep(text) IS
    'Whether the JSON of an object is nested deeper than 1,000 levels';

CREATE OR REPLACE FUNCTION @extschema@._raceway_lexical_events(document text)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    is_json boolean := _raceway_is_json(document);
    is_object boolean := starts_with(document, '{');
    list text := CASE WHEN is_object THEN _raceway_events_member(document) ELSE document END;
    events text[] := _raceway_members(list, '[');
BEGIN
    RETURN CASE
        WHEN is_json AND is_object AND list IS NULL
        THEN CASE WHEN NOT _raceway_is_written_too_deep(document) THEN ARRAY[document] END
        WHEN is_json OR EXISTS (SELECT FROM unnest(events) AS event WHERE left(event, 1) IN ('{', '['))
        THEN events END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_lexical_events(text) IS
    'The events of a document that jsonb can not hold; NULL where it is no JSON, and none begins as an object or an array does';

CREATE OR REPLACE FUNCTION @extschema@._raceway_is_list_of(list jsonb, names text[])
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN jsonb_typeof(list) = 'array' AND jsonb_array_length(list) > 0 AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(list) AS element
        WHERE jsonb_typeof(element) <> 'object' OR element ? 'trace_id' OR NOT element ?& names);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_is_list_of(jsonb, text[]) IS
    'Whether it is an array of objects, at least one, which have all these names and no trace_id';

CREATE OR REPLACE FUNCTION @extschema@._raceway_list_format(list jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN jsonb_typeof(list) = 'array' THEN CASE
            WHEN list -> 0 ? 'trace_id' THEN NULL
            WHEN _raceway_is_list_of(list, '{traceId,id}')
            THEN 'Zipkin JSON ("traceId", "id")'
            WHEN _raceway_is_list_of(list, '{ph,ts}')
            THEN 'Chrome''s trace event format ("ph", "ts")' END
        WHEN jsonb_typeof(list) <> 'object' OR list ?| '{id,event_id}' THEN NULL
        WHEN 'array' IN (jsonb_typeof(list -> 'resourceSpans'),
                         jsonb_typeof(list -> 'resourceLogs'),
                         jsonb_typeof(list -> 'resourceMetrics'))
        THEN 'OpenTelemetry''s OTLP ("resourceSpans")'
        WHEN jsonb_typeof(list -> 'traceEvents') = 'array'
        THEN 'Chrome''s trace event format ("traceEvents")'
        WHEN _raceway_is_list_of(list -> 'data', '{traceID,spans}')
        THEN 'Jaeger JSON ("data", "traceID")' END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_list_format(jsonb) IS
    'Of which other tracing system an object or a list of events is; NULL if of none';

CREATE OR REPLACE FUNCTION @extschema@._raceway_list(document jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(document) = 'object' AND document ? 'events'
                 AND NOT document ?| '{id,event_id}'
            THEN document -> 'events' ELSE document END;
COMMENT ON FUNCTION @extschema@._raceway_list(jsonb) IS
    'The events of {"events": ...}; of any other document, the document';

CREATE OR REPLACE FUNCTION @extschema@._raceway_foreign_format(document jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    format text := _raceway_list_format(_raceway_list(document));
BEGIN
    -- Events that would be rejected as no JSON are not looked at for what else they are.
    RETURN CASE WHEN format IS NOT NULL AND NOT _raceway_exceeds_bounds(document, document::text)
                THEN format END;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_foreign_format(jsonb) IS
    'Of which other tracing system a document is; NULL if of none';
