-- Plain SQL to the extension, in the script of the extension: what set_aside.sql has put into
-- raceway_adopted joins the extension, instead of being made. Not what somebody else has put there:
-- it would run with the rights of a superuser.
--
-- The functions come first, as the script declares them again. With that they lose the mark that
-- DEPENDS ON EXTENSION is; adopted.sql drops those that still have it.

DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT pg_proc.oid
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname = 'raceway_adopted' AND pg_get_userbyid(nspowner) = current_user
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET SCHEMA @extschema@', routine);
        EXECUTE format('ALTER EXTENSION raceway ADD ROUTINE %s', routine);
        EXECUTE format('ALTER ROUTINE %s DEPENDS ON EXTENSION raceway', routine);
    END LOOP;
END
$$;
