-- Events on their way to the databases that they belong to. Each of them commits its own: should one fail, what the
-- others have stored is there, and is a duplicate when the batch is sent again.

CREATE OR REPLACE FUNCTION @extschema@._raceway_ingest_parts(
    batches text[], places integer[], part_buckets integer[])
RETURNS TABLE (place integer, accepted integer, duplicates integer, rejected integer,
               errors jsonb, refusal text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    SPLIT batches, places, part_buckets;
    RUN ON part_buckets;
$$;
COMMENT ON FUNCTION @extschema@._raceway_ingest_parts(text[], integer[], integer[]) IS
    'raceway_ingest_batches() of batches whose events are each of one bucket; a row for each, by its place, in any order';
REVOKE ALL ON FUNCTION @extschema@._raceway_ingest_parts(text[], integer[], integer[]) FROM PUBLIC;

-- An event without a trace id is rejected wherever it comes.
CREATE OR REPLACE FUNCTION @extschema@._raceway_event_bucket(event jsonb, buckets integer)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(event) = 'object'
            THEN @extschema@._raceway_hash(@extschema@._raceway_text(event -> 'trace_id')) & (buckets - 1)
            ELSE 0 END;
COMMENT ON FUNCTION @extschema@._raceway_event_bucket(jsonb, integer) IS
    'The bucket of an event, escaped as for jsonb';

-- In place of that in plain/ingest_events.sql. An event that jsonb can't hold goes on as what no JSON takes.
CREATE OR REPLACE FUNCTION @extschema@._raceway_ingest_events(sent_events jsonb[], sizes integer[])
RETURNS TABLE (request bigint, accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    buckets integer := _raceway_buckets();
    starts bigint[] := ARRAY(
        SELECT 1 + sum(size) OVER (ORDER BY nth) - size
        FROM unnest(sizes) WITH ORDINALITY AS request (size, nth));
BEGIN
    RETURN QUERY
    WITH part AS MATERIALIZED (
        SELECT row_number() OVER ()::integer AS place, nth, bucket, batch, indexes
        FROM (SELECT nth, bucket, '[' || string_agg(json, ',' ORDER BY at) || ']' AS batch,
                     array_agg(at - starts[nth] ORDER BY at) AS indexes
              FROM (SELECT at, width_bucket(at, starts)::bigint AS nth,
                           _raceway_event_bucket(event, buckets) AS bucket,
                           coalesce(_raceway_unescape_json(event::text), E'\x01') AS json
                    FROM unnest(sent_events) WITH ORDINALITY AS sent (event, at)) AS event
              GROUP BY nth, bucket) AS grouped),
    report AS MATERIALIZED (
        SELECT * FROM _raceway_ingest_parts(
            ARRAY(SELECT batch FROM part ORDER BY place), ARRAY(SELECT place FROM part ORDER BY place),
            ARRAY(SELECT bucket FROM part ORDER BY place))),
    rejection AS (
        SELECT nth, jsonb_agg(error || jsonb_build_object('index', at) ORDER BY at)
                        FILTER (WHERE rank <= 100) AS list
        FROM (SELECT nth, error, at, row_number() OVER (PARTITION BY nth ORDER BY at) AS rank
              FROM part JOIN report USING (place)
              CROSS JOIN LATERAL jsonb_array_elements(errors) AS error
              CROSS JOIN LATERAL (SELECT indexes[(error ->> 'index')::integer + 1] AS at) AS index)
              AS ranked
        GROUP BY nth),
    summed AS (
        SELECT nth, sum(report.accepted)::integer AS accepted,
               sum(report.duplicates)::integer AS duplicates, sum(report.rejected)::integer AS rejected
        FROM part JOIN report USING (place) GROUP BY nth)
    SELECT asked.nth, coalesce(summed.accepted, 0), coalesce(summed.duplicates, 0),
           coalesce(summed.rejected, 0), coalesce(rejection.list, '[]')
    FROM unnest(sizes) WITH ORDINALITY AS asked (size, nth)
    LEFT JOIN summed USING (nth)
    LEFT JOIN rejection USING (nth);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_ingest_events(jsonb[], integer[]) IS
    'Has the valid ones of these events stored, so many of each request, and reports on each request';
REVOKE ALL ON FUNCTION @extschema@._raceway_ingest_events(jsonb[], integer[]) FROM PUBLIC;
