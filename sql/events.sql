-- The events as people read and write them.
--
-- _raceway_fill() and the view are in plain/fill.sql and plain/columns.sql; for the extension, in Rust
-- and extension/columns.sql.

COMMENT ON FUNCTION @extschema@._raceway_fill(text, uuid, text, uuid, timestamptz, text) IS
    'The JSON of a stored event, as it was sent';

COMMENT ON VIEW @extschema@.events IS 'One row an event; takes INSERT, COPY and DELETE';
COMMENT ON COLUMN @extschema@.events.created_at IS 'Arrival';
COMMENT ON COLUMN @extschema@.events.duration_ms IS 'Milliseconds';
COMMENT ON COLUMN @extschema@.events.vector_clock IS 'Clock of each component: {component: clock}';
COMMENT ON COLUMN @extschema@.events.metadata IS
    'Payload of the kind (SDK dialect), or metadata as sent (flat dialect)';
COMMENT ON COLUMN @extschema@.events.event IS
    'The event as it was sent; U+0000 in a string is U+0010 "0"';
COMMENT ON COLUMN @extschema@.events.variable IS 'What the event reads or writes';
COMMENT ON COLUMN @extschema@.events.access_type IS
    'Read, Write, AtomicRead, AtomicWrite or AtomicRMW';
COMMENT ON COLUMN @extschema@.events.distributed_span_id IS 'The span that the event belongs to';
COMMENT ON COLUMN @extschema@.events.upstream_span_id IS 'The span of the caller';

ALTER VIEW @extschema@.events ALTER COLUMN created_at SET DEFAULT now();

-- Set-based, unlike a trigger: deleting many events counts each of their traces once.
CREATE OR REPLACE RULE events_deleted AS ON DELETE TO @extschema@.events DO INSTEAD
    DELETE FROM @extschema@.stored_events AS stored
    WHERE stored.trace_no = OLD.trace_no
      AND stored."timestamp" = OLD."timestamp"
      AND stored.event_key = OLD.event_key;

-- What has columns of its own joins the metadata of a row, where the flat dialect has it.
CREATE OR REPLACE FUNCTION @extschema@._raceway_flat_json(event @extschema@.events)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL)
    FROM (SELECT coalesce(jsonb_object_agg(name, value) FILTER (WHERE value IS NOT NULL), '{}')
                 AS named_in_columns
          FROM (VALUES ('service_name', _raceway_escape(event.service_name)),
                       ('thread_id', _raceway_escape(event.thread_id)),
                       ('lock_set', event.lock_set),
                       ('variable', _raceway_escape(event.variable)),
                       ('access_type', _raceway_escape(event.access_type)),
                       ('old_value', event.old_value),
                       ('new_value', event.new_value),
                       ('environment', _raceway_escape(event.environment)),
                       ('instance_id', _raceway_escape(event.instance_id)),
                       ('process_id', to_jsonb(event.process_id)),
                       ('distributed_span_id', _raceway_escape(event.distributed_span_id)),
                       ('upstream_span_id', _raceway_escape(event.upstream_span_id)))
             AS named (name, value)) AS named
    CROSS JOIN LATERAL (VALUES
        ('event_id', _raceway_escape(event.event_id)),
        ('trace_id', _raceway_escape(event.trace_id)),
        ('parent_id', _raceway_escape(event.parent_id)),
        ('kind', _raceway_escape(event.kind)),
        ('timestamp', to_jsonb(CASE WHEN event."timestamp" >= '0001-01-01 00:00:00+00'
                               THEN _raceway_utc(event."timestamp") END)),
        ('duration_ms', to_jsonb(event.duration_ms)),
        ('location', _raceway_escape(event.location)),
        ('vector_clock', event.vector_clock),
        ('metadata', CASE
            WHEN event.metadata IS NULL THEN nullif(named_in_columns, '{}')
            WHEN jsonb_typeof(event.metadata) = 'object' THEN named_in_columns || event.metadata
            ELSE event.metadata END)
    ) AS fields (name, value)
$$;
COMMENT ON FUNCTION @extschema@._raceway_flat_json(@extschema@.events) IS
    'A row of events as an event in the flat dialect';

CREATE OR REPLACE FUNCTION @extschema@._raceway_insert_event()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    report record;
BEGIN
    SELECT * INTO report
    FROM raceway_ingest(_raceway_unescape_json(coalesce(NEW.event, _raceway_flat_json(NEW))::text));
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
          AND event_key = _raceway_id_key(NEW.event_id);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_insert_event() IS
    'Trigger: what SQL users insert into events is ingested';
REVOKE ALL ON FUNCTION @extschema@._raceway_insert_event() FROM PUBLIC;

CREATE OR REPLACE TRIGGER events_inserted INSTEAD OF INSERT ON @extschema@.events
    FOR EACH ROW EXECUTE FUNCTION @extschema@._raceway_insert_event();
