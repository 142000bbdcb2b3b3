//! The tables that are ours.

/// The beginning of a query: `ours` has each relation of the schema `$1` with its name for SQL.
pub(super) const OURS: &str = "
    WITH ours AS (
        SELECT pg_class.oid, relkind, reloptions, format('%s.%I', $1, relname) AS name
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE quote_ident(nspname) = $1
          AND (relname IN (@relations@)
               OR pg_class.oid IN (SELECT inhrelid FROM pg_inherits
                                   WHERE inhparent = to_regclass($1 || '.stored_events'))))";
