-- Kept figures: who notes that traces have changed, and what the Rust that counts them reads and writes: in the
-- extension, or in the sidecar.
--
-- Changed traces are appended to raceway_uncounted in the transaction that changes them, and counted by
-- one session at a time. Sums that each ingest would update are a row that all sessions wait for; a number up to
-- which all is counted would miss transactions that commit late. Whoever asks meanwhile counts the traces that are
-- noted by itself.

CREATE OR REPLACE FUNCTION @extschema@._raceway_traces_changed(trace_nos bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF cardinality(trace_nos) > 0 THEN
        INSERT INTO raceway_uncounted (trace_nos) VALUES (trace_nos);
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

-- Row-level security would hide what is kept, and sums without it are wrong.
CREATE OR REPLACE FUNCTION @extschema@._raceway_expect_rows()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
DECLARE
    hidden text := (
        SELECT string_agg(relation::text, ', ')
        FROM unnest('{traces,frames,stored_events,raceway_uncounted,raceway_counted,raceway_figures,
                      raceway_names}'::regclass[]) AS relation
        WHERE row_security_active(relation)
          AND NOT EXISTS (
              SELECT FROM pg_policy CROSS JOIN unnest(polroles) AS grantee
              WHERE polrelid = relation AND polpermissive AND polcmd IN ('r', '*')
                AND CASE grantee WHEN 0 THEN true ELSE pg_has_role(grantee, 'USAGE') END));
BEGIN
    IF hidden IS NOT NULL THEN
        RAISE EXCEPTION 'row-level security hides the rows of %', hidden
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_expect_rows() IS
    'Fails where the rows that figures are made of are hidden from this role';

-- What is forbidden to the planner costs so much in its eyes that it would compile the rest (SET jit).

-- In one statement, as a trace that is counted meanwhile would be missed or counted twice.
CREATE OR REPLACE FUNCTION @extschema@._raceway_kept_figures(
    parts smallint[], widths smallint[], sinces timestamptz[], untils timestamptz[])
RETURNS TABLE (start timestamptz, part smallint, width smallint, kept bytea,
               trace_no bigint, trace_id text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
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

-- Who may have figures counted needs no right to write them otherwise. Of what a migration has noted, a row has
-- a thousand traces: two thousand are enough at once.
CREATE OR REPLACE FUNCTION @extschema@._raceway_take_uncounted(rows_at_most integer)
RETURNS TABLE (trace_no bigint, trace_id text, counted bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    taken bigint[];
BEGIN
    IF NOT pg_try_advisory_xact_lock('raceway_figures'::regclass::oid::bigint) THEN
        RETURN;
    END IF;
    WITH first_rows AS (
        SELECT ctid, cardinality(trace_nos) AS traces FROM raceway_uncounted LIMIT rows_at_most),
    gone AS (
        DELETE FROM raceway_uncounted
        WHERE ctid = ANY (ARRAY(
            SELECT ctid
            FROM (SELECT ctid, sum(traces) OVER (ORDER BY ctid) - traces AS before
                  FROM first_rows) AS summed
            WHERE before < 2000))
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
    'Takes traces that have changed off the list, with what was counted of them, unless another session does; until the transaction ends, no other session will';
REVOKE ALL ON FUNCTION @extschema@._raceway_take_uncounted(integer) FROM PUBLIC;

-- Pages and traces in one call, so that nobody writes the one without the other.
CREATE OR REPLACE FUNCTION @extschema@._raceway_write_figures(
    trace_nos bigint[], counted bytea[], variables text[],
    parts smallint[], widths smallint[], starts timestamptz[], pages bytea[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
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
COMMENT ON FUNCTION @extschema@._raceway_write_figures(
    bigint[], bytea[], text[], smallint[], smallint[], timestamptz[], bytea[]) IS
    'Writes what is counted of these traces, and the pages that it changes; what is empty is deleted';
REVOKE ALL ON FUNCTION @extschema@._raceway_write_figures(
    bigint[], bytea[], text[], smallint[], smallint[], timestamptz[], bytea[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_pages(
    parts smallint[], widths smallint[], starts timestamptz[])
RETURNS TABLE (place bigint, sums bytea)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
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
    'These pages of figures, each by its place in the arrays';

CREATE OR REPLACE FUNCTION @extschema@._raceway_name_ids(names text[])
RETURNS TABLE (place bigint, name_id integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
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
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
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

CREATE OR REPLACE FUNCTION @extschema@._raceway_stored_events(trace_nos bigint[])
RETURNS TABLE (trace_no bigint, happened timestamptz, event_key uuid, parent_key uuid,
               frame_id integer, stored text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT event.trace_no, "timestamp", event_key, parent_key, frame_id, "values"
    FROM unnest(trace_nos) WITH ORDINALITY AS wanted (trace_no, place)
    JOIN traces AS trace USING (trace_no)
    -- For each trace by itself: its bounds name the partitions to read.
    CROSS JOIN LATERAL (
        SELECT * FROM stored_events
        WHERE stored_events.trace_no = trace.trace_no
          AND "timestamp" BETWEEN trace.start_time AND trace.end_time
        OFFSET 0) AS event
    ORDER BY place;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_stored_events(bigint[]) IS
    'The events of these traces as they are stored, trace by trace';

-- Which traces last from one second into another: those that go on at an instant are found without a look at all
-- that began before. Traces that are shorter are found by when they began.
CREATE INDEX IF NOT EXISTS traces_lasting
    ON @extschema@.traces USING gist (tstzrange(start_time, end_time, '(]'))
    WHERE date_trunc('second', start_time AT TIME ZONE 'UTC')
        < date_trunc('second', end_time AT TIME ZONE 'UTC');

-- The events of a second can be a million: only those are looked at of traces that reach into the rest of it, or in
-- from another second. A subquery in brackets is a search for each trace, which a join would not be.
CREATE OR REPLACE FUNCTION @extschema@._raceway_border(since timestamptz, until timestamptz)
RETURNS TABLE (trace_no bigint, trace_id text, counted_nos bigint[], counted bytea[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    second_start timestamptz := date_trunc('second', since AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    second_end timestamptz := second_start + interval '1 second';
BEGIN
    RETURN QUERY
    WITH reaching AS (
        SELECT trace_no, trace_id, start_time, end_time FROM traces
        WHERE start_time >= second_start AND start_time < until AND end_time >= since
        UNION ALL
        SELECT trace_no, trace_id, start_time, end_time FROM traces
        WHERE date_trunc('second', start_time AT TIME ZONE 'UTC')
            < date_trunc('second', end_time AT TIME ZONE 'UTC')
          AND tstzrange(start_time, end_time, '(]') @> second_start AND end_time >= since),
    found AS MATERIALIZED (
        SELECT trace_no, trace_id,
               CASE WHEN isfinite(start_time) AND isfinite(end_time)
                     AND (start_time >= since OR since = second_start OR (
                          SELECT true FROM stored_events AS event
                          WHERE event.trace_no = reaching.trace_no
                            AND "timestamp" >= second_start AND "timestamp" < since
                          LIMIT 1) IS NULL)
                     AND (end_time < until OR (
                          SELECT true FROM stored_events AS event
                          WHERE event.trace_no = reaching.trace_no
                            AND "timestamp" >= until AND "timestamp" < second_end
                          LIMIT 1) IS NULL)
                    THEN (SELECT figures FROM raceway_counted AS known
                          WHERE known.trace_no = reaching.trace_no) END AS figures
        FROM reaching)
    SELECT NULL::bigint, NULL::text, array_agg(trace_no), array_agg(figures)
    FROM found WHERE figures IS NOT NULL GROUP BY found.trace_no / 1000
    UNION ALL
    SELECT trace_no, trace_id::text, NULL, NULL FROM found
    WHERE figures IS NULL AND (
        SELECT true FROM stored_events AS event
        WHERE event.trace_no = found.trace_no AND "timestamp" >= since AND "timestamp" < until
        LIMIT 1);
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_border(timestamptz, timestamptz) IS
    'What is counted of traces with events in a part of a second and none in the rest of it, a thousand a row, and the other traces with events there';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_events(services text[], seconds timestamptz[])
RETURNS TABLE (place bigint, newest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
SET enable_sort = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT wanted.place, newest.happened
    FROM unnest(services, seconds) WITH ORDINALITY AS wanted (service, start, place)
    CROSS JOIN LATERAL (
        SELECT "timestamp" AS happened FROM stored_events
        WHERE "timestamp" >= start AND "timestamp" < start + interval '1 second'
          AND (SELECT coalesce(nullif(service_name, ''), 'unknown') FROM frames
               WHERE frame_id = stored_events.frame_id) = service
        ORDER BY "timestamp" DESC LIMIT 1) AS newest;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_events(text[], timestamptz[]) IS
    'The newest event of each service in the second that starts then, by its place in the arrays';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event_range(since timestamptz, until timestamptz)
RETURNS TABLE (oldest timestamptz, newest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
SET enable_seqscan = off
SET jit = off
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
SET jit = off
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
