-- For a database that Supabase serves over REST and GraphQL: nobody but the owner gets at a row of
-- ours, whatever schemas it exposes and grants it makes by default. Can be run again.

DO $$
DECLARE
    api_roles text := (SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles
                       WHERE rolname IN ('anon', 'authenticated'));
    relation regclass;
BEGIN
    -- Views have their owner's rights unless they say otherwise, which they can since PostgreSQL 15.
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @extschema@.events SET (security_invoker = true);
    END IF;
    FOR relation IN
        SELECT oid FROM pg_class
        WHERE relnamespace = '@extschema@'::regnamespace
          AND (relname IN (@relations@)
               OR oid IN (SELECT relid FROM pg_partition_tree('@extschema@.stored_events')))
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', relation, concat_ws(', ', 'PUBLIC', api_roles));
        IF relation <> '@extschema@.events'::regclass THEN
            PERFORM @extschema@._raceway_restrict_rows(relation);
        END IF;
    END LOOP;
END
$$;
