//! Whether the role may do what the sidecar does, and not everything else.

use tokio_postgres::types::Type;

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// What the sidecar calls.
const FUNCTIONS: [&str; 21] = [
    "raceway_version",
    "raceway_ingest_batches",
    "raceway_quarantine",
    "_raceway_trace_text",
    "_raceway_window_text",
    "_raceway_density",
    "raceway_traces",
    "raceway_trace_count",
    "_raceway_counts",
    "raceway_exported_traces",
    "raceway_export",
    "raceway_update_figures",
    "_raceway_expect_rows",
    "_raceway_kept_figures",
    "_raceway_stored_events",
    "_raceway_names",
    "_raceway_border",
    "_raceway_newest_events",
    "_raceway_event_range",
    "_raceway_slowest_traces",
    "_raceway_name_ids",
];

/// In plain SQL, where it counts figures, these too.
const COUNTING: [&str; 4] =
    ["_raceway_take_uncounted", "_raceway_add_names", "_raceway_pages", "_raceway_write_figures"];

/// What it reads.
const TABLES: [&str; 7] = [
    "traces",
    "frames",
    "stored_events",
    "raceway_figures",
    "raceway_counted",
    "raceway_uncounted",
    "raceway_names",
];

/// With `keep` in `[retention]`, this too.
const RETENTION: &str = "raceway_retention";

/// What is missing, as GRANT names it: functions that may not be executed, tables that may not be
/// read, tables whose rows are hidden by row-level security, and functions that are not there.
#[derive(Default)]
struct Missing {
    functions: Vec<String>,
    tables: Vec<String>,
    hidden: Vec<String>,
    absent: Vec<String>,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let missing = Missing {
        functions: functions(server, false).await?,
        tables: tables(server, false).await?,
        hidden: hidden(server).await?,
        absent: absent(server).await?,
    };
    Ok(judge(&missing, server.schema()?, &server.role))
}

fn judge(missing: &Missing, schema: &str, role: &str) -> Verdict {
    let Missing { functions, tables, hidden, absent } = missing;
    if !absent.is_empty() {
        let message = format!("functions are missing: {}", absent.join(", "));
        return Verdict::problem(message, "raceway-sidecar migrate, in a database without them");
    }
    if functions.is_empty() && tables.is_empty() && !hidden.is_empty() {
        let policy = |table: &String| {
            format!("CREATE POLICY {role} ON {table} FOR SELECT TO {role} USING (true);")
        };
        return Verdict::problem(
            format!("{role} sees no rows of {}: row-level security", hidden.join(", ")),
            hidden.iter().map(policy).collect::<Vec<_>>().join(" "),
        );
    }
    if functions.is_empty() && tables.is_empty() {
        return Verdict::ok(format!("{role} may do all that the sidecar does"));
    }
    let things = functions.iter().map(|function| format!("call {function}"));
    let things: Vec<String> =
        things.chain(tables.iter().map(|table| format!("read {table}"))).collect();
    let message = format!("{role} may not {}", things.join(", "));
    Verdict::problem(message, grants(schema, functions, tables, role))
}

/// The commands that give a role these privileges.
fn grants(schema: &str, functions: &[String], tables: &[String], role: &str) -> String {
    let mut commands = vec![format!("GRANT USAGE ON SCHEMA {schema} TO {role};")];
    if !functions.is_empty() {
        let functions = functions.join(", ");
        commands.push(format!("GRANT EXECUTE ON FUNCTION {functions} TO {role};"));
    }
    if !tables.is_empty() {
        commands.push(format!("GRANT SELECT ON {} TO {role};", tables.join(", ")));
    }
    commands.join(" ")
}

async fn called(server: &Server<'_>) -> Result<Vec<&'static str>, Unchecked> {
    const EXTENSION: &str = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'raceway')";
    let counts = !server.row(EXTENSION, &[]).await?.try_get::<_, bool>(0)?;
    let keeps = server.config.retention.keep.is_some();
    let counting = COUNTING.into_iter().filter(|_| counts);
    Ok(FUNCTIONS.into_iter().chain(counting).chain(keeps.then_some(RETENTION)).collect())
}

/// Of those that are called, what this role may not call, or nobody by default.
async fn functions(server: &Server<'_>, of_public: bool) -> Result<Vec<String>, Unchecked> {
    const SQL: &str = "
        SELECT format('%s.%I(%s)', $1, proname, oidvectortypes(proargtypes))
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE quote_ident(nspname) = $1 AND proname = ANY ($2)
          AND NOT CASE WHEN $3 THEN has_function_privilege('public', pg_proc.oid, 'EXECUTE')
                       ELSE has_function_privilege(pg_proc.oid, 'EXECUTE') END
        ORDER BY 1";
    let (schema, called) = (server.schema()?, called(server).await?);
    let parameters = [
        (&schema as _, Type::TEXT),
        (&called as _, Type::TEXT_ARRAY),
        (&of_public as _, Type::BOOL),
    ];
    let rows = server.rows(SQL, &parameters).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Of those that are read, what this role may not read, or nobody by default.
async fn tables(server: &Server<'_>, of_public: bool) -> Result<Vec<String>, Unchecked> {
    const SQL: &str = "
        SELECT format('%s.%I', $1, relname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE quote_ident(nspname) = $1 AND relname = ANY ($3)
          AND NOT CASE WHEN $2 THEN has_table_privilege('public', pg_class.oid, 'SELECT')
                       ELSE has_table_privilege(pg_class.oid, 'SELECT') END
        ORDER BY 1";
    let parameters = [
        (&server.schema()? as _, Type::TEXT),
        (&of_public as _, Type::BOOL),
        (&&TABLES[..] as _, Type::TEXT_ARRAY),
    ];
    let rows = server.rows(SQL, &parameters).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Of those that are read, what no policy shows to this role.
async fn hidden(server: &Server<'_>) -> Result<Vec<String>, Unchecked> {
    const SQL: &str = "
        SELECT format('%s.%I', $1, relname)
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE quote_ident(nspname) = $1 AND relname = ANY ($2)
          AND row_security_active(pg_class.oid)
          AND NOT EXISTS (
              SELECT FROM pg_policy CROSS JOIN unnest(polroles) AS grantee
              WHERE polrelid = pg_class.oid AND polpermissive AND polcmd IN ('r', '*')
                AND CASE grantee WHEN 0 THEN true ELSE pg_has_role(grantee, 'USAGE') END)
        ORDER BY 1";
    let parameters = [(&server.schema()? as _, Type::TEXT), (&&TABLES[..] as _, Type::TEXT_ARRAY)];
    let rows = server.rows(SQL, &parameters).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn absent(server: &Server<'_>) -> Result<Vec<String>, Unchecked> {
    const SQL: &str = "
        SELECT name FROM unnest($2) AS name
        WHERE NOT EXISTS (SELECT FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
                          WHERE quote_ident(nspname) = $1 AND proname = name)";
    let (schema, called) = (server.schema()?, called(server).await?);
    let parameters = [(&schema as _, Type::TEXT), (&called as _, Type::TEXT_ARRAY)];
    let rows = server.rows(SQL, &parameters).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A superuser's password in a configuration file opens the whole server, and the machine.
pub(super) async fn check_role(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const NAME: &str = "raceway_sidecar";
    const SQL: &str = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";
    let role = &server.role;
    if !server.row(SQL, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(Verdict::ok(format!("{role} is no superuser")));
    }
    let message = format!("{role} is a superuser: who has its password has the whole server");
    let Ok(schema) = server.schema() else {
        let remedy = format!("CREATE ROLE {NAME} LOGIN; -- and let it own the schema");
        return Ok(Verdict::warning(message, remedy));
    };
    let (functions, tables) = (functions(server, true).await?, tables(server, true).await?);
    let grants = grants(schema, &functions, &tables, NAME);
    let remedy =
        format!("CREATE ROLE {NAME} LOGIN; {grants} -- then \\password {NAME}, and connect as it");
    Ok(Verdict::warning(message, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn what_is_missing_is_granted() {
        let missing = |functions: &[&str], tables: &[&str], absent: &[&str]| {
            let [functions, tables, absent] = [functions, tables, absent]
                .map(|names| names.iter().map(ToString::to_string).collect());
            judge(&Missing { functions, tables, absent, ..Missing::default() }, "s", "r")
        };
        assert_eq!(missing(&[], &[], &[]).status, Status::Ok);
        let verdict = missing(&["s.f(a text)"], &["s.t", "s.u"], &[]);
        assert_eq!(verdict.status, Status::Problem);
        assert_eq!(
            verdict.remedy.as_deref(),
            Some(
                "GRANT USAGE ON SCHEMA s TO r; GRANT EXECUTE ON FUNCTION s.f(a text) TO r; \
                 GRANT SELECT ON s.t, s.u TO r;"
            )
        );
        assert_eq!(missing(&[], &[], &["f"]).status, Status::Problem);
        let hidden = Missing { hidden: vec!["s.t".into()], ..Missing::default() };
        let policy = "CREATE POLICY r ON s.t FOR SELECT TO r USING (true);";
        assert_eq!(judge(&hidden, "s", "r").remedy.as_deref(), Some(policy));
    }
}
