-- Kept figures are counted in Rust: extension/src/analysis/count.rs.

-- The traces that access a variable: raceway_interleavings() and others read no more than those.
CREATE INDEX IF NOT EXISTS raceway_counted_variables
    ON @extschema@.raceway_counted USING gin (variables);

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
