-- What is installed here. @version@ is the version of the sidecar that installs it.

CREATE OR REPLACE FUNCTION @extschema@.raceway_version()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT '@version@' $$;

CREATE OR REPLACE FUNCTION @extschema@.raceway_flavour()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT 'sql' $$;
