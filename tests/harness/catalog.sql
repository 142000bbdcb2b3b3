-- A line for each thing that the API is made of, where it is in the schema public: nothing of what the
-- tables hold, and no number that is another in every database.
WITH ours AS (
    SELECT pg_class.*, oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace)
SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), proowner::regrole, proacl,
                 obj_description(oid, 'pg_proc')) AS line
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL
SELECT concat_ws(' ', 'aggregate', pg_proc.oid::regprocedure, proowner::regrole, proacl, proparallel,
                 aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype, agginitval,
                 obj_description(pg_proc.oid, 'pg_proc'))
FROM pg_proc JOIN pg_aggregate ON aggfnoid = pg_proc.oid
WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'relation', name, relkind, relpersistence, relowner::regrole, relacl,
                 reloptions, relrowsecurity, relforcerowsecurity, relreplident, am.amname,
                 pg_get_partkeydef(ours.oid), pg_get_expr(relpartbound, ours.oid),
                 obj_description(ours.oid, 'pg_class'))
FROM ours LEFT JOIN pg_am AS am ON am.oid = relam
UNION ALL
SELECT concat_ws(' ', 'column', name, attnum, attname, attisdropped, attislocal,
                 format_type(atttypid, atttypmod), 'collation', nullif(attcollation, 0)::regcollation,
                 'not null', attnotnull, 'default', pg_get_expr(adbin, adrelid),
                 'identity', attidentity, 'generated', attgenerated, 'storage', attstorage,
                 attcompression, attstattarget, attacl, col_description(ours.oid, attnum))
FROM ours
JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p', 'v')
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisclustered, indisreplident,
                 indisvalid, obj_description(indexrelid, 'pg_class'))
FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid),
                 convalidated, obj_description(oid, 'pg_constraint'))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(pg_trigger.oid), tgenabled,
                 obj_description(pg_trigger.oid, 'pg_trigger'))
FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL
SELECT concat_ws(' ', 'rule', name, ev_enabled, pg_get_ruledef(pg_rewrite.oid),
                 obj_description(pg_rewrite.oid, 'pg_rewrite'))
FROM ours JOIN pg_rewrite ON ev_class = ours.oid
UNION ALL
SELECT concat_ws(' ', 'policy', name, polname, polcmd, polpermissive, polroles::regrole[],
                 pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
FROM ours JOIN pg_policy ON polrelid = ours.oid
UNION ALL
SELECT concat_ws(' ', 'sequence', name, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin,
                 seqcache, seqcycle, pg_describe_object(refclassid, refobjid, refobjsubid))
FROM ours
JOIN pg_sequence ON seqrelid = ours.oid
LEFT JOIN pg_depend ON objid = seqrelid AND classid = 'pg_class'::regclass
                   AND deptype IN ('a', 'i')
UNION ALL
SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(oid), stxowner::regrole)
FROM pg_statistic_ext WHERE stxnamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'type', typname, typtype, typowner::regrole, typacl,
                 obj_description(oid, 'pg_type'))
FROM pg_type WHERE typnamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'schema', nspname)
FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
UNION ALL
SELECT concat_ws(' ', 'extension', extname, extowner::regrole, extnamespace::regnamespace,
                 extrelocatable, extversion, extcondition,
                 (SELECT array_agg(oid::regclass ORDER BY oid::regclass::text)
                  FROM unnest(extconfig) AS oid))
FROM pg_extension
UNION ALL
SELECT concat_ws(' ', 'of the extension', deptype, pg_describe_object(classid, objid, objsubid))
FROM pg_depend WHERE refclassid = 'pg_extension'::regclass
UNION ALL
SELECT concat_ws(' ', 'initial privileges', pg_describe_object(classoid, objoid, objsubid),
                 privtype, initprivs)
FROM pg_init_privs WHERE privtype = 'e'
