//! Commands that mend, where many checks need the same.

use super::server::Server;

/// What it takes until a setting counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    Reload,
    Restart,
}

/// Changes a setting of the whole server. `value` as SQL has it.
pub(super) fn set(is_supabase: bool, name: &str, value: &str, takes: Takes) -> String {
    /// Of those that are checked here, all that Supabase lets its users change.
    const OF_SUPABASE: [&str; 3] = ["max_connections", "max_wal_size", "shared_buffers"];
    if is_supabase {
        return if OF_SUPABASE.contains(&name) {
            let value = value.trim_matches('\'');
            format!(
                "supabase --experimental --project-ref <project> postgres-config update \
                 --config {name}={value}"
            )
        } else {
            format!("{name} is set by Supabase, by the size of the project's compute")
        };
    }
    match takes {
        Takes::Reload => format!("ALTER SYSTEM SET {name} = {value}; SELECT pg_reload_conf();"),
        Takes::Restart => format!("ALTER SYSTEM SET {name} = {value}; -- then restart the server"),
    }
}

/// Gives a setting its good value where it has got another: `source` is that of `pg_settings`.
pub(super) fn put_right(server: &Server, name: &str, value: &str, source: &str) -> String {
    let Server { role, database, .. } = server;
    match source {
        "user" => format!("ALTER ROLE {role} RESET {name};"),
        "database" => format!("ALTER DATABASE {database} RESET {name};"),
        "database user" => format!("ALTER ROLE {role} IN DATABASE {database} RESET {name};"),
        "global" => format!("ALTER ROLE ALL RESET {name};"),
        "client" | "session" => {
            format!("take {name} out of the options of storage.postgres.connection_string")
        }
        _ => set(server.is_supabase(), name, value, Takes::Reload),
    }
}
