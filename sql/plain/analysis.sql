-- What events mean takes happens-before over a whole trace, in linear time: no query does that. Who asks plain
-- SQL is told what is expected.

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis(
    question text, trace_id text, detail text DEFAULT NULL, options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'expected the extension raceway, which plain SQL is without: %', question
        USING ERRCODE = 'feature_not_supported',
              HINT = 'Where the server has it, raceway-sidecar migrate --extension moves this database to it.';
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis(text, text, text, jsonb) IS
    'Says what is expected of who asks about a trace';

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis_between(
    question text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    service text DEFAULT NULL, variable text DEFAULT NULL, detail text DEFAULT NULL,
    options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    RETURN _raceway_analysis(question, NULL);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis_between(
    text, timestamptz, timestamptz, text, text, text, jsonb) IS
    'Says what is expected of who asks about traces';
