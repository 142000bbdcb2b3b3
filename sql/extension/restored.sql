-- Frames that come back. pg_restore with several jobs makes the indexes of a partition as soon as its events
-- are there, which may be before the frames are: then the columns of these events were nothing, and so the
-- indexes are made again.

CREATE OR REPLACE FUNCTION @extschema@._raceway_frames_restored()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    partition regclass;
    index_of_events regclass;
BEGIN
    FOR partition IN
        SELECT inhrelid FROM pg_inherits WHERE inhparent = 'stored_events'::regclass
        ORDER BY inhrelid::regclass::text
    LOOP
        -- Until this transaction ends, whoever makes an index does not see the frames.
        EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', partition);
        FOR index_of_events IN
            SELECT indexrelid FROM pg_index WHERE indrelid = partition AND indexprs IS NOT NULL
        LOOP
            EXECUTE format('REINDEX INDEX %s', index_of_events);
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_frames_restored() IS
    'Makes indexes of events again when others than raceway have written frames';
REVOKE ALL ON FUNCTION @extschema@._raceway_frames_restored() FROM PUBLIC;

CREATE OR REPLACE TRIGGER frames_made AFTER INSERT ON @extschema@.frames
FOR EACH STATEMENT
WHEN (current_setting('raceway.adds_frames', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION @extschema@._raceway_frames_restored();
