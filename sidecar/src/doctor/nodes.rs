//! The databases behind a proxy: whether each is where the proxy looks for it, and knows who it is.

use std::time::Instant;

use indicatif::HumanBytes;
use tokio_postgres::types::Type;

use super::server::Server;
use super::verdict::{Unchecked, Verdict};
use crate::schema::{NODE, Node, PLACES, VERSION, render};

/// Clocks that differ by more show events in another order than they happened in, and end a time elsewhere.
const MAX_SKEW_SECONDS: f64 = 1.0;

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let schema = server.schema()?;
    let places = server.of_schema(PLACES).await?;
    let places: Vec<i32> = places.iter().map(|row| row.get(0)).collect();
    let (mut nodes, mut away) = (Vec::new(), Vec::new());
    for &place in &places {
        let asked = Instant::now();
        let row = server.row(&render(NODE, schema), &[(&place, Type::INT4)]).await;
        match row {
            Ok(row) => nodes.push(Node::of(place, &row, asked.elapsed())?),
            Err(Unchecked(reason)) => away.push((place, reason)),
        }
    }
    Ok(judge(places.len(), &nodes, &away, schema))
}

fn judge(buckets: usize, nodes: &[Node], away: &[(i32, String)], schema: &str) -> Verdict {
    let found = format!("SELECT {schema}.raceway_found_cluster();");
    if buckets == 0 {
        return Verdict::problem(
            "the proxy knows no database",
            "CREATE SERVER raceway FOREIGN DATA WRAPPER plproxy OPTIONS (p0 '...', p1 '...'); see docs/SHARD.md",
        );
    }
    if let Some((place, reason)) = away.first() {
        let (count, reason) = (away.len(), reason.replace('\n', " "));
        return Verdict::problem(
            format!("{count} of {buckets} databases do not answer; {place}: {reason}"),
            format!("start it, or: ALTER SERVER raceway OPTIONS (SET p{place} '...');"),
        );
    }
    for node in nodes {
        let place = node.place;
        match node.itself {
            None => {
                return Verdict::problem(format!("database {place} belongs to no cluster"), found);
            }
            Some((bucket, of)) if bucket != place || usize::try_from(of) != Ok(buckets) => {
                return Verdict::problem(
                    format!("where database {place} of {buckets} should be is {bucket} of {of}"),
                    format!("ALTER SERVER raceway OPTIONS (SET p{place} '...');"),
                );
            }
            Some(_) => {}
        }
        if node.only_reads {
            return Verdict::problem(
                format!("database {place} only reads: what belongs to it waits in the spool"),
                "ALTER DATABASE ... RESET default_transaction_read_only; there, or its primary's connection string",
            );
        }
        if node.version != VERSION {
            return Verdict::problem(
                format!("database {place} is of version {}: expected {VERSION}", node.version),
                "raceway-sidecar migrate, with the connection string of that database",
            );
        }
    }
    judge_manners(nodes, found).unwrap_or_else(|| Verdict::ok(told(nodes)))
}

/// What is worth a warning where all is where it should be.
fn judge_manners(nodes: &[Node], found: String) -> Option<Verdict> {
    if let Some(Node { place, .. }) = nodes.iter().find(|node| !node.is_guarded) {
        let message = format!("database {place} takes traces of others, as after a restore");
        return Some(Verdict::warning(message, found));
    }
    if let Some(Node { place, .. }) = nodes.iter().find(|node| node.flavour != "extension") {
        return Some(Verdict::warning(
            format!("database {place} has plain SQL: nobody counts its traces in kept figures"),
            "raceway-sidecar migrate --extension, with the connection string of that database",
        ));
    }
    let is_late = |node: &&Node| node.skew_seconds.abs() > MAX_SKEW_SECONDS;
    nodes.iter().find(is_late).map(|Node { place, skew_seconds, .. }| {
        Verdict::warning(
            format!("the clock of database {place} is {skew_seconds:.1} s off that of the proxy"),
            "have all servers follow the same NTP server",
        )
    })
}

/// The largest, and the one that takes longest.
fn told(nodes: &[Node]) -> String {
    let all = nodes.iter().map(|node| node.bytes).sum();
    let largest = nodes.iter().max_by_key(|node| node.bytes);
    let slowest = nodes.iter().max_by_key(|node| node.answered_in);
    let message = format!("{} databases, {} in all", nodes.len(), HumanBytes(all));
    if let Some((Node { place, bytes, .. }, slowest)) = largest.zip(slowest) {
        let milliseconds = slowest.answered_in.as_secs_f64() * 1000.0;
        return format!(
            "{message}; {place} is the largest: {}; {} the slowest: {milliseconds:.1} ms",
            HumanBytes(*bytes),
            slowest.place
        );
    }
    message
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::Status;

    fn node(place: i32) -> Node {
        Node {
            place,
            itself: Some((place, 2)),
            version: VERSION.into(),
            flavour: "extension".into(),
            is_guarded: true,
            only_reads: false,
            bytes: 1 << 30,
            skew_seconds: 0.001,
            answered_in: Duration::from_millis(1),
        }
    }

    #[test]
    fn each_database_must_be_where_it_is_looked_for() {
        let judge = |second: Node| judge(2, &[node(0), second], &[], "public").status;
        assert_eq!(judge(node(1)), Status::Ok);
        for ill in [
            Node { itself: None, ..node(1) },
            Node { itself: Some((0, 2)), ..node(1) },
            Node { itself: Some((1, 4)), ..node(1) },
            Node { version: "0.0.1".into(), ..node(1) },
            Node { only_reads: true, ..node(1) },
        ] {
            assert_eq!(judge(ill), Status::Problem);
        }
        for ill in [
            Node { is_guarded: false, ..node(1) },
            Node { flavour: "sql".into(), ..node(1) },
            Node { skew_seconds: -1.5, ..node(1) },
        ] {
            assert_eq!(judge(ill), Status::Warning);
        }
    }

    #[test]
    fn a_database_that_is_away_is_named() {
        let verdict = judge(2, &[node(0)], &[(1, "refused".into())], "public");
        assert_eq!(verdict.status, Status::Problem);
        assert_eq!(verdict.message, "1 of 2 databases do not answer; 1: refused");
        assert_eq!(judge(0, &[], &[], "public").status, Status::Problem);
    }
}
