-- What is installed here.

CREATE OR REPLACE FUNCTION @extschema@.raceway_version()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT '@version@' $$;
COMMENT ON FUNCTION @extschema@.raceway_version() IS 'The version of these objects';

CREATE OR REPLACE FUNCTION @extschema@.raceway_flavour()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT 'proxy' $$;
COMMENT ON FUNCTION @extschema@.raceway_flavour() IS 'proxy: the databases of a cluster have the events';
