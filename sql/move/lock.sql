-- Between plain SQL and the extension: everybody waits until it is done. Ingest locks the tables in
-- this order, so that neither waits for the other.

LOCK TABLE @extschema@.frames, @extschema@.stored_events, @extschema@.traces,
    @extschema@.raceway_rejected IN ACCESS EXCLUSIVE MODE;
-- What follows names things of Postgres' own.
SET LOCAL search_path = pg_catalog, pg_temp;
