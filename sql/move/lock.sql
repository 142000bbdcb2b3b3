-- Between plain SQL and the extension: everybody waits until it is done.
--
-- Ingest locks frames first, readers lock events first: no order suits both. So this waits for less than
-- deadlock_timeout, then lets everybody go on, and tries again.

-- What follows names things of Postgres' own.
SET LOCAL search_path = pg_catalog, pg_temp;

DO $$
DECLARE
    tables text := (
        SELECT string_agg(oid::regclass::text, ', ')
        FROM pg_class
        WHERE relnamespace = '@extschema@'::regnamespace AND relname IN (@relations@)
          AND relkind IN ('r', 'p', 'v'));
    before text := current_setting('lock_timeout');
    deadline timestamptz := clock_timestamp() + interval '1 minute';
BEGIN
    LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '500ms', true);
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tables);
            EXIT;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected THEN
                IF clock_timestamp() > deadline THEN
                    RAISE lock_not_available USING
                        MESSAGE = 'expected the tables to be free for a moment within a minute',
                        HINT = 'pg_locks says which sessions hold them.';
                END IF;
        END;
        PERFORM pg_sleep(0.1);
    END LOOP;
    PERFORM set_config('lock_timeout', before, true);
END
$$;
