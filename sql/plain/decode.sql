-- From events as they are sent to what is stored of them. The rules are those of the crate
-- raceway-model; the tests hold the two against each other.
--
-- A part of an event is written as its outline, JSON with U+001F (which JSON can't hold) in place
-- of each value that is the event's own, and those values. A batch has few outlines: what else there
-- is to a template is done once for each of them, not for each event.
--
-- Bodies in SQL-standard form are written into the query that calls them; OFFSET 0 keeps the
-- planner from computing an expression once more wherever its result is used.

-- Null and empty values, and what is the same in all events of a process, belong to the template.
CREATE OR REPLACE FUNCTION @extschema@._raceway_is_shared(field text, name text, value text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE field
    WHEN 'kind' THEN false
    WHEN 'metadata' THEN value = 'null' OR name IN
        ('service_name', 'environment', 'tags', 'process_id', 'instance_id')
    ELSE value IN ('null', '[]', '{}') END;
COMMENT ON FUNCTION @extschema@._raceway_is_shared(text, text, text) IS
    'Whether a value within this field of an event belongs to the template';

CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_object(field text, object jsonb)
RETURNS TABLE (outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN jsonb_typeof(object) = 'object' THEN
               '{' || coalesce(string_agg(to_json(name)::text || CASE
                   WHEN is_shared THEN ':' || json ELSE E':\x1f' END, ','), '') || '}' END,
           string_agg(CASE WHEN NOT is_shared THEN json END, E'\x1f')
    FROM (SELECT name, json, @extschema@._raceway_is_shared(field, name, json) AS is_shared
          FROM (SELECT name, value::text AS json
                FROM jsonb_each(CASE WHEN jsonb_typeof(object) = 'object' THEN object END)
                    AS member (name, value)
                OFFSET 0) AS member
          OFFSET 0) AS member
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline_object(text, jsonb) IS
    'Outline and values of an object, whose names are shared; NULL for other JSON';

-- A payload's names belong to its kind; its values are the event's own.
CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_kind(kind jsonb)
RETURNS TABLE (variant text, outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT name,
           CASE WHEN is_object
                THEN '{' || to_json(name)::text || ':' || coalesce(member.outline, E'\x1f') || '}'
                ELSE kind::text END,
           CASE WHEN member.outline IS NULL THEN payload::text ELSE member.own_values END
    FROM (SELECT jsonb_typeof(kind) = 'object' AS is_object,
                 ARRAY(SELECT jsonb_object_keys(
                           CASE WHEN jsonb_typeof(kind) = 'object' THEN kind END)) AS names
          OFFSET 0) AS form
    CROSS JOIN LATERAL (
        SELECT CASE WHEN cardinality(names) = 1 THEN names[1]
                    WHEN jsonb_typeof(kind) = 'string' THEN kind #>> '{}' END AS name
        OFFSET 0) AS variant
    CROSS JOIN LATERAL (SELECT kind -> name AS payload OFFSET 0) AS inside
    CROSS JOIN LATERAL @extschema@._raceway_outline_object('kind', payload) AS member
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline_kind(jsonb) IS
    'The only name of a kind, its outline and values; NULL where it has no such name';

CREATE OR REPLACE FUNCTION @extschema@._raceway_own_component(metadata jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(metadata -> 'service_name') = 'string'
            THEN metadata ->> 'service_name' ELSE '' END
    || '#'
    || CASE WHEN jsonb_typeof(metadata -> 'instance_id') = 'string'
            THEN metadata ->> 'instance_id' ELSE '' END;
COMMENT ON FUNCTION @extschema@._raceway_own_component(jsonb) IS
    'The component of clocks that a process counts: service_name#instance_id';

-- A process' own component belongs to the template, those that it heard of do not.
CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_pairs(pairs jsonb, own_component text)
RETURNS TABLE (outline text, own_values text, is_clock boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN jsonb_typeof(pairs) = 'array' THEN
               '[' || coalesce(string_agg(CASE
                   WHEN is_own THEN '[' || component || E',\x1f]' ELSE E'[\x1f,\x1f]' END, ','), '')
               || ']' END,
           string_agg(CASE WHEN is_own THEN clock ELSE component || E'\x1f' || clock END, E'\x1f'),
           jsonb_typeof(pairs) = 'array' AND coalesce(bool_and(
               left(component, 1) = '"' AND @extschema@._raceway_is_whole_number(clock)
               AND jsonb_typeof(pair) = 'array' AND pair -> 2 IS NULL), true)
    FROM (SELECT pair, pair ->> 0 = own_component AS is_own,
                 (pair -> 0)::text AS component, (pair -> 1)::text AS clock
          FROM jsonb_array_elements(CASE WHEN jsonb_typeof(pairs) = 'array' THEN pairs END) AS pair
          OFFSET 0) AS pair
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline_pairs(jsonb, text) IS
    'Outline and values of a causality_vector, and whether it is [[component, clock], ...]';

CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_clock(clock jsonb)
RETURNS TABLE (outline text, own_values text, is_clock boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN jsonb_typeof(clock) = 'object'
                THEN '{' || coalesce(string_agg(E'\x1f:\x1f', ','), '') || '}' END,
           string_agg(to_json(name)::text || E'\x1f' || json, E'\x1f'),
           jsonb_typeof(clock) = 'object'
               AND coalesce(bool_and(@extschema@._raceway_is_whole_number(json)), true)
    FROM (SELECT name, value::text AS json
          FROM jsonb_each(CASE WHEN jsonb_typeof(clock) = 'object' THEN clock END)
              AS component (name, value)
          OFFSET 0) AS component
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline_clock(jsonb) IS
    'Outline and values of a vector_clock, and whether it is {component: clock, ...}';

-- What columns give back comes first, and is no part of the outline.
CREATE OR REPLACE FUNCTION @extschema@._raceway_head(
    is_flat boolean, has_uuid boolean, has_parent_uuid boolean)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{' || CASE WHEN NOT has_uuid THEN ''
                   WHEN is_flat THEN '"event_id":"%1$s",' ELSE '"id":"%1$s",' END
    || '"trace_id":%2$s' || CASE WHEN has_parent_uuid THEN ',"parent_id":"%3$s"' ELSE '' END
    || ',"timestamp":"%4$s"';
COMMENT ON FUNCTION @extschema@._raceway_head(boolean, boolean, boolean) IS
    'The start of a template: the fields that the columns of an event give back';

CREATE OR REPLACE FUNCTION @extschema@._raceway_outline(
    sent jsonb, in_head text[], kind_outline text, kind_values text, metadata_outline text,
    metadata_values text, clock_name text, clock_outline text, clock_values text)
RETURNS TABLE (outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(',' || to_json(name)::text || ':' || CASE
               WHEN json IS NULL THEN CASE name WHEN 'kind' THEN kind_outline
                   WHEN 'metadata' THEN metadata_outline ELSE clock_outline END
               WHEN @extschema@._raceway_is_shared('', name, json) THEN json
               ELSE E'\x1f' END, ''),
           string_agg(CASE
               WHEN json IS NULL THEN CASE name WHEN 'kind' THEN kind_values
                   WHEN 'metadata' THEN metadata_values ELSE clock_values END
               WHEN NOT @extschema@._raceway_is_shared('', name, json) THEN json END, E'\x1f')
    -- The parts that have outlines of their own are not written as JSON.
    FROM (SELECT name, CASE name WHEN 'kind' THEN NULL
                           WHEN 'metadata' THEN
                               CASE WHEN metadata_outline IS NULL THEN value::text END
                           WHEN clock_name THEN
                               CASE WHEN clock_outline IS NULL THEN value::text END
                           ELSE value::text END AS json
          FROM jsonb_each(CASE WHEN jsonb_typeof(sent) = 'object' THEN sent END)
              AS field (name, value)
          WHERE name <> ALL (in_head)
          OFFSET 0) AS field
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline(
    jsonb, text[], text, text, text, text, text, text, text) IS
    'Outline and values of an event without the fields of its head';

-- The fields that mean something here; NULL where they are not what an event must have.
CREATE OR REPLACE FUNCTION @extschema@._raceway_fields(sent jsonb, times_are_plain boolean)
RETURNS TABLE (
    is_flat boolean, id_name text, event_id text, event_key uuid, has_uuid boolean, trace_id text,
    parent_key uuid, has_parent_uuid boolean, happened timestamptz, clock_name text, clock jsonb,
    kind jsonb, metadata jsonb, own_component text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT is_flat, id_name, event_id, event_key, event_key::text = event_id,
           CASE WHEN jsonb_typeof(sent -> 'trace_id') = 'string'
                THEN @extschema@._raceway_key(trace, 255) END,
           parent_key, coalesce(parent_key::text = parent_id, false),
           CASE WHEN times_are_plain THEN happened::timestamptz
                ELSE @extschema@._raceway_instant(happened) END, clock_name,
           nullif(sent -> clock_name, 'null'), sent -> 'kind', metadata,
           @extschema@._raceway_own_component(metadata)
    FROM (SELECT sent ? 'event_id'
                 AND NOT (sent ? 'id' AND coalesce(jsonb_typeof(sent -> 'kind') = 'object', false))
                     AS is_flat
          OFFSET 0) AS dialect
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_flat THEN 'event_id' ELSE 'id' END AS id_name,
               CASE WHEN is_flat THEN 'vector_clock' ELSE 'causality_vector' END AS clock_name,
               sent ->> CASE WHEN is_flat THEN 'event_id' ELSE 'id' END AS id,
               sent ->> 'trace_id' AS trace, sent -> 'parent_id' AS parent,
               sent ->> 'timestamp' AS happened, sent -> 'metadata' AS metadata
        OFFSET 0) AS field
    CROSS JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(sent -> id_name) = 'string'
                    THEN @extschema@._raceway_key(id, 255) END AS event_id,
               @extschema@._raceway_text(parent) AS parent_id
        OFFSET 0) AS ids
    CROSS JOIN LATERAL (
        SELECT @extschema@._raceway_id_key(event_id) AS event_key,
               @extschema@._raceway_id_key(parent_id) AS parent_key
        OFFSET 0) AS keys
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_fields(jsonb, boolean) IS
    'The fields of an event that the store must know, as columns hold them';

CREATE OR REPLACE FUNCTION @extschema@._raceway_no_json()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 'event: expected JSON that Postgres can hold';
COMMENT ON FUNCTION @extschema@._raceway_no_json() IS
    'Why an event is rejected that is no JSON, or that is nested too deep or has too long a number';

CREATE OR REPLACE FUNCTION @extschema@._raceway_rejection(
    sent jsonb, is_flat boolean, event_id text, trace_id text, kind text, happened timestamptz,
    is_clock boolean)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN event_id IS NULL THEN
        'id (or event_id): expected a string of 1 to 255 characters without U+0000'
    WHEN trace_id IS NULL THEN
        'trace_id: expected a string of 1 to 255 characters without U+0000'
    WHEN kind IS NULL THEN
        'kind: expected {"<Variant>": {...}} or "<Variant>", named by 1 to 50 characters '
        'without U+0000'
    WHEN happened IS NULL AND @extschema@._raceway_lacks_offset(sent ->> 'timestamp') THEN
        'timestamp: expected an RFC 3339 date-time with its offset from UTC, such as '
        '2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00; this one has none'
    WHEN happened IS NULL THEN
        'timestamp: expected an RFC 3339 date-time in the years 0001 to 9999, such as '
        '2026-01-31T12:00:00.000001Z'
    WHEN NOT is_clock THEN
        CASE WHEN is_flat THEN 'vector_clock: expected {component: clock, ...}'
             ELSE 'causality_vector: expected [[component, clock], ...]' END
        || ' with whole clocks from 0 to 18446744073709551615' END;
COMMENT ON FUNCTION @extschema@._raceway_rejection(
    jsonb, boolean, text, text, text, timestamptz, boolean) IS
    'Why an event can not be stored; NULL if it can';

CREATE OR REPLACE FUNCTION @extschema@._raceway_decode_event(sent jsonb, times_are_plain boolean)
RETURNS TABLE (
    reason text, is_flat boolean, event_key uuid, has_uuid boolean, trace_id text, parent_key uuid,
    has_parent_uuid boolean, kind text, happened timestamptz, outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT @extschema@._raceway_rejection(
               sent, is_flat, event_id, trace_id, kind_name, happened, clock_is_valid),
           is_flat, event_key, has_uuid, trace_id, parent_key, has_parent_uuid, kind_name, happened,
           event.outline, event.own_values
    FROM @extschema@._raceway_fields(sent, times_are_plain) AS field
    CROSS JOIN LATERAL @extschema@._raceway_outline_kind(field.kind) AS kind
    CROSS JOIN LATERAL @extschema@._raceway_outline_object('metadata', metadata) AS process
    CROSS JOIN LATERAL (
        SELECT @extschema@._raceway_key(kind.variant, 50) AS kind_name,
               CASE WHEN NOT is_flat THEN clock END AS pairs,
               CASE WHEN is_flat THEN clock END AS components,
               ARRAY['trace_id', 'timestamp',
                     CASE WHEN has_parent_uuid THEN 'parent_id' ELSE 'timestamp' END,
                     CASE WHEN has_uuid THEN id_name ELSE 'timestamp' END] AS in_head
        OFFSET 0) AS found
    CROSS JOIN LATERAL @extschema@._raceway_outline_pairs(pairs, own_component) AS sdk
    CROSS JOIN LATERAL @extschema@._raceway_outline_clock(components) AS flat
    CROSS JOIN LATERAL (
        SELECT clock IS NULL OR coalesce(sdk.is_clock, flat.is_clock) AS clock_is_valid,
               coalesce(sdk.outline, flat.outline) AS clock_outline,
               coalesce(sdk.own_values, flat.own_values) AS clock_values
        OFFSET 0) AS clocks
    CROSS JOIN LATERAL @extschema@._raceway_outline(
        sent, in_head, kind.outline, kind.own_values, process.outline, process.own_values,
        clock_name, clock_outline, clock_values) AS event
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_decode_event(jsonb, boolean) IS
    'What is stored of an event, with its outline and values, or the reason why it is rejected';

CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_member(field text, name text, value text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '"' || name || '":' || CASE
    WHEN NOT @extschema@._raceway_is_shared(field, name, value) THEN E'\x1f' ELSE value END;
COMMENT ON FUNCTION @extschema@._raceway_outline_member(text, text, text) IS
    'Outline of one member of an object, whose name has nothing to escape; NULL where it is absent';

-- Metadata as SDKs send it: these names, in the order that jsonb has them in.
CREATE OR REPLACE FUNCTION @extschema@._raceway_outline_sdk_metadata(metadata jsonb)
RETURNS TABLE (is_usual boolean, outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN jsonb_typeof(metadata) = 'object' THEN metadata - ARRAY[
               'tags', 'thread_id', 'process_id', 'duration_ns', 'environment', 'instance_id',
               'service_name', 'upstream_span_id', 'distributed_span_id'] = '{}'
               -- What belongs to the template is within all bounds: _raceway_is_beyond_bounds().
               AND octet_length(concat(tags, process, environment, instance, service)) <= 250 END,
           '{' || concat_ws(',',
               @extschema@._raceway_outline_member('metadata', 'tags', tags),
               @extschema@._raceway_outline_member('metadata', 'thread_id', thread),
               @extschema@._raceway_outline_member('metadata', 'process_id', process),
               @extschema@._raceway_outline_member('metadata', 'duration_ns', duration),
               @extschema@._raceway_outline_member('metadata', 'environment', environment),
               @extschema@._raceway_outline_member('metadata', 'instance_id', instance),
               @extschema@._raceway_outline_member('metadata', 'service_name', service),
               @extschema@._raceway_outline_member('metadata', 'upstream_span_id', upstream),
               @extschema@._raceway_outline_member('metadata', 'distributed_span_id', span)) || '}',
           -- Of the others none is the event's own.
           concat_ws(E'\x1f', nullif(thread, 'null'), nullif(duration, 'null'),
                     nullif(upstream, 'null'), nullif(span, 'null'))
    FROM (SELECT (metadata -> 'tags')::text AS tags,
                 (metadata -> 'thread_id')::text AS thread,
                 (metadata -> 'process_id')::text AS process,
                 (metadata -> 'duration_ns')::text AS duration,
                 (metadata -> 'environment')::text AS environment,
                 (metadata -> 'instance_id')::text AS instance,
                 (metadata -> 'service_name')::text AS service,
                 (metadata -> 'upstream_span_id')::text AS upstream,
                 (metadata -> 'distributed_span_id')::text AS span
          OFFSET 0) AS json
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_outline_sdk_metadata(jsonb) IS
    'Whether metadata has no other names than SDKs send, and then its outline and values';

-- An event as SDKs send it, valid and with no field that they do not know: fields in a known order
-- need no set of rows each to be put together, which takes 15 microseconds instead of 24.
CREATE OR REPLACE FUNCTION @extschema@._raceway_decode_sdk_event(
    sent jsonb, times_are_plain boolean)
RETURNS TABLE (
    is_usual boolean, event_key uuid, has_uuid boolean, trace_id text, parent_key uuid,
    has_parent_uuid boolean, kind text, happened timestamptz, outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN jsonb_typeof(sent) = 'object' THEN
               sent - ARRAY['id', 'kind', 'lock_set', 'metadata', 'trace_id', 'parent_id',
                            'timestamp', 'causality_vector'] = '{}'
               AND process.is_usual AND (sdk.is_clock OR clock IS NULL)
               AND event_id IS NOT NULL AND trace_id IS NOT NULL
               AND kind_name IS NOT NULL AND happened IS NOT NULL END IS TRUE,
           event_key, has_uuid, trace_id, parent_key, has_parent_uuid, kind_name, happened,
           concat(CASE WHEN NOT has_uuid THEN E',"id":\x1f' END,
                  ',"kind":', kind.outline,
                  ',' || @extschema@._raceway_outline_member('', 'lock_set', locks),
                  ',"metadata":', process.outline,
                  ',' || @extschema@._raceway_outline_member('', 'parent_id', parent),
                  ',"causality_vector":' || coalesce(sdk.outline, vector)),
           concat_ws(E'\x1f', CASE WHEN NOT has_uuid THEN (sent -> 'id')::text END,
                     kind.own_values,
                     CASE WHEN NOT @extschema@._raceway_is_shared('', 'lock_set', locks)
                          THEN locks END,
                     nullif(process.own_values, ''),
                     CASE WHEN NOT @extschema@._raceway_is_shared('', 'parent_id', parent)
                          THEN parent END,
                     sdk.own_values)
    FROM @extschema@._raceway_fields(sent, times_are_plain) AS field
    CROSS JOIN LATERAL (
        SELECT (sent -> 'lock_set')::text AS locks,
               CASE WHEN NOT has_parent_uuid THEN (sent -> 'parent_id')::text END AS parent,
               CASE WHEN clock IS NULL THEN (sent -> 'causality_vector')::text END AS vector
        OFFSET 0) AS json
    CROSS JOIN LATERAL @extschema@._raceway_outline_kind(field.kind) AS kind
    CROSS JOIN LATERAL (
        SELECT @extschema@._raceway_key(kind.variant, 50) AS kind_name OFFSET 0) AS variant
    CROSS JOIN LATERAL @extschema@._raceway_outline_sdk_metadata(metadata) AS process
    CROSS JOIN LATERAL @extschema@._raceway_outline_pairs(clock, own_component) AS sdk
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_decode_sdk_event(jsonb, boolean) IS
    'Whether an event is as SDKs send it, and then what _raceway_decode_event() says of it';

CREATE OR REPLACE FUNCTION @extschema@._raceway_decode_events(
    sent_events jsonb[], times_are_plain boolean)
RETURNS TABLE (
    place bigint, sent jsonb, reason text, is_flat boolean, event_key uuid, has_uuid boolean,
    trace_id text, parent_key uuid, has_parent_uuid boolean, kind text, happened timestamptz,
    outline text, own_values text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH input AS (
        SELECT sent, place, coalesce(jsonb_typeof(sent) = 'object', false) AS is_object
        FROM unnest(sent_events) WITH ORDINALITY AS input (sent, place)
        OFFSET 0),
    quick AS MATERIALIZED (
        SELECT place, sent,
               is_usual AND NOT @extschema@._raceway_is_beyond_bounds(sent, own_values) AS is_usual,
               event_key, has_uuid, trace_id, parent_key, has_parent_uuid, kind, happened, outline,
               own_values
        FROM (SELECT place, sent, event.*
              FROM input
              CROSS JOIN LATERAL @extschema@._raceway_decode_sdk_event(sent, times_are_plain) AS event
              WHERE is_object
              OFFSET 0) AS event)
    SELECT place, sent, NULL AS reason, false AS is_flat, event_key, has_uuid, trace_id, parent_key,
           has_parent_uuid, kind, happened, outline, own_values
    FROM quick WHERE is_usual
    UNION ALL
    SELECT place, sent,
           CASE WHEN @extschema@._raceway_is_beyond_bounds(sent, written)
                THEN @extschema@._raceway_no_json() ELSE reason END,
           is_flat, event_key, has_uuid, trace_id, parent_key, has_parent_uuid, kind, happened,
           outline, own_values
    FROM (SELECT place, sent, event.*,
                 CASE WHEN event.reason IS NULL THEN concat(event.outline, event.own_values)
                      ELSE sent::text END AS written
          FROM quick
          CROSS JOIN LATERAL @extschema@._raceway_decode_event(sent, times_are_plain) AS event
          WHERE NOT is_usual
          OFFSET 0) AS event
    UNION ALL
    SELECT place, sent,
           CASE WHEN sent IS NULL OR @extschema@._raceway_is_beyond_bounds(sent, sent::text)
                THEN @extschema@._raceway_no_json()
                ELSE 'event: expected a JSON object' END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM input WHERE NOT is_object;
END;
COMMENT ON FUNCTION @extschema@._raceway_decode_events(jsonb[], boolean) IS
    'The events of a batch, each as _raceway_decode_event() says';

CREATE OR REPLACE FUNCTION @extschema@._raceway_sent_id(sent jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(sent -> 'id') = 'string' THEN sent ->> 'id'
            WHEN jsonb_typeof(sent -> 'event_id') = 'string' THEN sent ->> 'event_id' END;
COMMENT ON FUNCTION @extschema@._raceway_sent_id(jsonb) IS
    'The id of an event, valid or not, where it has one that is a string';

CREATE OR REPLACE FUNCTION @extschema@._raceway_service(sent jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(left(@extschema@._raceway_text(sent #> '{metadata,service_name}'), 255), '');
COMMENT ON FUNCTION @extschema@._raceway_service(jsonb) IS
    'The service of an event as a column can hold it; an empty name is none';

-- A longer template would be of no use to other events, and too long for an index.
CREATE OR REPLACE FUNCTION @extschema@._raceway_template(
    is_flat boolean, has_uuid boolean, has_parent_uuid boolean, outline text)
RETURNS TABLE (template text, is_shared boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN octet_length(whole) <= 1200 THEN whole ELSE '%5$s' END,
           octet_length(whole) <= 1200
    FROM (SELECT @extschema@._raceway_head(is_flat, has_uuid, has_parent_uuid)
                 || replace(replace(outline, '%', '%%'), E'\x1f', '%s') || '}' AS whole
          OFFSET 0) AS written
    OFFSET 0;
END;
COMMENT ON FUNCTION @extschema@._raceway_template(boolean, boolean, boolean, text) IS
    'The template of events with this outline, and whether they share it';

-- One plan a session, made for few events: it is kept from joining by nested loops. Remembering the
-- parts of events (Memoize) would take half as long again, since few are met twice.
CREATE OR REPLACE FUNCTION @extschema@._raceway_decode_batch(
    sent_events jsonb[],
    OUT places bigint[], OUT trace_ids text[], OUT event_keys uuid[], OUT parent_keys uuid[],
    OUT times timestamptz[], OUT service_names text[], OUT event_values text[],
    OUT frames integer[], OUT templates text[], OUT dialects text[], OUT kinds text[],
    OUT frame_services text[], OUT rejected_places bigint[], OUT rejected_ids text[],
    OUT reasons text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_nestloop = off
SET enable_memoize = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    times_are_plain boolean := _raceway_has_plain_times(sent_events);
BEGIN
    WITH decoded AS MATERIALIZED (
        SELECT * FROM _raceway_decode_events(sent_events, times_are_plain)),
    frame AS MATERIALIZED (
        SELECT first.*, kind, _raceway_service(sent) AS service_name, template, is_shared,
               row_number() OVER ()::integer AS nth
        FROM (SELECT is_flat, has_uuid, has_parent_uuid, outline, min(place) AS place
              FROM decoded WHERE reason IS NULL GROUP BY 1, 2, 3, 4) AS first
        JOIN (SELECT place, kind, sent FROM decoded) AS event USING (place)
        CROSS JOIN LATERAL _raceway_template(is_flat, has_uuid, has_parent_uuid, outline))
    SELECT * INTO places, trace_ids, event_keys, parent_keys, times, service_names, event_values,
                  frames, templates, dialects, kinds, frame_services, rejected_places, rejected_ids,
                  reasons
    FROM (SELECT array_agg(decoded.place), array_agg(trace_id), array_agg(event_key),
                 array_agg(parent_key), array_agg(happened), array_agg(service_name),
                 array_agg(CASE WHEN is_shared THEN coalesce(own_values, '') ELSE jsonb_set(
                     sent, '{timestamp}', to_jsonb(_raceway_utc(happened)))::text END),
                 array_agg(nth)
          FROM decoded JOIN frame USING (is_flat, has_uuid, has_parent_uuid, outline)
          WHERE reason IS NULL) AS valid
    CROSS JOIN (
        SELECT array_agg(template ORDER BY nth),
               array_agg(CASE WHEN is_flat THEN 'flat' ELSE 'sdk' END ORDER BY nth),
               array_agg(kind ORDER BY nth), array_agg(coalesce(service_name, '') ORDER BY nth)
        FROM frame) AS shared
    CROSS JOIN (SELECT array_agg(place),
                       array_agg(CASE WHEN reason <> _raceway_no_json() THEN _raceway_sent_id(sent) END),
                       array_agg(reason)
                FROM decoded WHERE reason IS NOT NULL) AS rejected;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_decode_batch(jsonb[]) IS
    'What is stored of the valid events of a batch, the frames that they have, and why the others are rejected';
