-- What events mean. The database that has a trace analyses it; figures that can be added up are. What compares a
-- trace with others, or accesses of many traces, takes events of many databases: a sidecar does that.

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis_of_trace(
    question text, trace_id text, detail text, options jsonb)
RETURNS jsonb
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_hash(trace_id);
    TARGET @extschema@._raceway_analysis;
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis_of_trace(text, text, text, jsonb) IS
    '_raceway_analysis() of the database that has the trace';

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis(
    question text, trace_id text, detail text DEFAULT NULL, options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF question = 'anomalies' THEN
        PERFORM _raceway_unanswered('which events of a trace took much longer than before');
    END IF;
    RETURN _raceway_analysis_of_trace(question, trace_id, detail, options);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis(text, text, text, jsonb) IS
    'What is found in a trace; NULL where there is no such trace';

CREATE OR REPLACE FUNCTION @extschema@._raceway_services_of_each()
RETURNS TABLE (name text, event_count bigint, trace_count bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_services;
$$;
COMMENT ON FUNCTION @extschema@._raceway_services_of_each() IS 'raceway_services() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_edges_of_each()
RETURNS TABLE (from_service text, to_service text, link_type text, call_count bigint)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_edges;
$$;
COMMENT ON FUNCTION @extschema@._raceway_edges_of_each() IS 'raceway_edges() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis_between(
    question text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
    service text DEFAULT NULL, variable text DEFAULT NULL, detail text DEFAULT NULL,
    options jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF question = 'services' THEN
        RETURN coalesce(
            (SELECT jsonb_agg(to_jsonb(summed) ORDER BY name COLLATE "C")
             FROM (SELECT name, sum(event_count) AS event_count, sum(trace_count) AS trace_count
                   FROM _raceway_services_of_each() GROUP BY name) AS summed), '[]');
    ELSIF question = 'edges' THEN
        RETURN coalesce(
            (SELECT jsonb_agg(to_jsonb(summed) ORDER BY call_count DESC, from_service COLLATE "C",
                              to_service COLLATE "C", link_type COLLATE "C")
             FROM (SELECT from_service, to_service, link_type, sum(call_count) AS call_count
                   FROM _raceway_edges_of_each() GROUP BY 1, 2, 3) AS summed), '[]');
    END IF;
    PERFORM _raceway_unanswered(question);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis_between(
    text, timestamptz, timestamptz, text, text, text, jsonb) IS
    'What is found in all traces together, where that is a sum of what each database finds';
