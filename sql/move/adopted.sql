-- Plain SQL to the extension, at the end of the script of the extension: functions that only plain SQL has are
-- dropped.

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
