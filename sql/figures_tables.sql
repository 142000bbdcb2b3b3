-- Figures over all traces, kept by figures.sql. Each trace is counted once: what was counted of it is
-- remembered, so that it can be taken back.

-- Appended by whoever changes traces, so that nobody waits for another's row.
CREATE TABLE @extschema@.raceway_uncounted (
    trace_nos bigint[] NOT NULL
);

COMMENT ON TABLE @extschema@.raceway_uncounted IS
    'Traces that have changed since figures counted them';

INSERT INTO @extschema@.raceway_uncounted
SELECT array_agg(trace_no) FROM @extschema@.traces GROUP BY trace_no / 1000;

CREATE TABLE @extschema@.raceway_counted (
    trace_no  bigint PRIMARY KEY,
    figures   bytea NOT NULL,
    variables integer[] NOT NULL
);

-- The traces that access a variable.
CREATE INDEX raceway_counted_variables ON @extschema@.raceway_counted USING gin (variables);

COMMENT ON TABLE @extschema@.raceway_counted IS 'What figures have counted of each trace';
COMMENT ON COLUMN @extschema@.raceway_counted.variables IS
    'The variables that it accesses, by their ids in raceway_names';

-- Fixed-width columns first: no padding.
CREATE TABLE @extschema@.raceway_figures (
    start timestamptz NOT NULL,
    part  smallint NOT NULL,
    width smallint NOT NULL,
    sums  bytea NOT NULL,
    PRIMARY KEY (part, width, start)
);

COMMENT ON TABLE @extschema@.raceway_figures IS
    'Sums over all counted traces: of services, operations, traces, variables or calls (part), in a minute, an hour or a day (width)';

CREATE TABLE @extschema@.raceway_names (
    name_id integer PRIMARY KEY,
    name    text COLLATE "C" NOT NULL
);

-- A name can be longer than a B-tree can hold.
CREATE INDEX raceway_names_name ON @extschema@.raceway_names USING hash (name);

COMMENT ON TABLE @extschema@.raceway_names IS 'Names that figures refer to';
