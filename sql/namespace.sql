-- The schema of the API, unless it is there. (CREATE SCHEMA IF NOT EXISTS fails for a role that may
-- not make one, though it is there.)

DO $$
BEGIN
    IF pg_catalog.to_regnamespace('@extschema@') IS NULL THEN
        CREATE SCHEMA @extschema@;
    END IF;
END
$$;
