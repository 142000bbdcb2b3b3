-- The extension to plain SQL, first: its objects leave it. Functions are marked by
-- DEPENDS ON EXTENSION; those that plain SQL declares again lose the mark, the others go when the
-- extension is dropped.

-- Indexes on functions that plain SQL does not have.
DO $$
DECLARE
    unused text := (
        SELECT string_agg(DISTINCT uses.objid::regclass::text, ', ')
        FROM pg_depend AS uses
        JOIN pg_index ON indexrelid = uses.objid
        JOIN pg_inherits ON inhrelid = indrelid
        JOIN pg_depend AS member ON (member.classid, member.objid) = (uses.refclassid, uses.refobjid)
        JOIN pg_extension ON pg_extension.oid = member.refobjid
        JOIN pg_depend AS parent ON (parent.classid, parent.objid) = ('pg_class'::regclass, inhparent)
        WHERE uses.classid = 'pg_class'::regclass AND uses.refclassid = 'pg_proc'::regclass
          AND member.refclassid = 'pg_extension'::regclass AND extname = 'raceway'
          AND (parent.refclassid, parent.refobjid) = (member.refclassid, member.refobjid));
BEGIN
    IF unused IS NOT NULL THEN
        EXECUTE 'DROP INDEX ' || unused;
    END IF;
END
$$;

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

-- What plain SQL does not have.
DROP INDEX @extschema@.raceway_counted_variables;
