//! Which Postgres it is.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// The first and the last that the tests know.
const SUPPORTED: [i32; 2] = [14, 18];

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "SELECT current_setting('server_version_num')::integer,
                              current_setting('server_version')";
    let row = server.row(SQL, &[]).await?;
    let (number, name): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok(judge(number / 10_000, &name))
}

fn judge(major: i32, name: &str) -> Verdict {
    let [first, last] = SUPPORTED;
    if major < first {
        let message = format!("PostgreSQL {name}: expected {first} to {last}");
        Verdict::problem(message, format!("pg_upgrade to PostgreSQL {first} or later"))
    } else if major > last {
        let message = format!("PostgreSQL {name}, which is newer than what is tested: {last}");
        Verdict::warning(message, "look for a newer raceway-sidecar")
    } else {
        Verdict::ok(format!("PostgreSQL {name}"))
    }
}

pub(super) async fn check_encoding(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let row = server.row("SELECT current_setting('server_encoding')", &[]).await?;
    Ok(judge_encoding(row.try_get(0)?))
}

/// JSON has characters that others have not.
fn judge_encoding(encoding: &str) -> Verdict {
    if encoding == "UTF8" {
        return Verdict::ok(encoding);
    }
    Verdict::problem(
        format!("{encoding}: expected UTF8"),
        "CREATE DATABASE raceway ENCODING 'UTF8' TEMPLATE template0; -- and use that",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn versions_that_are_tested_are_fine() {
        for (major, status) in
            [(13, Status::Problem), (14, Status::Ok), (18, Status::Ok), (19, Status::Warning)]
        {
            assert_eq!(judge(major, "").status, status, "{major}");
        }
    }

    #[test]
    fn only_utf8_holds_every_event() {
        assert_eq!(judge_encoding("UTF8").status, Status::Ok);
        assert_eq!(judge_encoding("SQL_ASCII").status, Status::Problem);
    }
}
