-- What events mean, as tables. The answers come from _raceway_analysis(): in the extension that is
-- extension/src/analysis/ over the crate raceway-analysis, which documents every definition; plain SQL has
-- none and says what is expected instead (plain/analysis.sql).

CREATE OR REPLACE FUNCTION @extschema@._raceway_expect_span(name text, value interval)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- By its seconds: intervals are compared as if a year had 360 days.
    IF (extract(epoch FROM value) BETWEEN 0 AND 1000 * 31557600.0) IS NOT TRUE THEN
        RAISE EXCEPTION '%: expected 0 or more, 1000 years at most, such as ''10 milliseconds''', name
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN extract(epoch FROM value) * 1000000;
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_expect_span(text, interval) IS
    'The microseconds of a parameter of this name; fails where it is negative or NULL';

CREATE OR REPLACE FUNCTION @extschema@._raceway_analysis_options(
    shared_variables text[] DEFAULT '{}',
    clock_skew interval DEFAULT '10 milliseconds',
    atomic_within interval DEFAULT '10 seconds')
RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
BEGIN
    IF shared_variables IS NULL
        OR EXISTS (SELECT FROM unnest(shared_variables) AS name WHERE name IS NULL)
    THEN
        RAISE EXCEPTION 'shared_variables: expected an array of names, such as ''{balance}'''
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN jsonb_build_object(
        'shared_variables', ARRAY(SELECT unnest(shared_variables)),
        'clock_skew', _raceway_expect_span('clock_skew', clock_skew),
        'atomic_within', _raceway_expect_span('atomic_within', atomic_within));
END
$$;
COMMENT ON FUNCTION @extschema@._raceway_analysis_options(text[], interval, interval) IS
    'What can be set of an analysis; fails where a parameter makes no sense';

CREATE OR REPLACE FUNCTION @extschema@.raceway_races(trace_id text, shared_variables text[] DEFAULT '{}')
RETURNS TABLE (
    severity text,
    variable text,
    service text,
    first_event_id text,
    first_access_type text,
    first_location text,
    first_thread text,
    first_old_value jsonb,
    first_new_value jsonb,
    first_timestamp timestamptz,
    first_locks text[],
    second_event_id text,
    second_access_type text,
    second_location text,
    second_thread text,
    second_old_value jsonb,
    second_new_value jsonb,
    second_timestamp timestamptz,
    second_locks text[],
    last_common_ancestor text,
    reason text,
    found bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT race ->> 'severity',
           race ->> 'variable',
           race ->> 'service',
           race -> 'first' ->> 'event_id',
           race -> 'first' ->> 'access_type',
           race -> 'first' ->> 'location',
           race -> 'first' ->> 'thread',
           nullif(race -> 'first' -> 'old_value', 'null'),
           nullif(race -> 'first' -> 'new_value', 'null'),
           (race -> 'first' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(race -> 'first' -> 'locks')),
           race -> 'second' ->> 'event_id',
           race -> 'second' ->> 'access_type',
           race -> 'second' ->> 'location',
           race -> 'second' ->> 'thread',
           nullif(race -> 'second' -> 'old_value', 'null'),
           nullif(race -> 'second' -> 'new_value', 'null'),
           (race -> 'second' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(race -> 'second' -> 'locks')),
           race ->> 'last_common_ancestor',
           race ->> 'reason',
           (answer ->> 'found')::bigint
    FROM _raceway_analysis(
             'races', trace_id, NULL, _raceway_analysis_options(shared_variables)) AS answer,
         jsonb_array_elements(answer -> 'shown') AS race
$$;
COMMENT ON FUNCTION @extschema@.raceway_races(text, text[]) IS
    'Pairs of accesses of a trace that nothing orders and no lock keeps apart, at most 1,000 of those found';

CREATE OR REPLACE FUNCTION @extschema@.raceway_interleavings(
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    service text DEFAULT NULL,
    variable text DEFAULT NULL,
    of_pattern text DEFAULT NULL,
    shared_variables text[] DEFAULT '{}',
    clock_skew interval DEFAULT '10 milliseconds',
    atomic_within interval DEFAULT '10 seconds')
RETURNS TABLE (
    pattern text,
    severity text,
    evidence text,
    in_service text,
    of_variable text,
    first_event_id text,
    first_trace_id text,
    first_access_type text,
    first_location text,
    first_old_value jsonb,
    first_new_value jsonb,
    first_timestamp timestamptz,
    first_locks text[],
    between_event_id text,
    between_trace_id text,
    between_access_type text,
    between_location text,
    between_old_value jsonb,
    between_new_value jsonb,
    between_timestamp timestamptz,
    between_locks text[],
    second_event_id text,
    second_trace_id text,
    second_access_type text,
    second_location text,
    second_old_value jsonb,
    second_new_value jsonb,
    second_timestamp timestamptz,
    second_locks text[],
    own_read_event_id text,
    reason text,
    found bigint,
    found_is_exact boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT finding ->> 'pattern',
           finding ->> 'severity',
           finding ->> 'evidence',
           finding ->> 'service',
           finding ->> 'variable',
           finding -> 'first' ->> 'event_id',
           finding -> 'first' ->> 'trace_id',
           finding -> 'first' ->> 'access_type',
           finding -> 'first' ->> 'location',
           nullif(finding -> 'first' -> 'old_value', 'null'),
           nullif(finding -> 'first' -> 'new_value', 'null'),
           (finding -> 'first' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(finding -> 'first' -> 'locks')),
           finding -> 'between' ->> 'event_id',
           finding -> 'between' ->> 'trace_id',
           finding -> 'between' ->> 'access_type',
           finding -> 'between' ->> 'location',
           nullif(finding -> 'between' -> 'old_value', 'null'),
           nullif(finding -> 'between' -> 'new_value', 'null'),
           (finding -> 'between' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(finding -> 'between' -> 'locks')),
           finding -> 'second' ->> 'event_id',
           finding -> 'second' ->> 'trace_id',
           finding -> 'second' ->> 'access_type',
           finding -> 'second' ->> 'location',
           nullif(finding -> 'second' -> 'old_value', 'null'),
           nullif(finding -> 'second' -> 'new_value', 'null'),
           (finding -> 'second' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(finding -> 'second' -> 'locks')),
           finding -> 'own_read' ->> 'event_id',
           finding ->> 'reason',
           (answer ->> 'found')::bigint,
           (answer ->> 'is_exact')::boolean
    FROM _raceway_analysis_between(
             'interleavings', since, until, service, variable, of_pattern,
             _raceway_analysis_options(shared_variables, clock_skew, atomic_within)) AS answer,
         jsonb_array_elements(answer -> 'shown') AS finding
$$;
COMMENT ON FUNCTION @extschema@.raceway_interleavings(
    timestamptz, timestamptz, text, text, text, text[], interval, interval) IS
    'Accesses that came between two of another request which belong together, at most 1,000 of those found, newest first';

CREATE OR REPLACE FUNCTION @extschema@.raceway_lost_updates(
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    service text DEFAULT NULL,
    variable text DEFAULT NULL,
    shared_variables text[] DEFAULT '{}',
    clock_skew interval DEFAULT '10 milliseconds',
    atomic_within interval DEFAULT '10 seconds')
RETURNS TABLE (
    pattern text,
    severity text,
    evidence text,
    in_service text,
    of_variable text,
    first_event_id text,
    first_trace_id text,
    first_access_type text,
    first_location text,
    first_old_value jsonb,
    first_new_value jsonb,
    first_timestamp timestamptz,
    first_locks text[],
    between_event_id text,
    between_trace_id text,
    between_access_type text,
    between_location text,
    between_old_value jsonb,
    between_new_value jsonb,
    between_timestamp timestamptz,
    between_locks text[],
    second_event_id text,
    second_trace_id text,
    second_access_type text,
    second_location text,
    second_old_value jsonb,
    second_new_value jsonb,
    second_timestamp timestamptz,
    second_locks text[],
    own_read_event_id text,
    reason text,
    found bigint,
    found_is_exact boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT * FROM raceway_interleavings(
        since, until, service, variable, 'lost update', shared_variables, clock_skew, atomic_within)
$$;
COMMENT ON FUNCTION @extschema@.raceway_lost_updates(
    timestamptz, timestamptz, text, text, text[], interval, interval) IS
    'Writes that another request has overwritten without having seen them, at most 1,000 of those found, newest first';

CREATE OR REPLACE FUNCTION @extschema@.raceway_variable_history(
    service text,
    variable text,
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    shared_variables text[] DEFAULT '{}')
RETURNS TABLE (
    event_id text,
    trace_id text,
    access_type text,
    location text,
    thread text,
    old_value jsonb,
    new_value jsonb,
    "timestamp" timestamptz,
    locks text[],
    saw_trace_id text,
    saw_event_id text,
    found bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT entry -> 'access' ->> 'event_id',
           entry -> 'access' ->> 'trace_id',
           entry -> 'access' ->> 'access_type',
           entry -> 'access' ->> 'location',
           entry -> 'access' ->> 'thread',
           nullif(entry -> 'access' -> 'old_value', 'null'),
           nullif(entry -> 'access' -> 'new_value', 'null'),
           (entry -> 'access' ->> 'timestamp')::timestamptz,
           ARRAY(SELECT jsonb_array_elements_text(entry -> 'access' -> 'locks')),
           entry -> 'saw' ->> 0,
           entry -> 'saw' ->> 1,
           (answer ->> 'found')::bigint
    FROM _raceway_analysis_between(
             'history', since, until, service, variable, NULL,
             _raceway_analysis_options(shared_variables)) AS answer,
         jsonb_array_elements(answer -> 'shown') AS entry
$$;
COMMENT ON FUNCTION @extschema@.raceway_variable_history(
    text, text, timestamptz, timestamptz, text[]) IS
    'The last 10,000 accesses of a variable in all traces, by time, with the write whose value each found';

CREATE OR REPLACE FUNCTION @extschema@.raceway_audit_trail(
    trace_id text,
    variable text,
    shared_variables text[] DEFAULT '{}')
RETURNS TABLE (
    event_id text,
    "timestamp" timestamptz,
    thread_id text,
    service_name text,
    access_type text,
    location text,
    old_value jsonb,
    new_value jsonb,
    has_causal_link_to_previous boolean,
    is_race boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT entry ->> 'event_id',
           (entry ->> 'timestamp')::timestamptz,
           entry ->> 'thread_id',
           entry ->> 'service_name',
           entry ->> 'access_type',
           entry ->> 'location',
           nullif(entry -> 'old_value', 'null'),
           nullif(entry -> 'new_value', 'null'),
           (entry ->> 'has_causal_link_to_previous')::boolean,
           (entry ->> 'is_race')::boolean
    FROM _raceway_analysis(
             'audit trail', trace_id, variable,
             _raceway_analysis_options(shared_variables)) AS answer,
         jsonb_array_elements(answer) AS entry
$$;
COMMENT ON FUNCTION @extschema@.raceway_audit_trail(text, text, text[]) IS
    'The accesses of a variable in a trace, by time';

CREATE OR REPLACE FUNCTION @extschema@.raceway_value_flow(trace_id text, event_id text)
RETURNS TABLE (
    depth integer,
    step_event_id text,
    explains_event_id text,
    service text,
    variable text,
    access_type text,
    value jsonb,
    saw_event_id text,
    evidence text,
    location text,
    "timestamp" timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT (step ->> 'depth')::integer,
           step ->> 'event_id',
           step ->> 'explains',
           step ->> 'service',
           step ->> 'variable',
           step ->> 'access_type',
           nullif(step -> 'value', 'null'),
           step ->> 'saw',
           step ->> 'evidence',
           step ->> 'location',
           (step ->> 'timestamp')::timestamptz
    FROM _raceway_analysis('value flow', trace_id, event_id) AS answer,
         jsonb_array_elements(answer -> 'steps') AS step
$$;
COMMENT ON FUNCTION @extschema@.raceway_value_flow(text, text) IS
    'Of a read, the write that it saw, the reads that this one came from, and so on: back to where a value went wrong';

CREATE OR REPLACE FUNCTION @extschema@.raceway_critical_path(trace_id text)
RETURNS TABLE (
    place bigint,
    event_id text,
    operation text,
    location text,
    "timestamp" timestamptz,
    duration_ms double precision,
    recorded_duration_ms double precision,
    trace_duration_ms double precision)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT place,
           step ->> 'id',
           step ->> 'kind',
           step ->> 'location',
           (step ->> 'timestamp')::timestamptz,
           (step ->> 'duration_ms')::double precision,
           (step ->> 'recorded_duration_ms')::double precision,
           (answer ->> 'trace_total_duration_ms')::double precision
    FROM _raceway_analysis('critical path', trace_id, NULL) AS answer,
         jsonb_array_elements(answer -> 'path') WITH ORDINALITY AS path (step, place)
$$;
COMMENT ON FUNCTION @extschema@.raceway_critical_path(text) IS
    'The events that a trace waited for, from first to last, with the time that each adds to the whole';

CREATE OR REPLACE FUNCTION @extschema@.raceway_anomalies(trace_id text)
RETURNS TABLE (
    event_id text,
    operation text,
    severity text,
    duration_ms double precision,
    expected_ms double precision,
    deviations double precision,
    location text,
    "timestamp" timestamptz,
    description text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT anomaly ->> 'event_id',
           anomaly ->> 'event_kind',
           anomaly ->> 'severity',
           (anomaly ->> 'actual_duration_ms')::double precision,
           (anomaly ->> 'expected_duration_ms')::double precision,
           (anomaly ->> 'std_dev_from_mean')::double precision,
           anomaly ->> 'location',
           (anomaly ->> 'timestamp')::timestamptz,
           anomaly ->> 'description'
    FROM _raceway_analysis('anomalies', trace_id, NULL) AS answer,
         jsonb_array_elements(answer) AS anomaly
$$;
COMMENT ON FUNCTION @extschema@.raceway_anomalies(text) IS
    'Events that took much longer than the same operation of the service took before the trace began';

CREATE OR REPLACE FUNCTION @extschema@.raceway_dependencies(trace_id text)
RETURNS TABLE (
    from_service text,
    to_service text,
    call_count bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT dependency ->> 'from',
           dependency ->> 'to',
           (dependency ->> 'call_count')::bigint
    FROM _raceway_analysis('dependencies', trace_id, NULL) AS answer,
         jsonb_array_elements(answer -> 'dependencies') AS dependency
$$;
COMMENT ON FUNCTION @extschema@.raceway_dependencies(text) IS
    'Which services of a trace call which, and how often';

CREATE OR REPLACE FUNCTION @extschema@.raceway_contention(trace_id text)
RETURNS TABLE (
    service text,
    lock_id text,
    acquisitions bigint,
    strands bigint,
    total_hold_ms double precision,
    longest_hold_ms double precision,
    longest_hold_event_id text,
    longest_hold_location text,
    waits bigint,
    total_wait_ms double precision,
    longest_waits jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT lock ->> 'service',
           lock ->> 'lock',
           (lock ->> 'acquisitions')::bigint,
           (lock ->> 'strands')::bigint,
           (lock ->> 'total_hold_ms')::double precision,
           (lock -> 'longest_hold' ->> 'hold_ms')::double precision,
           lock -> 'longest_hold' ->> 'event_id',
           lock -> 'longest_hold' ->> 'location',
           (lock ->> 'waits')::bigint,
           (lock ->> 'total_wait_ms')::double precision,
           lock -> 'longest_waits'
    FROM _raceway_analysis('contention', trace_id, NULL) AS answer,
         jsonb_array_elements(answer) AS lock
$$;
COMMENT ON FUNCTION @extschema@.raceway_contention(text) IS
    'The locks of a trace: how long they were held and waited for, and who waited for whom';

CREATE OR REPLACE FUNCTION @extschema@.raceway_serializability(
    trace_id text,
    shared_variables text[] DEFAULT '{}',
    clock_skew interval DEFAULT '10 milliseconds')
RETURNS TABLE (
    anomaly text,
    strand_ids text[],
    conflicts jsonb,
    reason text,
    found bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT violation ->> 'anomaly',
           ARRAY(SELECT jsonb_array_elements_text(violation -> 'strand_ids')),
           violation -> 'conflicts',
           violation ->> 'reason',
           (answer ->> 'found')::bigint
    FROM _raceway_analysis(
             'serializability', trace_id, NULL,
             _raceway_analysis_options(shared_variables, clock_skew)) AS answer,
         jsonb_array_elements(answer -> 'violations') AS violation
$$;
COMMENT ON FUNCTION @extschema@.raceway_serializability(text, text[], interval) IS
    'Requests of a trace that no order one after the other explains';

CREATE OR REPLACE FUNCTION @extschema@.raceway_lock_order(
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    service text DEFAULT NULL)
RETURNS TABLE (
    locks text[],
    steps jsonb,
    reason text,
    found bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT ARRAY(SELECT lock ->> 'id' FROM jsonb_array_elements(cycle -> 'locks') AS lock),
           cycle -> 'steps',
           cycle ->> 'reason',
           (answer ->> 'found')::bigint
    FROM _raceway_analysis_between('lock order', since, until, service) AS answer,
         jsonb_array_elements(answer -> 'deadlocks') AS cycle
$$;
COMMENT ON FUNCTION @extschema@.raceway_lock_order(timestamptz, timestamptz, text) IS
    'Locks that requests take in orders which can make each wait for the other';

CREATE OR REPLACE FUNCTION @extschema@.raceway_services()
RETURNS TABLE (
    name text,
    event_count bigint,
    trace_count bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT known ->> 'name',
           (known ->> 'event_count')::bigint,
           (known ->> 'trace_count')::bigint
    FROM _raceway_analysis_between('services') AS answer,
         jsonb_array_elements(answer) AS known
$$;
COMMENT ON FUNCTION @extschema@.raceway_services() IS
    'All services, with their events and traces';

CREATE OR REPLACE FUNCTION @extschema@.raceway_service_health(time_window interval DEFAULT '60 minutes')
RETURNS TABLE (
    name text,
    status text,
    trace_count bigint,
    last_activity timestamptz,
    avg_events_per_trace double precision,
    minutes_since_last_activity double precision)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT known ->> 'name',
           known ->> 'status',
           (known ->> 'trace_count')::bigint,
           (known ->> 'last_activity')::timestamptz,
           (known ->> 'avg_events_per_trace')::double precision,
           (known ->> 'minutes_since_last_activity')::double precision
    FROM _raceway_analysis_between('service health', now() - time_window) AS answer,
         jsonb_array_elements(answer) AS known
$$;
COMMENT ON FUNCTION @extschema@.raceway_service_health(interval) IS
    'All services: healthy within 5 minutes of their last event, warning within 30, else critical; counts are of the time window';

CREATE OR REPLACE FUNCTION @extschema@.raceway_edges()
RETURNS TABLE (
    from_service text,
    to_service text,
    link_type text,
    call_count bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT edge ->> 'from_service',
           edge ->> 'to_service',
           edge ->> 'link_type',
           (edge ->> 'call_count')::bigint
    FROM _raceway_analysis_between('edges') AS answer,
         jsonb_array_elements(answer) AS edge
$$;
COMMENT ON FUNCTION @extschema@.raceway_edges() IS
    'Which services call which in all traces, by what means, and how often';

CREATE OR REPLACE FUNCTION @extschema@.raceway_hotspots(most integer DEFAULT 10)
RETURNS TABLE (
    variable text,
    access_count bigint,
    trace_count bigint,
    services text[])
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT hotspot ->> 'variable',
           (hotspot ->> 'access_count')::bigint,
           (hotspot ->> 'trace_count')::bigint,
           ARRAY(SELECT jsonb_array_elements_text(hotspot -> 'services'))
    FROM _raceway_analysis_between('hotspots', detail => most::text) AS answer,
         jsonb_array_elements(answer -> 'top_variables') AS hotspot
$$;
COMMENT ON FUNCTION @extschema@.raceway_hotspots(integer) IS
    'The variables with most accesses in all traces';

CREATE OR REPLACE FUNCTION @extschema@._raceway_performance(
    question text, most integer, time_window interval)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT _raceway_analysis_between(
        question, least(newest, now()) - time_window,
        -- Nothing happens after the newest event: a window without an end is made of whole pages there.
        CASE WHEN newest > now() THEN now() + interval '1 microsecond' END, detail => most::text)
    FROM _raceway_newest() AS newest
$$;
COMMENT ON FUNCTION @extschema@._raceway_performance(text, integer, interval) IS
    'How long things took in the time before the newest event, or before now if that one is in the future';

CREATE OR REPLACE FUNCTION @extschema@.raceway_performance(
    most integer DEFAULT 50,
    time_window interval DEFAULT '1 day')
RETURNS TABLE (
    subject text,
    name text,
    count bigint,
    avg_ms double precision,
    p50_ms double precision,
    p95_ms double precision,
    p99_ms double precision,
    services text[])
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, @extschema@, pg_temp
AS $$
    SELECT line ->> 'subject',
           line ->> 'name',
           (line ->> 'count')::bigint,
           (line ->> 'avg_ms')::double precision,
           (line ->> 'p50_ms')::double precision,
           (line ->> 'p95_ms')::double precision,
           (line ->> 'p99_ms')::double precision,
           ARRAY(SELECT jsonb_array_elements_text(line -> 'services'))
    FROM _raceway_performance('performance lines', most, time_window) AS answer,
         jsonb_array_elements(answer) AS line
$$;
COMMENT ON FUNCTION @extschema@.raceway_performance(integer, interval) IS
    'How long traces take, events by kind and by service, and the slowest traces of the time window';
