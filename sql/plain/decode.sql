-- From events as they are sent to rows of events. The rules are those of the crate raceway-model;
-- the tests hold the two against each other.

CREATE OR REPLACE FUNCTION @extschema@.raceway_payload_location(payload jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(payload -> 'location') = 'string'
    THEN @extschema@.raceway_text(payload -> 'location')
    ELSE @extschema@.raceway_text(payload -> 'file')
         || coalesce(':' || @extschema@.raceway_whole_number(payload -> 'line'), '')
    END;
COMMENT ON FUNCTION @extschema@.raceway_payload_location(jsonb) IS
    'location of an SDK event''s payload, else its file and line';

CREATE OR REPLACE FUNCTION @extschema@.raceway_fits(value jsonb, max_characters integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(length(@extschema@.raceway_text(value)) <= max_characters, false);
COMMENT ON FUNCTION @extschema@.raceway_fits(jsonb, integer) IS
    'Whether a column of text gives the value back: a string, not too long, without U+0000';

-- What a column gives back exactly moves there; what is left stays in extra.
CREATE OR REPLACE FUNCTION @extschema@.raceway_extra(sent jsonb, is_flat boolean, clock jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(sent - ARRAY[
        'trace_id', 'timestamp',
        CASE WHEN is_flat THEN 'event_id' ELSE 'id' END,
        CASE WHEN @extschema@.raceway_fits(sent -> 'parent_id', 255) THEN 'parent_id' END,
        CASE WHEN is_flat = (jsonb_typeof(sent -> 'kind') = 'string') THEN 'kind' END,
        CASE WHEN is_flat THEN 'metadata' END,
        CASE WHEN is_flat AND @extschema@.raceway_fits(sent -> 'location', 500) THEN 'location' END,
        CASE WHEN is_flat AND clock IS NOT NULL THEN 'vector_clock' END,
        CASE WHEN NOT is_flat AND jsonb_typeof(sent -> 'lock_set') = 'array' THEN 'lock_set' END,
        CASE WHEN NOT is_flat AND jsonb_typeof(sent -> 'causality_vector') = 'array' THEN
            CASE WHEN jsonb_array_length(sent -> 'causality_vector')
                      = (SELECT count(*) FROM jsonb_object_keys(clock))
                 THEN 'causality_vector' END END]
    || CASE WHEN NOT is_flat AND jsonb_typeof(sent -> 'metadata') = 'object' THEN
           jsonb_build_object('metadata', (sent -> 'metadata') - ARRAY[
               CASE WHEN @extschema@.raceway_fits(sent -> 'metadata' -> 'service_name', 255)
                    THEN 'service_name' END,
               CASE WHEN @extschema@.raceway_fits(sent -> 'metadata' -> 'thread_id', 255)
                    THEN 'thread_id' END])
       ELSE '{}' END, '{}');
COMMENT ON FUNCTION @extschema@.raceway_extra(jsonb, boolean, jsonb) IS
    'What the other columns of events can not give back of an event; NULL if nothing';

CREATE OR REPLACE FUNCTION @extschema@.raceway_row(
    sent jsonb, is_flat boolean, event_id text, trace_id text, kind text, happened timestamptz,
    clock jsonb)
RETURNS @extschema@.events
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ROW(
        happened, now(),
        CASE WHEN is_flat THEN @extschema@.raceway_double(sent -> 'duration_ms')
             ELSE coalesce(@extschema@.raceway_double(sent -> 'metadata' -> 'duration_ns') / 1e6::float8,
                           @extschema@.raceway_double(payload -> 'duration_ms')) END,
        trace_id, event_id,
        CASE WHEN @extschema@.raceway_fits(sent -> 'parent_id', 255) THEN @extschema@.raceway_text(sent -> 'parent_id') END,
        kind,
        left(CASE WHEN is_flat THEN @extschema@.raceway_text(sent -> 'location')
                  ELSE @extschema@.raceway_payload_location(payload) END, 500),
        left(@extschema@.raceway_text(sent -> 'metadata' -> 'service_name'), 255),
        left(@extschema@.raceway_text(sent -> 'metadata' -> 'thread_id'), 255),
        CASE WHEN jsonb_typeof(sent -> 'lock_set') = 'array' THEN sent -> 'lock_set'
             WHEN is_flat AND jsonb_typeof(sent -> 'metadata' -> 'lock_set') = 'array'
             THEN sent -> 'metadata' -> 'lock_set' END,
        clock, payload,
        CASE WHEN is_flat THEN 'flat' ELSE 'sdk' END,
        @extschema@.raceway_extra(sent, is_flat, clock)
    )::@extschema@.events
    FROM (SELECT CASE
              WHEN is_flat THEN sent -> 'metadata'
              WHEN jsonb_typeof(sent -> 'kind') = 'object'
              THEN (SELECT value FROM jsonb_each(sent -> 'kind')) END AS payload
          OFFSET 0) AS columns;
END;
COMMENT ON FUNCTION @extschema@.raceway_row(
    jsonb, boolean, text, text, text, timestamptz, jsonb) IS 'A valid event as a row of events';

CREATE OR REPLACE FUNCTION @extschema@.raceway_decode(batch jsonb[])
RETURNS TABLE (index integer, id text, reason text, event @extschema@.events)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT (position - 1)::integer,
           raceway_text(sent -> CASE WHEN jsonb_typeof(sent -> 'id') = 'string' THEN 'id'
                                     ELSE 'event_id' END),
           reason,
           CASE WHEN reason IS NULL THEN raceway_row(sent, is_flat, event_id, trace_id, kind,
                                                     happened, clock) END
    FROM unnest(batch) WITH ORDINALITY AS input (sent, position)
    CROSS JOIN LATERAL (
        SELECT sent ? 'event_id'
               AND NOT (sent ? 'id' AND coalesce(jsonb_typeof(sent -> 'kind') = 'object', false))
                   AS is_flat
        OFFSET 0) AS dialect
    CROSS JOIN LATERAL (
        SELECT raceway_key(sent -> CASE WHEN is_flat THEN 'event_id' ELSE 'id' END, 255) AS event_id,
               raceway_key(sent -> 'trace_id', 255) AS trace_id,
               raceway_variant(sent -> 'kind') AS kind,
               raceway_instant(sent ->> 'timestamp') AS happened,
               nullif(sent -> CASE WHEN is_flat THEN 'vector_clock' ELSE 'causality_vector' END,
                      'null') AS sent_clock
        OFFSET 0) AS required
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_flat THEN raceway_clock_of_object(sent_clock)
                    ELSE raceway_clock_of_pairs(sent_clock) END AS clock
        OFFSET 0) AS clocks
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
            WHEN clock IS NULL AND sent_clock IS NOT NULL THEN
                CASE WHEN is_flat THEN 'vector_clock: expected {component: clock, ...}'
                     ELSE 'causality_vector: expected [[component, clock], ...]' END
                || ' with whole clocks from 0 to 18446744073709551615'
            END AS reason
        OFFSET 0) AS verdict
$$;
COMMENT ON FUNCTION @extschema@.raceway_decode(jsonb[]) IS
    'Each event of a batch as a row of events, or the reason why it is refused';
