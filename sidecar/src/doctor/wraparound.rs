//! Transaction ids are used again after 2^31 of them: before that, every row must have been frozen.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Autovacuum starts at a tenth of this by default, in any case.
const LATE: i64 = 1_000_000_000;
/// The database takes no more writes at some 2,140 million.
const TOO_LATE: i64 = 1_600_000_000;

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "
        SELECT age(datfrozenxid)::bigint, mxid_age(datminmxid)::bigint
        FROM pg_database WHERE datname = current_database()";
    let row = server.row(SQL, &[]).await?;
    Ok(judge(row.try_get(0)?, row.try_get(1)?))
}

fn judge(transactions: i64, multixacts: i64) -> Verdict {
    let age = transactions.max(multixacts);
    let message = format!("the oldest row that is not frozen is {age} transactions old");
    let remedy = "VACUUM (FREEZE); -- and look for old transactions and replication slots";
    if age > TOO_LATE {
        Verdict::problem(format!("{message}: the database will soon refuse to write"), remedy)
    } else if age > LATE {
        Verdict::warning(format!("{message}: autovacuum does not get it done"), remedy)
    } else {
        Verdict::ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn either_counter_counts() {
        for (transactions, multixacts, expected) in [
            (LATE, LATE, Status::Ok),
            (LATE + 1, 0, Status::Warning),
            (0, LATE + 1, Status::Warning),
            (TOO_LATE + 1, 0, Status::Problem),
        ] {
            assert_eq!(judge(transactions, multixacts).status, expected);
        }
    }
}
