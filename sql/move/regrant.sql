-- Plain SQL to the extension, last: nothing refers any more to the table that only plain SQL has, and
-- whoever could do something can do it again, but for functions that the extension does not have. Who could
-- read events may read what is kept about them.

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
        UNION ALL
        SELECT format('GRANT SELECT ON @extschema@.raceway_figures, @extschema@.raceway_counted,
                           @extschema@.raceway_uncounted, @extschema@.raceway_names TO %s', grantee)
        FROM raceway_grants
        WHERE relation = '@extschema@.stored_events'::regclass AND privilege = 'SELECT'
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
DROP SCHEMA raceway_adopted;
