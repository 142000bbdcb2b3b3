-- What databases and proxies expect of parameters.

CREATE OR REPLACE FUNCTION @extschema@._raceway_expect_count(name text, value bigint)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value IS NULL OR value < 0 THEN
        RAISE EXCEPTION '%: expected 0 or more', name USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_expect_count(text, bigint) IS
    'Fails where a parameter of this name is no count';
