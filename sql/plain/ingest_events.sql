-- Stores the events of requests, which ingest.sql has told apart.

-- glibc gives freed memory back to the system, and the next batch has to ask for it page by page,
-- which takes a quarter of its time. Once a large block has been freed, twice as much is kept.
CREATE OR REPLACE FUNCTION @extschema@._raceway_keep_memory()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A block made of constants only would be made by the planner, and kept.
    kilobytes integer := 8000;
BEGIN
    IF coalesce(current_setting('raceway.keeps_memory', true), '') = '' THEN
        PERFORM octet_length(repeat(repeat(' ', 1000), kilobytes));
        PERFORM set_config('raceway.keeps_memory', 'on', false);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_keep_memory() IS
    'Makes the memory that a batch takes stay with the session for the next one';
REVOKE ALL ON FUNCTION @extschema@._raceway_keep_memory() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_whole_values(
    whole boolean[], templates text[], frames integer[], trace_ids text[], event_keys uuid[],
    parent_keys uuid[], times timestamptz[], event_values text[])
RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT array_agg(CASE
               WHEN whole[frame]
               THEN _raceway_fill(templates[frame], event_key, trace_id, parent_key, instant,
                                  event_values)
               ELSE event_values END ORDER BY place)
    FROM unnest(frames, trace_ids, event_keys, parent_keys, times, event_values)
        WITH ORDINALITY AS event (frame, trace_id, event_key, parent_key, instant, event_values,
                                  place)
$$;
COMMENT ON FUNCTION @extschema@._raceway_whole_values(
    boolean[], text[], integer[], text[], uuid[], uuid[], timestamptz[], text[]) IS
    'The values of events: the whole event where there was no frame to be had for its template';

-- As many rejections are listed as raceway-model lists: all are counted.
CREATE OR REPLACE FUNCTION @extschema@._raceway_reports(
    sizes integer[], rejected_places bigint[], rejected_ids text[], reasons text[],
    repeated_places bigint[])
RETURNS TABLE (request bigint, accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- The place of each request's first event.
    starts bigint[] := ARRAY(
        SELECT 1 + sum(size) OVER (ORDER BY nth) - size
        FROM unnest(sizes) WITH ORDINALITY AS request (size, nth));
BEGIN
    RETURN QUERY
    SELECT nth, size - coalesce(repeated, 0) - coalesce(rejected, 0), coalesce(repeated, 0),
           coalesce(rejected, 0), coalesce(list, '[]')
    FROM unnest(sizes, starts) WITH ORDINALITY AS sent (size, start, nth)
    LEFT JOIN (
        SELECT nth, count(*)::integer AS rejected,
               jsonb_agg(jsonb_build_object(
                   'index', place - starts[nth], 'id', id, 'reason', reason) ORDER BY place)
                   FILTER (WHERE rank <= 100) AS list
        FROM (SELECT nth, place, id, reason,
                     row_number() OVER (PARTITION BY nth ORDER BY place) AS rank
              FROM (SELECT width_bucket(place, starts)::bigint AS nth, place, id, reason
                    FROM unnest(rejected_places, rejected_ids, reasons)
                        AS event (place, id, reason)) AS event) AS ranked
        GROUP BY nth) AS rejections USING (nth)
    LEFT JOIN (
        SELECT width_bucket(place, starts)::bigint AS nth, count(*)::integer AS repeated
        FROM unnest(repeated_places) AS place
        GROUP BY 1) AS repetitions USING (nth);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_reports(
    integer[], bigint[], text[], text[], bigint[]) IS
    'What became of so many events of each request';

CREATE OR REPLACE FUNCTION @extschema@._raceway_ingest_events(sent_events jsonb[], sizes integer[])
RETURNS TABLE (request bigint, accepted integer, duplicates integer, rejected integer, errors jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    batch record;
    frame_ids integer[];
    whole boolean[];
    repeated bigint[];
BEGIN
    IF cardinality(sent_events) >= 100 THEN
        PERFORM _raceway_keep_memory();
    END IF;
    SELECT * INTO batch FROM _raceway_decode_batch(sent_events);
    IF batch.places IS NOT NULL THEN
        SELECT array_agg(frame_id), array_agg(is_whole) INTO frame_ids, whole
        FROM _raceway_frame_ids(
            batch.templates, batch.dialects, batch.kinds, batch.frame_services);
        IF true = ANY (whole) THEN
            batch.event_values := _raceway_whole_values(
                whole, batch.templates, batch.frames, batch.trace_ids, batch.event_keys,
                batch.parent_keys, batch.times, batch.event_values);
        END IF;
        repeated := _raceway_store_events(
            batch.places, batch.trace_ids, batch.event_keys, batch.parent_keys, batch.times,
            ARRAY(SELECT frame_ids[frame] FROM unnest(batch.frames) AS frame),
            batch.service_names, batch.event_values);
    END IF;
    RETURN QUERY SELECT * FROM _raceway_reports(
        sizes, batch.rejected_places, batch.rejected_ids, batch.reasons, repeated);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_ingest_events(jsonb[], integer[]) IS
    'Stores the valid ones of these events, so many of each request, and reports on each request';
REVOKE ALL ON FUNCTION @extschema@._raceway_ingest_events(jsonb[], integer[]) FROM PUBLIC;
