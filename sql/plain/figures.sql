-- What an event means is not for SQL to say: the sidecar counts the figures that plain SQL keeps.

CREATE OR REPLACE FUNCTION @extschema@.raceway_update_figures(steps integer DEFAULT 1)
RETURNS bigint
LANGUAGE sql VOLATILE
RETURN NULL::bigint;
COMMENT ON FUNCTION @extschema@.raceway_update_figures(integer) IS
    'NULL: in plain SQL, the sidecar counts traces that have changed';
REVOKE ALL ON FUNCTION @extschema@.raceway_update_figures(integer) FROM PUBLIC;
