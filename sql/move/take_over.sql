-- Plain SQL to the extension, second: what was set aside gets the owner that the objects of an
-- extension have, the superuser who creates it, and nobody else may do anything with it for now.
-- Privileges that an object has when it joins an extension pass for the extension's own, which
-- pg_dump leaves out: regrant.sql grants them when the extension is there.

-- What the owner could do it can do from now on because it is granted. Not what would let it run
-- code of its own with the rights of a superuser: triggers.
CREATE TEMP TABLE raceway_grants ON COMMIT DROP AS
SELECT kind, relation, routine, privilege_type AS privilege, is_grantable,
       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee
FROM (SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
             oid::regclass AS relation, NULL::regprocedure AS routine,
             coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END,
                                         relowner)) AS acl
      FROM pg_class
      WHERE relnamespace = 'raceway_adopted'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')
      UNION ALL
      SELECT 'ROUTINE', NULL, oid, coalesce(proacl, acldefault('f', proowner))
      FROM pg_proc WHERE pronamespace = 'raceway_adopted'::regnamespace) AS object
CROSS JOIN LATERAL aclexplode(acl)
WHERE pg_get_userbyid(grantee) <> current_user
  -- Everybody may execute what the scripts don't reserve.
  AND (grantee <> 0 OR kind <> 'ROUTINE')
  AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE', 'EXECUTE');

DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('ALTER ROUTINE %s OWNER TO CURRENT_USER', oid::regprocedure)
        FROM pg_proc WHERE pronamespace = 'raceway_adopted'::regnamespace
        UNION ALL
        SELECT format('ALTER TABLE %s OWNER TO CURRENT_USER', relation)
        FROM (SELECT oid::regclass AS relation FROM pg_class
              WHERE relnamespace = 'raceway_adopted'::regnamespace AND relkind IN ('r', 'p', 'v')
              UNION SELECT relid FROM pg_partition_tree('raceway_adopted.stored_events')) AS ours
    LOOP
        EXECUTE command;
    END LOOP;
    FOR command IN
        SELECT DISTINCT format('REVOKE ALL ON %s %s%s FROM %s CASCADE',
                               kind, relation, routine, grantee)
        FROM raceway_grants
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
