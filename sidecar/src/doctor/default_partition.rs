//! `events_default`: events whose day has no partition, because their clocks are wrong, because they
//! are old, or because somebody was in the way.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Of all events, so many are nobody's fault.
const FEW: i64 = 1000;
/// And one in so many.
const PART: i64 = 100;

/// Whether the role may read it, and it is small enough to be read; else about how many there are.
const SIZE: &str = "
    SELECT has_table_privilege(leaf, 'SELECT') AND pg_relation_size(leaf) <= 64 * 1024 * 1024,
           @extschema@._raceway_estimate_rows(leaf), (SELECT events FROM @extschema@._raceway_counts()),
           (SELECT relowner::regrole::text FROM pg_class WHERE oid = leaf)
    FROM CAST($1 || '.events_default' AS regclass) AS leaf";

const CONTENT: &str = "
    SELECT count(*),
           count(*) FILTER (WHERE @extschema@._raceway_is_in_window((\"timestamp\" AT TIME ZONE 'UTC')::date)),
           min(\"timestamp\")::date::text, max(\"timestamp\")::date::text
    FROM @extschema@.events_default";

/// Those that most of them are of.
const SERVICES: &str = "
    SELECT string_agg(name, ', ')
    FROM (SELECT coalesce(nullif(service_name, ''), 'no service') AS name
          FROM @extschema@.events_default JOIN @extschema@.frames USING (frame_id)
          GROUP BY service_name ORDER BY count(*) DESC LIMIT 3) AS services";

struct Content {
    events: i64,
    /// Of days that could have a partition.
    waiting: i64,
    /// Their days and services, as far as they can be read.
    about: String,
    /// In all partitions.
    all: i64,
    owner: String,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let rows = server.of_schema(SIZE).await?;
    let size = rows.first().ok_or_else(|| Unchecked("no answer".into()))?;
    let mut content = Content {
        events: size.try_get(1)?,
        waiting: 0,
        about: String::new(),
        all: size.try_get::<_, Option<i64>>(2)?.unwrap_or_default(),
        owner: size.try_get(3)?,
    };
    if size.try_get(0)? {
        for row in server.of_schema(CONTENT).await? {
            (content.events, content.waiting) = (row.try_get(0)?, row.try_get(1)?);
            if content.events > 0 {
                let days: [String; 2] = [row.try_get(2)?, row.try_get(3)?];
                content.about = format!(" of {} to {}", days[0], days[1]);
            }
        }
        if let Some(row) = server.of_schema(SERVICES).await?.first() {
            let services: Option<String> = row.try_get(0)?;
            let services = services.map(|services| format!(", most by {services}"));
            content.about.push_str(&services.unwrap_or_default());
        }
    }
    Ok(judge(&content, server.schema()?))
}

fn judge(content: &Content, schema: &str) -> Verdict {
    let Content { events, waiting, about, all, owner } = content;
    if *events == 0 {
        return Verdict::ok("empty");
    }
    let message = format!("{events} events outside of daily partitions{about}");
    if *waiting > 0 {
        return Verdict::warning(
            format!("{message}; {waiting} of them could have one"),
            // By its owner, so that retention may drop what this makes.
            format!("SET ROLE {owner}; SELECT {schema}._raceway_open_days(); RESET ROLE;"),
        );
    }
    if *events <= FEW.max(all / PART) {
        return Verdict::ok(message);
    }
    Verdict::warning(
        format!("{message}: more than 31 days old or 2 ahead"),
        "set the clocks of who sends them; what was imported may stay, and goes by its arrival",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_few_are_normal_unless_they_belong_elsewhere() {
        for (events, waiting, all, expected) in [
            (0, 0, 0, Status::Ok),
            (1000, 0, 1000, Status::Ok),
            (1001, 0, 1001, Status::Warning),
            (1001, 0, 200_000, Status::Ok),
            (1, 1, 1000, Status::Warning),
        ] {
            let (about, owner) = (String::new(), String::new());
            let content = Content { events, waiting, about, all, owner };
            assert_eq!(judge(&content, "public").status, expected, "{events} of {all}");
        }
    }
}
