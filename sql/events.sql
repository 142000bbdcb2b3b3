-- The events as people read and write them.
--
-- raceway_fill() is in plain/fill.sql and, for the extension, in Rust.
--
-- Functions of a whole event are in PL/pgSQL: their argument is made once a call, where the planner
-- would write the making of it into every place of a body in SQL.

COMMENT ON FUNCTION @extschema@.raceway_fill(text, uuid, text, uuid, timestamptz, text) IS
    'The JSON of a stored event, as it was sent';

CREATE OR REPLACE FUNCTION @extschema@.raceway_text_at(event jsonb, VARIADIC path text[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN raceway_text(event #> path);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_text_at(jsonb, text[]) IS
    'The text of a JSON string within an event; NULL for other values';

CREATE OR REPLACE FUNCTION @extschema@.raceway_payload(event jsonb, dialect text, kind text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN event -> 'metadata'
                WHEN jsonb_typeof(event -> 'kind') = 'object'
                THEN event -> 'kind' -> (raceway_escape(kind) #>> '{}') END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_payload(jsonb, text, text) IS
    'Payload of an event''s kind (SDK dialect), or its metadata (flat dialect)';

CREATE OR REPLACE FUNCTION @extschema@.raceway_duration(event jsonb, dialect text, kind text)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN raceway_double(event -> 'duration_ms')
                ELSE coalesce(raceway_double(event #> '{metadata,duration_ns}') / 1e6::float8,
                              raceway_double(raceway_payload(event, dialect, kind) -> 'duration_ms'))
                END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_duration(jsonb, text, text) IS
    'Milliseconds that an event took';

CREATE OR REPLACE FUNCTION @extschema@.raceway_location(event jsonb, dialect text, kind text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    place jsonb := CASE WHEN dialect = 'flat' THEN event
                        ELSE raceway_payload(event, dialect, kind) END;
BEGIN
    RETURN left(CASE
        WHEN dialect = 'flat' OR jsonb_typeof(place -> 'location') = 'string'
        THEN raceway_text(place -> 'location')
        ELSE raceway_text(place -> 'file')
             || coalesce(':' || raceway_whole_number(place -> 'line'), '') END, 500);
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_location(jsonb, text, text) IS
    'Where in the source an event happened: its location, else file and line of its payload';

CREATE OR REPLACE FUNCTION @extschema@.raceway_lock_set(event jsonb, dialect text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN jsonb_typeof(event -> 'lock_set') = 'array' THEN event -> 'lock_set'
                WHEN dialect = 'flat'
                     AND jsonb_typeof(event #> '{metadata,lock_set}') = 'array'
                THEN event #> '{metadata,lock_set}' END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_lock_set(jsonb, text) IS 'The locks held, as they were sent';

-- jsonb_object_agg keeps the last of equal keys: the greatest clock.
CREATE OR REPLACE FUNCTION @extschema@.raceway_vector_clock(event jsonb, dialect text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN dialect = 'flat' THEN nullif(event -> 'vector_clock', 'null')
        WHEN jsonb_typeof(event -> 'causality_vector') = 'array' THEN (
            SELECT coalesce(jsonb_object_agg(pair ->> 0, pair -> 1 ORDER BY (pair -> 1)::numeric),
                            '{}')
            FROM jsonb_array_elements(event -> 'causality_vector') AS pair) END;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_vector_clock(jsonb, text) IS
    '{component: clock, ...} of an event of either dialect';

-- A query pays for the columns that it names: without those made from the event, it doesn't make
-- the event; without those of frames or traces, it doesn't join them.
CREATE OR REPLACE VIEW @extschema@.events AS
SELECT "timestamp",
       created_at,
       @extschema@.raceway_duration(event, dialect, kind) AS duration_ms,
       trace_id,
       CASE WHEN has_uuid THEN event_key::text
            WHEN dialect = 'flat' THEN @extschema@.raceway_text_at(event, 'event_id')
            ELSE @extschema@.raceway_text_at(event, 'id') END AS event_id,
       CASE WHEN has_parent_uuid THEN parent_key::text
            WHEN parent_key IS NOT NULL THEN @extschema@.raceway_text_at(event, 'parent_id')
            END AS parent_id,
       kind,
       @extschema@.raceway_location(event, dialect, kind) AS location,
       nullif(service_name, '')::varchar(255) AS service_name,
       left(@extschema@.raceway_text_at(event, 'metadata', 'thread_id'), 255) AS thread_id,
       @extschema@.raceway_lock_set(event, dialect) AS lock_set,
       @extschema@.raceway_vector_clock(event, dialect) AS vector_clock,
       @extschema@.raceway_payload(event, dialect, kind) AS metadata,
       event,
       trace_no,
       event_key
FROM (
    SELECT stored."timestamp", stored.created_at, trace.trace_id, stored.event_key,
           stored.parent_key, stored.trace_no, frame.kind, frame.dialect, frame.service_name,
           strpos(template, '"%1$s"') > 0 AS has_uuid,
           strpos(template, '"%3$s"') > 0 AS has_parent_uuid,
           @extschema@.raceway_fill(template, event_key, trace.trace_id, parent_key,
                                    stored."timestamp", "values")::jsonb AS event
    FROM @extschema@.stored_events AS stored
    LEFT JOIN @extschema@.frames AS frame USING (frame_id)
    LEFT JOIN @extschema@.traces AS trace USING (trace_no)) AS filled;

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
    SELECT CASE WHEN strpos(document, E'\\u0010') = 0 THEN document
        ELSE replace(regexp_replace(regexp_replace(document,
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0010\\\\u0010', E'\\1\x01', 'g'),
            E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u00100', E'\\1\\\\u0000', 'g'), E'\x01', E'\\u0010') END
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
