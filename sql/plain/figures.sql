-- Plain SQL keeps no figures: they are those of the extension, or computed from events.

CREATE OR REPLACE FUNCTION @extschema@._raceway_traces_changed(trace_nos bigint[])
RETURNS void
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NULL::void;
COMMENT ON FUNCTION @extschema@._raceway_traces_changed(bigint[]) IS
    'Notes traces whose figures have changed';
REVOKE ALL ON FUNCTION @extschema@._raceway_traces_changed(bigint[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@._raceway_forget_figures()
RETURNS void
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NULL::void;
COMMENT ON FUNCTION @extschema@._raceway_forget_figures() IS
    'Takes back all figures, when all traces are gone';
REVOKE ALL ON FUNCTION @extschema@._raceway_forget_figures() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.raceway_update_figures(steps integer DEFAULT 1)
RETURNS bigint
LANGUAGE sql VOLATILE
RETURN NULL::bigint;
COMMENT ON FUNCTION @extschema@.raceway_update_figures(integer) IS
    'NULL: plain SQL keeps no figures';
REVOKE ALL ON FUNCTION @extschema@.raceway_update_figures(integer) FROM PUBLIC;
