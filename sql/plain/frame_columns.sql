-- What columns of events have to know of a frame, worked out once for each: plain/frames.sql. Frames of
-- which not all can be said have no row here. No foreign key: TRUNCATE frames is to work as it did.

CREATE TABLE @extschema@.frame_columns (
    frame_id               integer PRIMARY KEY,
    event_id_at            integer,
    parent_id_at           integer,
    location_at            integer,
    file_at                integer,
    line_at                integer,
    thread_id_at           integer,
    variable_at            integer,
    access_type_at         integer,
    duration_ns_at         integer,
    duration_ms_at         integer,
    distributed_span_id_at integer,
    upstream_span_id_at    integer,
    lock_set_at            integer,
    old_value_at           integer,
    new_value_at           integer,
    components             integer,
    process_id             bigint,
    environment            text,
    instance_id            text,
    lock_set               jsonb,
    old_value              jsonb,
    new_value              jsonb,
    vector_clock           text COLLATE "C",
    metadata               text COLLATE "C"
);

COMMENT ON TABLE @extschema@.frame_columns IS
    'Where events of a frame have the columns of the view events: which of their values it is (..._at), else what all of them have';
COMMENT ON COLUMN @extschema@.frame_columns.components IS
    'How many components a clock has unless one is named twice; NULL where none can be';
COMMENT ON COLUMN @extschema@.frame_columns.vector_clock IS
    'Format string over the values: JSON of the column';
COMMENT ON COLUMN @extschema@.frame_columns.metadata IS
    'Format string over the values: JSON of the column';
