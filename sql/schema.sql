-- The tables. Run once, on an empty schema; everything else in this folder can be run again.
--
-- @extschema@ is the schema that the objects live in, as in the scripts of Postgres extensions.

DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'raceway stores JSON: expected a database with encoding UTF8, this one has %',
            current_setting('server_encoding')
            USING ERRCODE = 'feature_not_supported';
    END IF;
END
$$;

-- Ids compare byte by byte (COLLATE "C"): the same order on every server, and the fastest.
CREATE TABLE @extschema@.traces (
    trace_id     varchar(255) COLLATE "C" PRIMARY KEY,
    service_name varchar(255) COLLATE "C",
    services     text[] COLLATE "C" NOT NULL DEFAULT '{}',
    start_time   timestamptz,
    end_time     timestamptz,
    event_count  bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    name_rank    bigint
) WITH (fillfactor = 90);

-- raceway_traces() pages through this one.
CREATE INDEX traces_newest_first ON @extschema@.traces (start_time DESC, trace_id DESC);

COMMENT ON TABLE @extschema@.traces IS
    'One row a trace, kept true to events by ingest, triggers and retention';
COMMENT ON COLUMN @extschema@.traces.service_name IS
    'Service of the first root event, else of the first event';
COMMENT ON COLUMN @extschema@.traces.services IS 'Every service of the trace, by name';
COMMENT ON COLUMN @extschema@.traces.name_rank IS
    'Place of the event that gave service_name: microseconds since 1970, 2^62 less for a root';

-- Fixed-width columns first: no padding.
CREATE TABLE @extschema@.events (
    "timestamp"  timestamptz NOT NULL
                 CHECK ("timestamp" >= '0001-01-01 00:00:00+00'
                        AND "timestamp" < '10000-01-01 00:00:00+00'),
    created_at   timestamptz NOT NULL DEFAULT now(),
    duration_ms  double precision,
    trace_id     varchar(255) COLLATE "C" NOT NULL CHECK (trace_id <> ''),
    event_id     varchar(255) COLLATE "C" NOT NULL CHECK (event_id <> ''),
    parent_id    varchar(255) COLLATE "C",
    kind         varchar(50) NOT NULL CHECK (kind <> ''),
    location     varchar(500),
    service_name varchar(255) COLLATE "C",
    thread_id    varchar(255),
    lock_set     jsonb,
    vector_clock jsonb CHECK (jsonb_typeof(vector_clock) = 'object'),
    metadata     jsonb,
    dialect      text NOT NULL DEFAULT 'flat' CHECK (dialect IN ('sdk', 'flat')),
    extra        jsonb
) PARTITION BY RANGE ("timestamp");

COMMENT ON TABLE @extschema@.events IS 'One row an event, partitioned by UTC day of timestamp';
COMMENT ON COLUMN @extschema@.events.duration_ms IS 'Milliseconds';
COMMENT ON COLUMN @extschema@.events.vector_clock IS 'Clock of each component: {component: clock}';
COMMENT ON COLUMN @extschema@.events.metadata IS
    'Payload of the kind (sdk), or metadata as sent (flat); U+0000 in a string is U+0010 "0"';
COMMENT ON COLUMN @extschema@.events.dialect IS 'Wire format that the event came in';
COMMENT ON COLUMN @extschema@.events.extra IS
    'What the other columns can not give back; laid over them when the event is read';
COMMENT ON COLUMN @extschema@.events.created_at IS 'Arrival';

-- The key is on the partitions, not on the parent: pg_dump can not restore run-time partitions of
-- a parent that has an index. Each daily partition is made LIKE this one.
CREATE TABLE @extschema@.events_default PARTITION OF @extschema@.events DEFAULT;

-- Serves reads of a trace in time order, and makes an event that is sent again a duplicate.
ALTER TABLE @extschema@.events_default
    ADD CONSTRAINT events_default_pkey PRIMARY KEY (trace_id, "timestamp", event_id);
