-- Traces are numbered in the order of time: the key of a partition grows at its end, where a page that
-- is left full stays so.
DO $$
DECLARE
    key regclass;
BEGIN
    FOR key IN
        SELECT indexrelid FROM pg_inherits JOIN pg_index ON indrelid = inhrelid
        WHERE inhparent = '@extschema@.stored_events'::regclass AND indisprimary
    LOOP
        EXECUTE format('ALTER INDEX %s SET (fillfactor = 100)', key);
    END LOOP;
END
$$;

-- Postgres does not dump indexes of an extension's tables, as events_default is one.
CREATE TABLE @extschema@.raceway_indexes (
    keys      text[] COLLATE "C" PRIMARY KEY,
    is_wanted boolean NOT NULL
);

COMMENT ON TABLE @extschema@.raceway_indexes IS
    'Indexes of events that raceway_create_index() has made, or raceway_drop_index() has dropped';
COMMENT ON COLUMN @extschema@.raceway_indexes.keys IS 'Columns of events, and expressions of them';
