-- Kept figures of all databases. Each keeps its own, with names that are numbered there: what has such numbers is
-- asked of one database after the other, by its turn, and added up by who asks.

CREATE OR REPLACE FUNCTION @extschema@._raceway_rows_are_seen()
RETURNS SETOF integer
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    SELECT 1 FROM @extschema@._raceway_expect_rows();
$$;
COMMENT ON FUNCTION @extschema@._raceway_rows_are_seen() IS '_raceway_expect_rows() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_expect_rows()
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    PERFORM FROM _raceway_rows_are_seen();
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_expect_rows() IS
    'Fails where the rows that figures are made of are hidden from this role';

CREATE OR REPLACE FUNCTION @extschema@._raceway_updated_figures(steps integer)
RETURNS SETOF bigint
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@.raceway_update_figures;
$$;
COMMENT ON FUNCTION @extschema@._raceway_updated_figures(integer) IS
    'raceway_update_figures() of each database';
REVOKE ALL ON FUNCTION @extschema@._raceway_updated_figures(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_update_figures(steps integer DEFAULT 1)
RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT coalesce(sum(counted), 0)::bigint FROM _raceway_updated_figures(steps) AS counted $$;
COMMENT ON FUNCTION @extschema@.raceway_update_figures(integer) IS
    'Has each database count traces that have changed, of 200 batches a step, and says how many these were; those with plain SQL can''t';
REVOKE ALL ON FUNCTION @extschema@.raceway_update_figures(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_kept_figures(
    parts smallint[], widths smallint[], sinces timestamptz[], untils timestamptz[])
RETURNS TABLE (start timestamptz, part smallint, width smallint, kept bytea,
               trace_no bigint, trace_id text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_turn();
$$;
COMMENT ON FUNCTION @extschema@._raceway_kept_figures(
    smallint[], smallint[], timestamptz[], timestamptz[]) IS
    'Of the database whose turn it is: pages of figures, and the traces that have changed since';

CREATE OR REPLACE FUNCTION @extschema@._raceway_names(name_ids integer[])
RETURNS TABLE (name_id integer, name text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_turn();
$$;
COMMENT ON FUNCTION @extschema@._raceway_names(integer[]) IS
    'Of the database whose turn it is: the names of these ids';

CREATE OR REPLACE FUNCTION @extschema@._raceway_border(since timestamptz, until timestamptz)
RETURNS TABLE (trace_no bigint, trace_id text, counted_nos bigint[], counted bytea[])
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_turn();
$$;
COMMENT ON FUNCTION @extschema@._raceway_border(timestamptz, timestamptz) IS
    'Of the database whose turn it is: what is counted of traces with events in a part of a second';

CREATE OR REPLACE FUNCTION @extschema@._raceway_first_bucket(trace_nos bigint[])
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN @extschema@._raceway_bucket_of(trace_nos[1]);
COMMENT ON FUNCTION @extschema@._raceway_first_bucket(bigint[]) IS
    'The bucket of traces that are all of one';

CREATE OR REPLACE FUNCTION @extschema@._raceway_framed_events(trace_nos bigint[])
RETURNS TABLE (frame_id integer, dialect text, kind text, service_name text, template text,
               trace_no bigint, happened timestamptz, event_key uuid, parent_key uuid, stored text)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON @extschema@._raceway_first_bucket(trace_nos);
$$;
COMMENT ON FUNCTION @extschema@._raceway_framed_events(bigint[]) IS
    'The frames and events of traces of one bucket';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_of_services(
    services text[], seconds timestamptz[])
RETURNS TABLE (place bigint, newest timestamptz)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_newest_events;
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_of_services(text[], timestamptz[]) IS
    '_raceway_newest_events() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_events(services text[], seconds timestamptz[])
RETURNS TABLE (place bigint, newest timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT place, max(newest) FROM _raceway_newest_of_services(services, seconds) GROUP BY place
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_events(text[], timestamptz[]) IS
    'The newest event of each service in the second that starts then, by its place in the arrays';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event_ranges(since timestamptz, until timestamptz)
RETURNS TABLE (oldest timestamptz, newest timestamptz)
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_event_range;
$$;
COMMENT ON FUNCTION @extschema@._raceway_event_ranges(timestamptz, timestamptz) IS
    '_raceway_event_range() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_event_range(since timestamptz, until timestamptz)
RETURNS TABLE (oldest timestamptz, newest timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT min(oldest), max(newest) FROM _raceway_event_ranges(since, until) $$;
COMMENT ON FUNCTION @extschema@._raceway_event_range(timestamptz, timestamptz) IS
    'The oldest and the newest event in a time';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest_of_each()
RETURNS SETOF timestamptz
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_newest;
$$;
COMMENT ON FUNCTION @extschema@._raceway_newest_of_each() IS 'When the newest event of each database happened';

CREATE OR REPLACE FUNCTION @extschema@._raceway_newest()
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$ SELECT max(newest) FROM _raceway_newest_of_each() AS newest $$;
COMMENT ON FUNCTION @extschema@._raceway_newest() IS 'When the newest event happened';

CREATE OR REPLACE FUNCTION @extschema@._raceway_slowest_of_each(
    since timestamptz, until timestamptz, most bigint)
RETURNS TABLE (trace_id text, micros bigint, services text[])
LANGUAGE plproxy VOLATILE
AS $$
    CLUSTER 'raceway';
    RUN ON ALL;
    TARGET @extschema@._raceway_slowest_traces;
$$;
COMMENT ON FUNCTION @extschema@._raceway_slowest_of_each(timestamptz, timestamptz, bigint) IS
    '_raceway_slowest_traces() of each database';

CREATE OR REPLACE FUNCTION @extschema@._raceway_slowest_traces(
    since timestamptz, until timestamptz, most bigint)
RETURNS TABLE (trace_id text, micros bigint, services text[])
LANGUAGE sql STABLE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT * FROM _raceway_slowest_of_each(since, until, most)
    ORDER BY micros DESC, trace_id COLLATE "C" LIMIT most
$$;
COMMENT ON FUNCTION @extschema@._raceway_slowest_traces(timestamptz, timestamptz, bigint) IS
    'The traces that ended in a time and took longest, longest first';
