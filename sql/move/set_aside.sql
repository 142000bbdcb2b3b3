-- Plain SQL to the extension, first: all that plain SQL is made of goes to the schema
-- raceway_adopted, from where the script of the extension takes it (adopt_functions.sql,
-- adopt_tables.sql). Daily partitions stay where they are: they belong to no extension.

DROP TABLE @extschema@.raceway_migrations;
DROP TRIGGER frames_made ON @extschema@.frames;
CREATE SCHEMA raceway_adopted;

DO $$
DECLARE
    routine regprocedure;
    relation regclass;
BEGIN
    -- This transaction has declared the functions of plain SQL, and nobody else's.
    FOR routine IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = '@extschema@'::regnamespace AND xmin = pg_current_xact_id()::xid
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET SCHEMA raceway_adopted', routine);
    END LOOP;
    FOR relation IN
        SELECT oid FROM pg_class
        WHERE relnamespace = '@extschema@'::regnamespace AND relname IN (@relations@)
          -- The view refers to it until the extension has its own.
          AND relname <> 'frame_columns'
    LOOP
        EXECUTE format('ALTER TABLE %s SET SCHEMA raceway_adopted', relation);
    END LOOP;
END
$$;
