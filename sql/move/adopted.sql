-- Plain SQL to the extension, at the end of the script of the extension: no figures have been kept, and
-- functions that only plain SQL has are dropped.

SELECT @extschema@._raceway_traces_changed(array_agg(trace_no)) FROM @extschema@.traces
GROUP BY trace_no / 1000;

DO $$
DECLARE
    unused text := (
        SELECT string_agg(objid::regprocedure::text, ', ')
        FROM pg_depend JOIN pg_extension ON pg_extension.oid = refobjid
        WHERE refclassid = 'pg_extension'::regclass AND extname = 'raceway'
          AND classid = 'pg_proc'::regclass AND deptype = 'x');
BEGIN
    IF unused IS NOT NULL THEN
        EXECUTE 'DROP ROUTINE ' || unused;
    END IF;
END
$$;
