-- The events as people read and write them.

CREATE OR REPLACE VIEW @extschema@.events AS
SELECT stored."timestamp",
       stored.created_at,
       CASE WHEN is_flat THEN @extschema@.raceway_double(event -> 'duration_ms')
            ELSE coalesce(
                @extschema@.raceway_double(event #> '{metadata,duration_ns}') / 1e6::float8,
                @extschema@.raceway_double(payload -> 'duration_ms')) END AS duration_ms,
       trace.trace_id,
       CASE WHEN strpos(template, '"%1$s"') > 0 THEN event_key::text
            WHEN is_flat THEN @extschema@.raceway_text(event -> 'event_id')
            ELSE @extschema@.raceway_text(event -> 'id') END AS event_id,
       CASE WHEN strpos(template, '"%3$s"') > 0 THEN parent_key::text
            WHEN parent_key IS NOT NULL
            THEN @extschema@.raceway_text(event -> 'parent_id') END AS parent_id,
       kind_name AS kind,
       left(CASE WHEN is_flat THEN @extschema@.raceway_text(event -> 'location')
                 ELSE @extschema@.raceway_location(payload) END, 500) AS location,
       CASE WHEN kind IS NOT NULL THEN frame.service_name
            ELSE left(@extschema@.raceway_text(event #> '{metadata,service_name}'), 255)
            END AS service_name,
       left(@extschema@.raceway_text(event #> '{metadata,thread_id}'), 255) AS thread_id,
       CASE WHEN jsonb_typeof(event -> 'lock_set') = 'array' THEN event -> 'lock_set'
            WHEN is_flat AND jsonb_typeof(event #> '{metadata,lock_set}') = 'array'
            THEN event #> '{metadata,lock_set}' END AS lock_set,
       CASE WHEN is_flat THEN nullif(event -> 'vector_clock', 'null')
            ELSE @extschema@.raceway_clock_of_pairs(event -> 'causality_vector')
            END AS vector_clock,
       payload AS metadata,
       event,
       stored.trace_no,
       stored.event_key
FROM @extschema@.stored_events AS stored
LEFT JOIN @extschema@.frames AS frame USING (frame_id)
LEFT JOIN @extschema@.traces AS trace USING (trace_no)
-- OFFSET 0: filled once for each row, and not at all where no column needs it.
CROSS JOIN LATERAL (
    SELECT @extschema@.raceway_fill(template, event_key, trace_id, parent_key,
                                    stored."timestamp", "values")::jsonb AS event
    OFFSET 0) AS filled
CROSS JOIN LATERAL (
    SELECT CASE WHEN kind IS NOT NULL THEN dialect = 'flat'
                ELSE event ? 'event_id'
                     AND NOT (event ? 'id' AND jsonb_typeof(event -> 'kind') = 'object')
                END AS is_flat,
           CASE WHEN kind IS NOT NULL THEN kind
                WHEN jsonb_typeof(event -> 'kind') = 'string'
                THEN @extschema@.raceway_text(event -> 'kind')
                ELSE (SELECT @extschema@.raceway_text(to_jsonb(min(variant)))
                      FROM jsonb_object_keys(event -> 'kind') AS variant) END AS kind_name
    ) AS named
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_flat THEN event -> 'metadata'
                WHEN jsonb_typeof(event -> 'kind') = 'object'
                THEN event -> 'kind' -> (@extschema@.raceway_escape(kind_name) #>> '{}')
                END AS payload) AS told;

COMMENT ON VIEW @extschema@.events IS 'One row an event; takes INSERT, COPY and DELETE';
COMMENT ON COLUMN @extschema@.events.created_at IS 'Arrival';
COMMENT ON COLUMN @extschema@.events.duration_ms IS 'Milliseconds';
COMMENT ON COLUMN @extschema@.events.vector_clock IS 'Clock of each component: {component: clock}';
COMMENT ON COLUMN @extschema@.events.metadata IS
    'Payload of the kind (SDK dialect), or metadata as sent (flat dialect)';
COMMENT ON COLUMN @extschema@.events.event IS
    'The event as it was sent; U+0000 in a string is U+0010 "0"';

ALTER VIEW @extschema@.events ALTER COLUMN created_at SET DEFAULT now();

-- Set-based, unlike a trigger: deleting many events counts each of their traces once.
CREATE OR REPLACE RULE events_deleted AS ON DELETE TO @extschema@.events DO INSTEAD
    DELETE FROM @extschema@.stored_events AS stored
    WHERE stored.trace_no = OLD.trace_no
      AND stored."timestamp" = OLD."timestamp"
      AND stored.event_key = OLD.event_key;

CREATE OR REPLACE FUNCTION @extschema@.raceway_unescape_json(document text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    -- The text of jsonb holds no control character: U+0001 can stand for a doubled U+0010.
    SELECT CASE WHEN strpos(document, '\u0010') = 0 THEN document
        ELSE replace(regexp_replace(regexp_replace(document,
            '(?<!\\)((?:\\\\)*)\\u0010\\u0010', E'\\1\x01', 'g'),
            '(?<!\\)((?:\\\\)*)\\u00100', '\1\\u0000', 'g'), E'\x01', '\u0010') END
$$;
COMMENT ON FUNCTION @extschema@.raceway_unescape_json(text) IS
    'JSON text as it was before U+0000 and U+0010 were escaped for jsonb';

-- Service, thread and locks of a row join its metadata, where the flat dialect has them.
CREATE OR REPLACE FUNCTION @extschema@.raceway_flat_json(event @extschema@.events)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL)
    FROM (SELECT coalesce(jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL), '{}')
                 AS named_in_columns
          FROM (VALUES ('service_name', raceway_escape(event.service_name)),
                       ('thread_id', raceway_escape(event.thread_id)),
                       ('lock_set', event.lock_set)) AS named (name, value)) AS named
    CROSS JOIN LATERAL (VALUES
        ('event_id', raceway_escape(event.event_id)),
        ('trace_id', raceway_escape(event.trace_id)),
        ('parent_id', raceway_escape(event.parent_id)),
        ('kind', raceway_escape(event.kind)),
        ('timestamp', to_jsonb(CASE WHEN event."timestamp" >= '0001-01-01 00:00:00+00'
                               THEN raceway_utc(event."timestamp") END)),
        ('duration_ms', to_jsonb(event.duration_ms)),
        ('location', raceway_escape(event.location)),
        ('vector_clock', event.vector_clock),
        ('metadata', CASE
            WHEN event.metadata IS NULL THEN nullif(named_in_columns, '{}')
            WHEN jsonb_typeof(event.metadata) = 'object' THEN named_in_columns || event.metadata
            ELSE event.metadata END)
    ) AS fields (name, value)
$$;
COMMENT ON FUNCTION @extschema@.raceway_flat_json(@extschema@.events) IS
    'A row of events as an event in the flat dialect';

CREATE OR REPLACE FUNCTION @extschema@.raceway_insert_event()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    report record;
BEGIN
    SELECT * INTO report
    FROM raceway_ingest(raceway_unescape_json(coalesce(NEW.event, raceway_flat_json(NEW))::text));
    IF report.rejected > 0 THEN
        RAISE EXCEPTION '%', report.errors -> 0 ->> 'reason' USING ERRCODE = 'check_violation';
    ELSIF report.duplicates > 0 THEN
        RAISE EXCEPTION 'event % of trace % at % is stored already',
            NEW.event_id, NEW.trace_id, NEW."timestamp"
            USING ERRCODE = 'unique_violation';
    ELSIF NEW.created_at <> now() THEN
        UPDATE stored_events SET created_at = NEW.created_at
        WHERE trace_no = (SELECT trace_no FROM traces WHERE trace_id = NEW.trace_id)
          AND "timestamp" = NEW."timestamp"
          AND event_key = raceway_id_key(NEW.event_id);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_insert_event() IS
    'Trigger: what SQL users insert into events is ingested';
REVOKE ALL ON FUNCTION @extschema@.raceway_insert_event() FROM PUBLIC;

CREATE OR REPLACE TRIGGER events_inserted INSTEAD OF INSERT ON @extschema@.events
    FOR EACH ROW EXECUTE FUNCTION @extschema@.raceway_insert_event();
