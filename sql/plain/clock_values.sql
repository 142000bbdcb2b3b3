-- Clocks as they are sent, to the jsonb object that vector_clock holds.

CREATE OR REPLACE FUNCTION @extschema@.raceway_whole_number(value jsonb)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN
    CASE WHEN value::numeric BETWEEN 0 AND 18446744073709551615
              AND value::numeric = trunc(value::numeric)
        THEN trunc(value::numeric) END END;
COMMENT ON FUNCTION @extschema@.raceway_whole_number(jsonb) IS
    'A whole number from 0 to 18446744073709551615, else NULL';

CREATE OR REPLACE FUNCTION @extschema@.raceway_clock_of_object(value jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'object' THEN (
    SELECT CASE WHEN count(*) = count(clock)
        THEN coalesce(jsonb_object_agg(component, clock), '{}') END
    FROM (SELECT component.key AS component,
                 @extschema@.raceway_whole_number(component.value) AS clock
          FROM jsonb_each(value) AS component) AS components) END;
COMMENT ON FUNCTION @extschema@.raceway_clock_of_object(jsonb) IS
    'The clock of {component: clock, ...}; NULL if it is none';

-- jsonb_object_agg keeps the last of equal keys: the greatest clock.
CREATE OR REPLACE FUNCTION @extschema@.raceway_clock_of_pairs(value jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(value) = 'array' THEN (
    SELECT CASE WHEN count(*) = count(clock) AND count(*) = count(component)
        THEN coalesce(jsonb_object_agg(component, clock ORDER BY clock)
                          FILTER (WHERE component IS NOT NULL), '{}') END
    FROM (SELECT CASE WHEN jsonb_typeof(pair) = 'array' THEN
                     CASE WHEN jsonb_array_length(pair) = 2
                               AND jsonb_typeof(pair -> 0) = 'string'
                         THEN pair ->> 0 END END AS component,
                 @extschema@.raceway_whole_number(pair -> 1) AS clock
          FROM jsonb_array_elements(value) AS pair) AS pairs) END;
COMMENT ON FUNCTION @extschema@.raceway_clock_of_pairs(jsonb) IS
    'The clock of [[component, clock], ...]; NULL if it is none';
