-- What both flavours say of their clock functions, and the merge of many clocks.

COMMENT ON FUNCTION @extschema@.raceway_happens_before(jsonb, jsonb) IS
    'Whether every component of a is at most that of b, and one is less; false where one is {}';
COMMENT ON FUNCTION @extschema@.raceway_concurrent(jsonb, jsonb) IS
    'Whether the clocks differ and neither happens before the other';
COMMENT ON FUNCTION @extschema@.raceway_clock_merge(jsonb, jsonb) IS
    'The least clock that is at least a and b: each component''s greater value';

-- Strict: events without a clock add nothing.
CREATE OR REPLACE AGGREGATE @extschema@.raceway_clock_max(jsonb) (
    SFUNC = @extschema@.raceway_clock_merge,
    STYPE = jsonb,
    COMBINEFUNC = @extschema@.raceway_clock_merge,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.raceway_clock_max(jsonb) IS
    'The least clock that is at least each of these: what has been seen after all of them';
