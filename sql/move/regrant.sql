-- Plain SQL to the extension, last: nothing refers any more to the table that only plain SQL has, and
-- whoever could do something can do it again, but for functions that the extension does not have.

DROP TABLE @extschema@.frame_columns;

DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('GRANT %s ON %s %s%s TO %s%s', privilege, kind, relation, routine, grantee,
                      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
        FROM raceway_grants
        WHERE routine IS NULL OR EXISTS (SELECT FROM pg_proc WHERE oid = routine)
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
DROP SCHEMA raceway_adopted;
