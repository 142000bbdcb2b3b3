-- Plain SQL to the extension, in the script of the extension, which has just made the tables: those
-- that are there take their place.

DO $$
DECLARE
    adopted record;
BEGIN
    FOR adopted IN
        SELECT pg_class.oid::regclass AS relation, format('@extschema@.%I', relname) AS fresh,
               CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'raceway_adopted' AND pg_get_userbyid(nspowner) = current_user
          AND relkind IN ('r', 'p', 'v', 'S')
        -- Sequences move with their tables.
        ORDER BY relkind = 'S' DESC
    LOOP
        EXECUTE format('ALTER EXTENSION raceway ADD %s %s', adopted.kind, adopted.relation);
        IF adopted.kind = 'TABLE' THEN
            EXECUTE format('DROP TABLE IF EXISTS %s', adopted.fresh);
        END IF;
        IF adopted.kind <> 'SEQUENCE' THEN
            EXECUTE format('ALTER %s %s SET SCHEMA @extschema@', adopted.kind, adopted.relation);
        END IF;
    END LOOP;
END
$$;
