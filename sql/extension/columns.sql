-- The columns that an event has in its template and values, straight from there; in Rust
-- (extension/src/columns.rs). Plain SQL has them in plain/columns.sql.
--
-- Frames never change: what a frame and values say is a fact, so the functions are immutable and
-- CREATE INDEX takes them.
--
-- COST is what they take: 10 is 0.1 microseconds. By it the planner has two processes work where one would
-- take longer (the top 10 of location over 300,000 events: 0.6 of the time), and a row that
-- LIMIT cuts off is sorted without its columns.

CREATE OR REPLACE FUNCTION @extschema@._raceway_kind(frame_id integer)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
AS 'MODULE_PATHNAME', 'raceway_kind_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_kind(integer) IS
    'Column kind of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_service_name(frame_id integer)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
AS 'MODULE_PATHNAME', 'raceway_service_name_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_service_name(integer) IS
    'Column service_name of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event_id(
    frame_id integer, event_key uuid, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_event_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_event_id(integer, uuid, text) IS
    'Column event_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_parent_id(
    frame_id integer, parent_key uuid, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_parent_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_parent_id(integer, uuid, text) IS
    'Column parent_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_duration_ms(frame_id integer, "values" text)
RETURNS double precision
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_duration_ms_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_duration_ms(integer, text) IS
    'Column duration_ms of events: milliseconds that an event took';

CREATE OR REPLACE FUNCTION @extschema@._raceway_location(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_location_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_location(integer, text) IS
    'Column location of events: the place in the source, else file and line of the payload';

CREATE OR REPLACE FUNCTION @extschema@._raceway_variable(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_variable_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_variable(integer, text) IS
    'Column variable of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_access_type(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_access_type_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_access_type(integer, text) IS
    'Column access_type of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_old_value(frame_id integer, "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
AS 'MODULE_PATHNAME', 'raceway_old_value_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_old_value(integer, text) IS
    'Column old_value of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_new_value(frame_id integer, "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
AS 'MODULE_PATHNAME', 'raceway_new_value_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_new_value(integer, text) IS
    'Column new_value of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_thread_id(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_thread_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_thread_id(integer, text) IS
    'Column thread_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_process_id(frame_id integer, "values" text)
RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_process_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_process_id(integer, text) IS
    'Column process_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_instance_id(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_instance_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_instance_id(integer, text) IS
    'Column instance_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_environment(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_environment_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_environment(integer, text) IS
    'Column environment of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_distributed_span_id(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_distributed_span_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_distributed_span_id(integer, text) IS
    'Column distributed_span_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_upstream_span_id(frame_id integer, "values" text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'raceway_upstream_span_id_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_upstream_span_id(integer, text) IS
    'Column upstream_span_id of events';

CREATE OR REPLACE FUNCTION @extschema@._raceway_lock_set(frame_id integer, "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
AS 'MODULE_PATHNAME', 'raceway_lock_set_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_lock_set(integer, text) IS
    'Column lock_set of events: the locks held, as they were sent';

CREATE OR REPLACE FUNCTION @extschema@._raceway_vector_clock(frame_id integer, "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
AS 'MODULE_PATHNAME', 'raceway_vector_clock_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_vector_clock(integer, text) IS
    'Column vector_clock of events: {component: clock, ...} in either dialect';

CREATE OR REPLACE FUNCTION @extschema@._raceway_metadata(frame_id integer, "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 30
AS 'MODULE_PATHNAME', 'raceway_metadata_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_metadata(integer, text) IS
    'Column metadata of events: the payload of the kind, or metadata as sent';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event(
    frame_id integer, event_key uuid, trace_id text, parent_key uuid, instant timestamptz,
    "values" text)
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'raceway_event_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_event(integer, uuid, text, uuid, timestamptz, text) IS
    'Column event of events: the event as it was sent';

-- A query pays for the columns that it names; frames are joined by none, traces where trace_id is
-- asked for. "values" has COLLATE "C", columns of text have that of the database.
CREATE OR REPLACE VIEW @extschema@.events AS
SELECT stored."timestamp",
       stored.created_at,
       @extschema@._raceway_duration_ms(frame_id, "values") AS duration_ms,
       trace.trace_id,
       @extschema@._raceway_event_id(frame_id, event_key, "values") COLLATE "default" AS event_id,
       @extschema@._raceway_parent_id(frame_id, parent_key, "values") COLLATE "default"
           AS parent_id,
       @extschema@._raceway_kind(frame_id)::varchar(50) AS kind,
       @extschema@._raceway_location(frame_id, "values") COLLATE "default" AS location,
       @extschema@._raceway_service_name(frame_id)::varchar(255) COLLATE "C" AS service_name,
       @extschema@._raceway_thread_id(frame_id, "values") COLLATE "default" AS thread_id,
       @extschema@._raceway_lock_set(frame_id, "values") AS lock_set,
       @extschema@._raceway_vector_clock(frame_id, "values") AS vector_clock,
       @extschema@._raceway_metadata(frame_id, "values") AS metadata,
       @extschema@._raceway_event(frame_id, event_key, trace.trace_id, parent_key,
                                  stored."timestamp", "values") AS event,
       trace_no,
       event_key,
       @extschema@._raceway_variable(frame_id, "values") COLLATE "default" AS variable,
       @extschema@._raceway_access_type(frame_id, "values") COLLATE "default" AS access_type,
       @extschema@._raceway_old_value(frame_id, "values") AS old_value,
       @extschema@._raceway_new_value(frame_id, "values") AS new_value,
       @extschema@._raceway_environment(frame_id, "values") COLLATE "default" AS environment,
       @extschema@._raceway_instance_id(frame_id, "values") COLLATE "default" AS instance_id,
       @extschema@._raceway_process_id(frame_id, "values") AS process_id,
       @extschema@._raceway_distributed_span_id(frame_id, "values") COLLATE "default"
           AS distributed_span_id,
       @extschema@._raceway_upstream_span_id(frame_id, "values") COLLATE "default"
           AS upstream_span_id
FROM @extschema@.stored_events AS stored
LEFT JOIN @extschema@.traces AS trace USING (trace_no);
