-- The extension to plain SQL, first: its objects leave it. Functions are marked by
-- DEPENDS ON EXTENSION; those that plain SQL declares again lose the mark, the others go when the
-- extension is dropped.

DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT type, identity
        FROM pg_depend
        JOIN pg_extension ON pg_extension.oid = refobjid,
             pg_identify_object(classid, objid, objsubid)
        WHERE refclassid = 'pg_extension'::regclass AND extname = 'raceway' AND deptype = 'e'
    LOOP
        EXECUTE format('ALTER EXTENSION raceway DROP %s %s', member.type, member.identity);
        IF member.type = 'function' THEN
            EXECUTE format('ALTER FUNCTION %s DEPENDS ON EXTENSION raceway', member.identity);
        END IF;
    END LOOP;
END
$$;
