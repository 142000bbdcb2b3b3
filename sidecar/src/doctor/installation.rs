//! Which flavour of the schema there is, and whether it is the one that this program calls.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};
use crate::schema::{self, MigrateError, VERSION, is_newer};

const MIGRATE: &str = "raceway-sidecar migrate";

/// The extension, as the catalog has it.
struct Extension {
    installed: String,
    /// What the server's files would make of it.
    available: Option<String>,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let Ok(schema) = server.schema() else { return missing(server).await };
    let version = server.row(&format!("SELECT {schema}.raceway_version()"), &[]).await?;
    let version: String = version.try_get(0)?;
    if server.is_proxy {
        return Ok(judge_proxy(schema, &version));
    }
    if let Some(extension) = extension(server).await? {
        return Ok(judge_extension(schema, &version, &extension));
    }
    let pending =
        async { Ok::<_, Unchecked>(schema::pending_scripts(&**server.client, schema).await) };
    Ok(judge_plain_sql(schema, &version, server.within(pending).await?))
}

async fn extension(server: &Server<'_>) -> Result<Option<Extension>, Unchecked> {
    const SQL: &str = "
        SELECT extversion, default_version
        FROM pg_extension LEFT JOIN pg_available_extensions ON name = extname
        WHERE extname = 'raceway'";
    let rows = server.rows(SQL, &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Extension { installed: row.try_get(0)?, available: row.try_get(1)? }))
}

fn judge_extension(schema: &str, version: &str, extension: &Extension) -> Verdict {
    let Extension { installed, available } = extension;
    let message = format!("the extension raceway {installed} in {schema}");
    let available = available.as_deref().unwrap_or("none");
    if is_newer(version) {
        newer(&message)
    } else if installed != available && available == VERSION {
        let message = format!("{message}: the server has {available}, which this program expects");
        Verdict::problem(message, "ALTER EXTENSION raceway UPDATE;")
    } else if version != VERSION || installed != VERSION {
        let message = format!("{message}, its library is {version}: expected {VERSION}");
        let remedy = format!(
            "install the files of raceway {VERSION} on the server (see README.md), then \
             ALTER EXTENSION raceway UPDATE;"
        );
        Verdict::problem(message, remedy)
    } else {
        Verdict::ok(message)
    }
}

fn judge_plain_sql(
    schema: &str,
    version: &str,
    pending: Result<Vec<&'static str>, MigrateError>,
) -> Verdict {
    let message = format!("plain SQL {version} in {schema}");
    match pending {
        _ if is_newer(version) => newer(&message),
        _ if version != VERSION => {
            Verdict::problem(format!("{message}: expected {VERSION}"), MIGRATE)
        }
        Ok(pending) if pending.is_empty() => Verdict::ok(message),
        Ok(pending) => {
            let scripts = pending.join(", ");
            Verdict::problem(format!("{message}: {scripts} would be run"), MIGRATE)
        }
        // Those who only call functions can't read which scripts were run.
        Err(MigrateError::Database(_)) => {
            Verdict::ok(format!("{message}; which scripts made it, this role can't read"))
        }
        Err(error) => Verdict::problem(error.to_string(), "a raceway-sidecar of that release"),
    }
}

fn judge_proxy(schema: &str, version: &str) -> Verdict {
    let message = format!("a proxy {version} in {schema}");
    if is_newer(version) {
        newer(&message)
    } else if version == VERSION {
        Verdict::ok(message)
    } else {
        Verdict::problem(format!("{message}: expected {VERSION}"), MIGRATE)
    }
}

fn newer(message: &str) -> Verdict {
    let message = format!("{message} is newer than this raceway-sidecar, {VERSION}");
    Verdict::problem(message, "update raceway-sidecar")
}

/// Why it is not found where it should be.
async fn missing(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "
        SELECT nspname, quote_ident(nspname), has_schema_privilege(pg_namespace.oid, 'USAGE')
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE proname = 'raceway_version' AND pronargs = 0";
    let rows = server.rows(SQL, &[]).await?;
    if let Some(row) = rows.first() {
        let (name, quoted): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        return Ok(elsewhere(&server.role, name, quoted, row.try_get(2)?));
    }
    let current = server.row("SELECT quote_ident(current_schema())", &[]).await?;
    let current: Option<String> = current.try_get(0)?;
    let schema = server.namespace().schema().map(str::to_owned).or(current).unwrap_or_default();
    let tables = schema::foreign_tables(&**server.client, &schema);
    Ok(match server.within(tables).await? {
        // Such as those that Raceway's own server makes.
        Some(tables) => Verdict::problem(
            format!("{schema} has tables of others: {tables}"),
            format!("schema = \"<another>\" in [storage.postgres], then {MIGRATE}"),
        ),
        None => Verdict::problem("the schema is not installed", MIGRATE),
    })
}

fn elsewhere(role: &str, name: &str, quoted: &str, may_use: bool) -> Verdict {
    if may_use {
        Verdict::problem(
            format!("the schema is {quoted}, where the sidecar does not look for it"),
            format!("schema = {name:?} in [storage.postgres]"),
        )
    } else {
        Verdict::problem(
            format!("{role} may not use the schema {quoted}"),
            format!("GRANT USAGE ON SCHEMA {quoted} TO {role};"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn extension(version: &str, installed: &str, available: Option<&str>) -> Status {
        let available = available.map(str::to_owned);
        let extension = Extension { installed: installed.to_owned(), available };
        judge_extension("public", version, &extension).status
    }

    #[test]
    fn an_extension_must_be_what_this_program_calls_in_files_and_catalog() {
        assert_eq!(extension(VERSION, VERSION, Some(VERSION)), Status::Ok);
        for (version, installed, available) in [
            ("0.0.1", "0.0.1", Some("0.0.1")),
            (VERSION, "0.0.1", Some(VERSION)),
            ("99.0.0", "99.0.0", Some("99.0.0")),
            (VERSION, "0.0.1", None),
        ] {
            assert_eq!(extension(version, installed, available), Status::Problem);
        }
    }

    #[test]
    fn plain_sql_is_as_good_as_the_scripts_that_made_it() {
        let judge = |version, pending| judge_plain_sql("public", version, pending).status;
        assert_eq!(judge(VERSION, Ok(vec![])), Status::Ok);
        assert_eq!(judge(VERSION, Ok(vec!["functions"])), Status::Problem);
        assert_eq!(judge("0.0.1", Ok(vec![])), Status::Problem);
        assert_eq!(judge("99.0.0", Ok(vec![])), Status::Problem);
        assert_eq!(judge(VERSION, Err(MigrateError::Changed("0001"))), Status::Problem);
    }
}
