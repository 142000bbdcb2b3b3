-- Kept figures: who notes that traces have changed, and what the Rust that counts them reads and writes.
--
-- Changed traces are appended to raceway_uncounted in the transaction that changes them, and counted by
-- raceway_update_figures(), one session at a time. Sums that each ingest would update are a row that all
-- sessions wait for; a number up to which all is counted would miss transactions that commit late.
-- Whoever asks meanwhile counts the traces that are noted by itself.

CREATE OR REPLACE FUNCTION @extschema@._raceway_traces_changed(trace_nos bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF cardinality(trace_nos) > 0 THEN
        INSERT INTO raceway_uncounted VALUES (trace_nos);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_traces_changed(bigint[]) IS
    'Notes traces whose figures have changed';
REVOKE ALL ON FUNCTION @extschema@._raceway_traces_changed(bigint[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_forget_figures()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    TRUNCATE raceway_uncounted, raceway_counted, raceway_figures, raceway_names;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_forget_figures() IS
    'Takes back all figures, when all traces are gone';
REVOKE ALL ON FUNCTION @extschema@._raceway_forget_figures() FROM PUBLIC;

-- In one statement, as a trace that is counted meanwhile would be missed or counted twice.
CREATE OR REPLACE FUNCTION @extschema@._raceway_kept_figures(
    parts smallint[], widths smallint[], sinces timestamptz[], untils timestamptz[])
RETURNS TABLE (start timestamptz, part smallint, width smallint, kept bytea,
               trace_no bigint, trace_id text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT page.start, page.part, page.width, page.sums, NULL::bigint, NULL::text
    FROM unnest(parts) AS wanted (part)
    CROSS JOIN unnest(widths, sinces, untils) AS cover (width, since, until)
    CROSS JOIN LATERAL (
        SELECT * FROM raceway_figures
        WHERE part = wanted.part AND width = cover.width
          AND start >= since AND start < until
        OFFSET 0) AS page;
    RETURN QUERY
    SELECT NULL::timestamptz, NULL::smallint, NULL::smallint,
           (SELECT figures FROM raceway_counted WHERE trace_no = noted.trace_no),
           noted.trace_no,
           (SELECT trace_id::text FROM traces WHERE trace_no = noted.trace_no)
    FROM (SELECT DISTINCT unnest(trace_nos) AS trace_no FROM raceway_uncounted) AS noted;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_kept_figures(
    smallint[], smallint[], timestamptz[], timestamptz[]) IS
    'Pages of figures, and the traces that have changed since, with what was counted of them';

CREATE OR REPLACE FUNCTION @extschema@._raceway_take_uncounted(rows_at_most integer)
RETURNS TABLE (trace_no bigint, trace_id text, counted bytea)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    taken bigint[];
BEGIN
    WITH gone AS (
        DELETE FROM raceway_uncounted
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM raceway_uncounted LIMIT rows_at_most))
        RETURNING trace_nos)
    SELECT array_agg(DISTINCT trace_no ORDER BY trace_no) INTO taken
    FROM gone CROSS JOIN unnest(trace_nos) AS trace_no;
    RETURN QUERY
    SELECT trace_no, (SELECT trace_id::text FROM traces WHERE trace_no = noted.trace_no),
           (SELECT figures FROM raceway_counted WHERE trace_no = noted.trace_no)
    FROM unnest(taken) AS noted (trace_no)
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_take_uncounted(integer) IS
    'Takes traces that have changed off the list, with what was counted of them';
REVOKE ALL ON FUNCTION @extschema@._raceway_take_uncounted(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_write_counted(
    trace_nos bigint[], counted bytea[], variables text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO raceway_counted AS known (trace_no, figures, variables)
    SELECT trace_no, figures, variables::integer[]
    FROM unnest(trace_nos, counted, variables) AS sent (trace_no, figures, variables)
    WHERE length(figures) > 0
    ON CONFLICT (trace_no) DO UPDATE
        SET figures = excluded.figures, variables = excluded.variables;
    DELETE FROM raceway_counted AS known
    USING unnest(trace_nos, counted) AS sent (trace_no, figures)
    WHERE known.trace_no = sent.trace_no AND length(sent.figures) = 0;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_write_counted(bigint[], bytea[], text[]) IS
    'Remembers what is counted of these traces; what is empty is forgotten';
REVOKE ALL ON FUNCTION @extschema@._raceway_write_counted(bigint[], bytea[], text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_pages(
    parts smallint[], widths smallint[], starts timestamptz[])
RETURNS TABLE (place bigint, sums bytea)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT wanted.place, page.sums
    FROM unnest(parts, widths, starts) WITH ORDINALITY AS wanted (part, width, start, place)
    JOIN raceway_figures AS page USING (part, width, start);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_pages(smallint[], smallint[], timestamptz[]) IS
    'These pages of figures, each by its place in the arrays; VOLATILE: what has just been written is seen';
REVOKE ALL ON FUNCTION @extschema@._raceway_pages(smallint[], smallint[], timestamptz[])
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_write_pages(
    parts smallint[], widths smallint[], starts timestamptz[], pages bytea[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    INSERT INTO raceway_figures AS known (part, width, start, sums)
    SELECT part, width, start, sums
    FROM unnest(parts, widths, starts, pages) AS sent (part, width, start, sums)
    WHERE length(sums) > 0
    ON CONFLICT (part, width, start) DO UPDATE SET sums = excluded.sums;
    DELETE FROM raceway_figures AS known
    USING unnest(parts, widths, starts, pages) AS sent (part, width, start, sums)
    WHERE (known.part, known.width, known.start) = (sent.part, sent.width, sent.start)
      AND length(sent.sums) = 0;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_write_pages(
    smallint[], smallint[], timestamptz[], bytea[]) IS
    'Writes pages of figures; empty ones are deleted';
REVOKE ALL ON FUNCTION @extschema@._raceway_write_pages(
    smallint[], smallint[], timestamptz[], bytea[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_name_ids(names text[])
RETURNS TABLE (place bigint, name_id integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT wanted.place, known.name_id
    FROM unnest(names) WITH ORDINALITY AS wanted (name, place)
    JOIN raceway_names AS known USING (name);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_name_ids(text[]) IS
    'The ids of names that figures refer to, each by its place in the array';

CREATE OR REPLACE FUNCTION @extschema@._raceway_add_names(fresh text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    -- One session at a time counts, so that none takes the ids of another.
    INSERT INTO raceway_names (name_id, name)
    SELECT (SELECT coalesce(max(name_id), 0) FROM raceway_names) + place, name
    FROM unnest(fresh) WITH ORDINALITY AS fresh_name (name, place);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_add_names(text[]) IS 'Gives names ids that have none';
REVOKE ALL ON FUNCTION @extschema@._raceway_add_names(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_names(name_ids integer[])
RETURNS TABLE (name_id integer, name text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT name_id, name FROM raceway_names WHERE name_id = ANY (name_ids);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_names(integer[]) IS 'The names of these ids';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_events(services text[], seconds timestamptz[])
RETURNS TABLE (place bigint, newest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT wanted.place, newest.happened
    FROM unnest(services, seconds) WITH ORDINALITY AS wanted (service, start, place)
    CROSS JOIN LATERAL (
        SELECT max("timestamp") AS happened FROM stored_events
        WHERE "timestamp" >= start AND "timestamp" < start + interval '1 second'
          AND coalesce(_raceway_service_name(frame_id), 'unknown') = service) AS newest
    WHERE newest.happened IS NOT NULL;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_events(text[], timestamptz[]) IS
    'The newest event of each service in the second that starts then, by its place in the arrays';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event_range(since timestamptz, until timestamptz)
RETURNS TABLE (oldest timestamptz, newest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY
    SELECT min("timestamp"), max("timestamp") FROM stored_events
    WHERE "timestamp" >= since AND "timestamp" < until;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_event_range(timestamptz, timestamptz) IS
    'The oldest and the newest event in a time';

-- The slowest traces are found without a look at all others; 4 bytes an event in traces of 20.
CREATE INDEX IF NOT EXISTS traces_slowest
    ON @extschema@.traces ((end_time - start_time) DESC, trace_id)
    WHERE isfinite(start_time) AND isfinite(end_time);

CREATE OR REPLACE FUNCTION @extschema@._raceway_slowest_traces(
    since timestamptz, until timestamptz, most bigint)
RETURNS TABLE (trace_id text, micros bigint, services text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET enable_sort = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT trace_id::text, (extract(epoch FROM end_time - start_time) * 1000000)::bigint, services
    FROM traces
    WHERE isfinite(start_time) AND isfinite(end_time)
      AND event_count > 0 AND end_time >= since AND end_time < until
    ORDER BY end_time - start_time DESC, trace_id LIMIT most;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_slowest_traces(timestamptz, timestamptz, bigint) IS
    'The traces that ended in a time and took longest, longest first';

CREATE OR REPLACE FUNCTION @extschema@._raceway_count_figures(rows_at_most integer)
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS 'MODULE_PATHNAME', 'raceway_count_figures_wrapper';
COMMENT ON FUNCTION @extschema@._raceway_count_figures(integer) IS
    'Counts traces that have changed, and says how many these were';
REVOKE ALL ON FUNCTION @extschema@._raceway_count_figures(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_update_figures(steps integer DEFAULT 1)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    counted bigint;
    in_all bigint := 0;
BEGIN
    IF steps IS NULL OR steps < 1 THEN
        RAISE EXCEPTION 'steps: expected 1 or more' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock('raceway_figures'::regclass::oid::bigint) THEN
        RETURN 0;
    END IF;
    FOR step IN 1..steps LOOP
        counted := _raceway_count_figures(200);
        EXIT WHEN counted = 0;
        in_all := in_all + counted;
    END LOOP;
    RETURN in_all;
END
$$;
COMMENT ON FUNCTION @extschema@.raceway_update_figures(integer) IS
    'Counts traces that have changed in the kept figures, of 200 batches a step, and says how many; 0 when all are counted, or another session does it';
REVOKE ALL ON FUNCTION @extschema@.raceway_update_figures(integer) FROM PUBLIC;
