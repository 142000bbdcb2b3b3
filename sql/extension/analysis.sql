-- What events mean: read here, told by extension/src/analysis.rs. Declared for users in analysis.sql.

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis(
    question text, trace_id text, detail text DEFAULT NULL, options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS 'MODULE_PATHNAME', 'raceway_analysis_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_analysis(text, text, text, jsonb) IS
    'What is found in a trace; NULL where there is no such trace';

CREATE OR REPLACE FUNCTION @extschema@._raceway_traces_of_variable(variable text)
RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
    RETURN ARRAY(
        SELECT trace_no FROM raceway_counted
        WHERE variables && ARRAY(SELECT name_id FROM raceway_names WHERE name = variable)
        UNION
        SELECT unnest(trace_nos) FROM raceway_uncounted);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_traces_of_variable(text) IS
    'The traces that access a variable, and those of which that is not known yet';

CREATE OR REPLACE FUNCTION @extschema@._raceway_traces_between(
    since timestamptz, until timestamptz, service text, variable text)
RETURNS TABLE (trace_no bigint, trace_id text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT trace_no, trace_id::text
    FROM traces
    WHERE event_count > 0
      AND end_time >= coalesce(since, '-infinity') AND start_time < coalesce(until, 'infinity')
      AND (service IS NULL OR services @> ARRAY[service] COLLATE "C")
      AND (variable IS NULL OR trace_no = ANY ((SELECT _raceway_traces_of_variable(variable))::bigint[]))
    ORDER BY trace_no;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_traces_between(timestamptz, timestamptz, text, text) IS
    'Traces with events since one time and before another, of a service, with accesses of a variable; NULL stands for all';

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis_between(
    question text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    service text DEFAULT NULL, variable text DEFAULT NULL, detail text DEFAULT NULL,
    options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS 'MODULE_PATHNAME', 'raceway_analysis_between_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_analysis_between(
    text, timestamptz, timestamptz, text, text, text, jsonb) IS
    'What is found in these traces together';
