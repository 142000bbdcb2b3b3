-- From events as they are sent to what is stored of them. The rules are those of the crate
-- raceway-model; the tests hold the two against each other.

CREATE OR REPLACE FUNCTION @extschema@.raceway_literal(value jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(value::text, '%', '%%');
COMMENT ON FUNCTION @extschema@.raceway_literal(jsonb) IS 'JSON as it is written in a template';

-- Null and empty values, and what is the same in all events of a process, belong to the template.
CREATE OR REPLACE FUNCTION @extschema@.raceway_is_shared(
    field text, name text, value jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE field
    WHEN 'kind' THEN false
    WHEN 'metadata' THEN value = 'null' OR name IN
        ('service_name', 'environment', 'tags', 'process_id', 'instance_id')
    ELSE value IN ('null', '[]', '{}') END;
COMMENT ON FUNCTION @extschema@.raceway_is_shared(text, text, jsonb) IS
    'Whether a value within this field of an event belongs to the template';

-- The pieces of an object: its names, and holes for the values that are the event's own.
CREATE OR REPLACE FUNCTION @extschema@.raceway_object_pieces(field text, object jsonb)
RETURNS TABLE (place bigint, template text, piece_values text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT place,
           CASE WHEN place > 1 THEN ',' ELSE '' END || CASE
               WHEN field = 'vector_clock' THEN '%s:%s'
               ELSE @extschema@.raceway_literal(to_jsonb(name)) || ':' || CASE
                   WHEN @extschema@.raceway_is_shared(field, name, value)
                   THEN @extschema@.raceway_literal(value) ELSE '%s' END END,
           CASE WHEN field = 'vector_clock' THEN to_jsonb(name)::text || E'\x1f' || value::text
                WHEN NOT @extschema@.raceway_is_shared(field, name, value) THEN value::text END
    FROM jsonb_each(object) WITH ORDINALITY AS member (name, value, place);
END;
COMMENT ON FUNCTION @extschema@.raceway_object_pieces(text, jsonb) IS
    'Template and values of an object within an event, name by name';

-- A process' own component belongs to the template, those that it heard of do not.
CREATE OR REPLACE FUNCTION @extschema@.raceway_pair_pieces(pairs jsonb, own_component text)
RETURNS TABLE (place bigint, template text, piece_values text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT place,
           CASE WHEN place > 1 THEN ',[' ELSE '[' END || CASE
               WHEN pair ->> 0 = own_component THEN @extschema@.raceway_literal(pair -> 0)
               ELSE '%s' END || ',%s]',
           CASE WHEN pair ->> 0 = own_component THEN '' ELSE (pair -> 0)::text || E'\x1f' END
           || (pair -> 1)::text
    FROM jsonb_array_elements(pairs) WITH ORDINALITY AS pairs (pair, place);
END;
COMMENT ON FUNCTION @extschema@.raceway_pair_pieces(jsonb, text) IS
    'Template and values of a causality_vector, pair by pair';

CREATE OR REPLACE FUNCTION @extschema@.raceway_split(
    sent jsonb, is_flat boolean, event_id text, parent_id text)
RETURNS TABLE (template text, "values" text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT '{' || CASE
               WHEN NOT @extschema@.raceway_is_uuid(event_id) THEN ''
               WHEN is_flat THEN '"event_id":"%1$s",' ELSE '"id":"%1$s",' END
           || '"trace_id":%2$s'
           || CASE WHEN @extschema@.raceway_is_uuid(parent_id) THEN ',"parent_id":"%3$s"' ELSE '' END
           || ',"timestamp":"%4$s"'
           || string_agg(piece.template, '' ORDER BY field.place, piece.place) || '}',
           coalesce(string_agg(piece.piece_values, E'\x1f' ORDER BY field.place, piece.place), '')
    FROM jsonb_each(sent) WITH ORDINALITY AS field (name, value, place)
    CROSS JOIN LATERAL (
        SELECT name = 'kind' AND jsonb_typeof(value) = 'object' AS is_variant
        OFFSET 0) AS kinds
    CROSS JOIN LATERAL (
        SELECT ',' || @extschema@.raceway_literal(to_jsonb(name)) || ':' || CASE
                   WHEN is_variant THEN
                       '{' || (SELECT @extschema@.raceway_literal(to_jsonb(variant))
                               FROM jsonb_object_keys(value) AS variant) || ':'
                   ELSE '' END AS opening,
               CASE WHEN is_variant THEN
                   (SELECT payload FROM jsonb_each(value) AS variant (name, payload))
                   ELSE value END AS inner_value,
               CASE WHEN is_variant THEN '}' ELSE '' END AS closing
        OFFSET 0) AS wrapped
    CROSS JOIN LATERAL (
        SELECT jsonb_typeof(inner_value) = 'object' AND (
                   name IN ('kind', 'metadata') OR name = 'vector_clock' AND is_flat) AS is_object,
               jsonb_typeof(inner_value) = 'array' AND NOT is_flat AND name = 'causality_vector'
                   AS is_pairs,
               NOT is_variant AND (
                   name = 'kind' OR @extschema@.raceway_is_shared('', name, inner_value))
                   AS is_literal
        OFFSET 0) AS shape
    CROSS JOIN LATERAL (
        SELECT 0 AS place, opening || CASE
                   WHEN is_object THEN '{'
                   WHEN is_pairs THEN '['
                   WHEN is_literal THEN @extschema@.raceway_literal(inner_value)
                   ELSE '%s' END AS template,
               CASE WHEN NOT (is_object OR is_pairs OR is_literal)
                    THEN inner_value::text END AS piece_values
        UNION ALL
        SELECT * FROM @extschema@.raceway_object_pieces(
            name, CASE WHEN is_object THEN inner_value ELSE '{}' END)
        UNION ALL
        SELECT * FROM @extschema@.raceway_pair_pieces(
            CASE WHEN is_pairs THEN inner_value ELSE '[]' END,
            coalesce(sent #>> '{metadata,service_name}', '') || '#'
                || coalesce(sent #>> '{metadata,instance_id}', ''))
        UNION ALL
        SELECT 9223372036854775807,
               CASE WHEN is_object THEN '}' WHEN is_pairs THEN ']' ELSE '' END || closing, NULL
    ) AS piece
    WHERE name NOT IN ('trace_id', 'timestamp')
      AND NOT (name = 'parent_id' AND coalesce(@extschema@.raceway_is_uuid(parent_id), false))
      AND NOT (name = CASE WHEN is_flat THEN 'event_id' ELSE 'id' END
               AND @extschema@.raceway_is_uuid(event_id));
END;
COMMENT ON FUNCTION @extschema@.raceway_split(jsonb, boolean, text, text) IS
    'A valid event as the template that it shares with others, and its own values';

CREATE OR REPLACE FUNCTION @extschema@.raceway_decode(batch jsonb[])
RETURNS TABLE (
    index integer, id text, reason text, is_flat boolean, event_id text, trace_id text,
    parent_id text, kind text, happened timestamptz, service_name text, template text,
    "values" text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT (position - 1)::integer,
           CASE WHEN jsonb_typeof(sent -> 'id') = 'string' THEN sent ->> 'id'
                WHEN jsonb_typeof(sent -> 'event_id') = 'string' THEN sent ->> 'event_id' END,
           reason, is_flat, event_id, trace_id, parent_id, kind, happened,
           nullif(left(raceway_text(sent #> '{metadata,service_name}'), 255), ''),
           CASE WHEN is_shareable THEN split.template ELSE '%5$s' END,
           CASE WHEN is_shareable THEN split."values"
                WHEN reason IS NULL
                THEN jsonb_set(sent, '{timestamp}', to_jsonb(raceway_utc(happened)))::text END
    FROM unnest(batch) WITH ORDINALITY AS input (sent, position)
    CROSS JOIN LATERAL (
        SELECT sent ? 'event_id'
               AND NOT (sent ? 'id' AND coalesce(jsonb_typeof(sent -> 'kind') = 'object', false))
                   AS is_flat
        OFFSET 0) AS dialect
    CROSS JOIN LATERAL (
        SELECT raceway_key(sent -> CASE WHEN is_flat THEN 'event_id' ELSE 'id' END, 255) AS event_id,
               raceway_key(sent -> 'trace_id', 255) AS trace_id,
               raceway_text(sent -> 'parent_id') AS parent_id,
               raceway_variant(sent -> 'kind') AS kind,
               raceway_instant(sent ->> 'timestamp') AS happened,
               nullif(sent -> CASE WHEN is_flat THEN 'vector_clock' ELSE 'causality_vector' END,
                      'null') AS clock
        OFFSET 0) AS required
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN sent IS NULL THEN 'event: expected JSON that Postgres can hold'
            WHEN jsonb_typeof(sent) <> 'object' THEN 'event: expected a JSON object'
            WHEN event_id IS NULL THEN
                'id (or event_id): expected a string of 1 to 255 characters without U+0000'
            WHEN trace_id IS NULL THEN
                'trace_id: expected a string of 1 to 255 characters without U+0000'
            WHEN kind IS NULL THEN
                'kind: expected {"<Variant>": {...}} or "<Variant>", named by 1 to 50 characters '
                'without U+0000'
            WHEN happened IS NULL THEN
                'timestamp: expected an RFC 3339 date-time in the years 0001 to 9999, such as '
                '2026-01-31T12:00:00.000001Z'
            WHEN clock IS NOT NULL AND NOT CASE
                WHEN is_flat THEN raceway_is_clock_of_object(clock)
                ELSE raceway_is_clock_of_pairs(clock) END THEN
                CASE WHEN is_flat THEN 'vector_clock: expected {component: clock, ...}'
                     ELSE 'causality_vector: expected [[component, clock], ...]' END
                || ' with whole clocks from 0 to 18446744073709551615'
            END AS reason
        OFFSET 0) AS verdict
    CROSS JOIN LATERAL raceway_split(
        CASE WHEN reason IS NULL THEN sent END, is_flat, event_id, parent_id) AS split
    CROSS JOIN LATERAL (SELECT octet_length(split.template) <= 1200 AS is_shareable OFFSET 0) AS size
$$;
COMMENT ON FUNCTION @extschema@.raceway_decode(jsonb[]) IS
    'Each event of a batch as it is stored, or the reason why it is refused';
