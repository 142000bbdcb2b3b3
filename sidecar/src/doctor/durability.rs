//! Whether what is committed survives a crash: that is what an answer of 200 promises.

use super::remedy::put_right;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

const SQL: &str = "
    SELECT name, source FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
    ORDER BY name";

/// A setting that is off, and how it is put on.
struct Off {
    name: String,
    remedy: String,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let mut off = Vec::new();
    for row in server.rows(SQL, &[]).await? {
        let name: String = row.try_get(0)?;
        let remedy = put_right(server, &name, "on", row.try_get(1)?);
        off.push(Off { name, remedy });
    }
    Ok(judge(&off))
}

fn judge(off: &[Off]) -> Verdict {
    if off.is_empty() {
        return Verdict::ok("what is committed survives a crash");
    }
    let list =
        |part: fn(&Off) -> &str, between| off.iter().map(part).collect::<Vec<_>>().join(between);
    let names = list(|off| &off.name, ", ");
    Verdict::problem(
        format!("{names} off: events that were answered 200 may be lost in a crash"),
        list(|off| &off.remedy, " "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn anything_that_is_off_breaks_the_promise() {
        assert_eq!(judge(&[]).status, Status::Ok);
        let off = ["fsync", "synchronous_commit"]
            .map(|name| Off { name: name.into(), remedy: format!("{name} on;") });
        let verdict = judge(&off);
        assert_eq!(verdict.status, Status::Problem);
        assert_eq!(verdict.remedy.as_deref(), Some("fsync on; synchronous_commit on;"));
    }
}
