-- pg_dump writes the rows of an extension's tables only where the extension asks for it. Daily
-- partitions are made at run time, belong to no extension, and are dumped whole.

DO $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN
        SELECT pg_class.oid
        FROM pg_extension
        JOIN pg_depend ON refclassid = 'pg_extension'::regclass AND refobjid = pg_extension.oid
        JOIN pg_class ON classid = 'pg_class'::regclass AND objid = pg_class.oid
        WHERE extname = 'raceway' AND deptype = 'e' AND relkind IN ('r', 'S')
    LOOP
        PERFORM pg_extension_config_dump(relation, '');
    END LOOP;
END
$$;
