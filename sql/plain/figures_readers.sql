-- Who could read events may read what is kept about them.

DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('GRANT SELECT ON @extschema@.raceway_figures, @extschema@.raceway_counted,
                           @extschema@.raceway_uncounted, @extschema@.raceway_names TO %s',
                      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
        FROM pg_class CROSS JOIN LATERAL aclexplode(relacl)
        WHERE oid = '@extschema@.stored_events'::regclass AND privilege_type = 'SELECT'
          AND grantee <> relowner
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
