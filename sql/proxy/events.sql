-- The events of all databases, for people: all rows come here before a condition is looked at.

CREATE OR REPLACE FUNCTION @extschema@._raceway_all_events()
RETURNS TABLE ("timestamp" timestamptz, created_at timestamptz, duration_ms double precision, trace_id
               text, event_id text, parent_id text, kind text, location text,
               service_name text, thread_id text, lock_set jsonb, vector_clock jsonb,
               metadata jsonb, event jsonb, trace_no bigint, event_key uuid, variable
               text, access_type text, old_value jsonb, new_value jsonb, environment
               text, instance_id text, process_id bigint, distributed_span_id text,
               upstream_span_id text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT e."timestamp", e.created_at, e.duration_ms, e.trace_id, e.event_id, e.parent_id, e.kind,
           e.location, e.service_name, e.thread_id, e.lock_set, e.vector_clock,
           e.metadata, e.event, e.trace_no, e.event_key, e.variable, e.access_type,
           e.old_value, e.new_value, e.environment, e.instance_id, e.process_id,
           e.distributed_span_id, e.upstream_span_id
    FROM @extschema@.events AS e;
$$;
COMMENT ON FUNCTION @extschema@._raceway_all_events() IS 'The events of all databases';

CREATE OR REPLACE VIEW @extschema@.events AS
SELECT "timestamp", created_at, duration_ms, trace_id::varchar(255) COLLATE "C" AS trace_id,
       event_id, parent_id, kind::varchar(50) AS kind, location,
       service_name::varchar(255) COLLATE "C" AS service_name, thread_id, lock_set,
       vector_clock, metadata, event, trace_no, event_key, variable, access_type,
       old_value, new_value, environment, instance_id, process_id, distributed_span_id,
       upstream_span_id
FROM @extschema@._raceway_all_events();
COMMENT ON VIEW @extschema@.events IS
    'One row an event, of all databases; each query reads all of them';

CREATE OR REPLACE FUNCTION @extschema@._raceway_refuse_change()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is only read by way of a proxy', TG_TABLE_NAME
        USING ERRCODE = 'feature_not_supported',
              HINT = 'raceway_ingest() stores events, raceway_retention() deletes them; or change them in the database that has them, which raceway_nodes names.';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_refuse_change() IS
    'Trigger: says what stores and deletes events';
REVOKE ALL ON FUNCTION @extschema@._raceway_refuse_change() FROM PUBLIC;

CREATE OR REPLACE TRIGGER events_changed INSTEAD OF INSERT OR UPDATE OR DELETE ON @extschema@.events
    FOR EACH ROW EXECUTE FUNCTION @extschema@._raceway_refuse_change();
CREATE OR REPLACE TRIGGER traces_changed INSTEAD OF INSERT OR UPDATE OR DELETE ON @extschema@.traces
    FOR EACH ROW EXECUTE FUNCTION @extschema@._raceway_refuse_change();
