//! Who else may write: everybody, or the roles that Supabase's REST API uses.

use super::relations::OURS;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Supabase grants everything in its public schema to them, and serves it to the web.
const RELATIONS: &str = "
    SELECT grantee, string_agg(name, ', ' ORDER BY name)
    FROM ours CROSS JOIN unnest(ARRAY['public', 'anon', 'authenticated']) AS grantee
    WHERE CASE
        WHEN grantee = 'public' THEN has_table_privilege('public', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = grantee)
            THEN has_table_privilege(grantee, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
        ELSE false END
    GROUP BY grantee ORDER BY grantee";

/// Those that do with the rights of their owner what the caller may not.
const FUNCTIONS: &str = "
    SELECT grantee, string_agg(format('%s.%I(%s)', $1, proname, oidvectortypes(proargtypes)), ', ')
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    CROSS JOIN unnest(ARRAY['public', 'anon', 'authenticated']) AS grantee
    WHERE quote_ident(nspname) = $1
      AND proname IN ('raceway_ingest', 'raceway_ingest_batches', 'raceway_quarantine',
                      'raceway_retention')
      AND CASE WHEN grantee = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = grantee)
               THEN has_function_privilege(grantee, pg_proc.oid, 'EXECUTE') ELSE false END
    GROUP BY grantee ORDER BY grantee";

/// Functions that run with their owner's rights look names up in the schema: who makes a function
/// there can have it called in place of one of ours. Everybody may in `public` before PostgreSQL 15.
const SCHEMA: &str = "
    SELECT grantee, $1
    FROM unnest(ARRAY['public', 'anon', 'authenticated']) AS grantee
    WHERE CASE WHEN grantee = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = grantee)
               THEN has_schema_privilege(grantee, to_regnamespace($1), 'CREATE') ELSE false END
      AND (grantee = 'public' OR NOT has_schema_privilege('public', to_regnamespace($1), 'CREATE'))
    ORDER BY grantee";

/// What somebody may do who should not.
struct Grant {
    /// `public`, or a role.
    grantee: String,
    /// As REVOKE names it, such as `ALL ON TABLE`.
    privilege: &'static str,
    things: String,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let relations = server.of_schema(&[OURS, RELATIONS].concat()).await?;
    let functions = server.of_schema(FUNCTIONS).await?;
    let schema = server.of_schema(SCHEMA).await?;
    let mut grants = Vec::new();
    for (privilege, rows) in
        [("ALL ON TABLE", relations), ("ALL ON FUNCTION", functions), ("CREATE ON SCHEMA", schema)]
    {
        for row in rows {
            grants.push(Grant { grantee: row.try_get(0)?, privilege, things: row.try_get(1)? });
        }
    }
    Ok(judge(&grants))
}

fn judge(grants: &[Grant]) -> Verdict {
    if grants.is_empty() {
        return Verdict::ok("nobody may read or write who was not told to");
    }
    let mut whom: Vec<&str> = grants.iter().map(|grant| grant.grantee.as_str()).collect();
    whom.sort_unstable();
    whom.dedup();
    let message = format!("{} may do more than should be", whom.join(", "));
    let revoke = |Grant { grantee, privilege, things }: &Grant| {
        format!("REVOKE {privilege} {things} FROM {grantee};")
    };
    Verdict::warning(message, grants.iter().map(revoke).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn what_everybody_may_do_is_revoked() {
        assert_eq!(judge(&[]).status, Status::Ok);
        let grant = |grantee: &str, privilege, things: &str| Grant {
            grantee: grantee.into(),
            privilege,
            things: things.into(),
        };
        let verdict = judge(&[
            grant("public", "ALL ON TABLE", "s.traces"),
            grant("anon", "ALL ON TABLE", "s.traces"),
            grant("anon", "ALL ON FUNCTION", "s.f()"),
        ]);
        assert_eq!(verdict.message, "anon, public may do more than should be");
        let remedy = verdict.remedy.expect("a remedy");
        assert!(remedy.contains("REVOKE ALL ON FUNCTION s.f() FROM anon;"), "{remedy}");
    }
}
