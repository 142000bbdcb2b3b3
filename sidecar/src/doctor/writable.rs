//! Whether events can be stored on this server.

use super::remedy::put_right;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "
        SELECT pg_is_in_recovery(), setting = 'on', source
        FROM pg_settings WHERE name = 'default_transaction_read_only'";
    let row = server.row(SQL, &[]).await?;
    let (is_standby, is_read_only): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    let remedy = put_right(server, "default_transaction_read_only", "off", row.try_get(2)?);
    Ok(judge(is_standby, is_read_only, remedy))
}

fn judge(is_standby: bool, is_read_only: bool, remedy: String) -> Verdict {
    if is_standby {
        Verdict::problem(
            "the server is a standby, which only reads: events would wait in the spool",
            "name its primary too, and target_session_attrs=read-write in the connection string",
        )
    } else if is_read_only {
        Verdict::problem("transactions only read: events would wait in the spool", remedy)
    } else {
        Verdict::ok("the server is a primary, and takes writes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_server_that_only_reads_stores_nothing() {
        for (is_standby, is_read_only, status) in [
            (false, false, Status::Ok),
            (true, true, Status::Problem),
            (false, true, Status::Problem),
        ] {
            assert_eq!(judge(is_standby, is_read_only, String::new()).status, status);
        }
    }
}
