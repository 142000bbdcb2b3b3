//! How much there is, how fast it grows, and how much room is left where that can be known.

use std::path::Path;

use indicatif::{HumanBytes, HumanCount};
use raceway_libpq::Reach;

use super::files::{Room, room};
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

const SIZES: &str = "
    SELECT pg_database_size(current_database()), total_bytes, events, bytes_per_event
    FROM @extschema@.raceway_stats()";

/// Of the last days that are over.
const GROWTH: &str = "
    SELECT count(*), coalesce(sum(pg_total_relation_size(partition)), 0)::bigint,
           coalesce(sum(@extschema@._raceway_estimate_rows(partition)), 0)::bigint
    FROM @extschema@._raceway_partitions()
    WHERE day - (now() AT TIME ZONE 'UTC')::date BETWEEN -7 AND -1";

const DATA: &str = "SELECT setting FROM pg_settings WHERE name = 'data_directory'";

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let mut message = sizes(server).await?;
    message.push_str(&growth(server).await?);
    Ok(judge(&message, data_room(server).await?))
}

async fn sizes(server: &Server<'_>) -> Result<String, Unchecked> {
    let rows = server.of_schema(SIZES).await?;
    let row = rows.first().ok_or_else(|| Unchecked("no answer".into()))?;
    let bytes = |column| -> Result<_, Unchecked> {
        Ok(HumanBytes(row.try_get::<_, i64>(column)?.unsigned_abs()))
    };
    let events = row.try_get::<_, Option<i64>>(2)?.unwrap_or_default().unsigned_abs();
    let each: Option<f64> = row.try_get(3)?;
    let each = each.map(|bytes| format!(" of {bytes:.0} bytes")).unwrap_or_default();
    let (database, ours, events) = (bytes(0)?, bytes(1)?, HumanCount(events));
    Ok(format!("the database has {database}, {ours} of them in {events} events{each}"))
}

async fn growth(server: &Server<'_>) -> Result<String, Unchecked> {
    let rows = server.of_schema(GROWTH).await?;
    let row = rows.first().ok_or_else(|| Unchecked("no answer".into()))?;
    let days: i64 = row.try_get(0)?;
    if days == 0 {
        return Ok(String::new());
    }
    let a_day = |column| -> Result<u64, Unchecked> {
        Ok((row.try_get::<_, i64>(column)? / days).unsigned_abs())
    };
    let (bytes, events) = (HumanBytes(a_day(1)?), HumanCount(a_day(2)?));
    Ok(format!("; {events} events and {bytes} a day"))
}

/// Of the server's data, where that is on this machine.
async fn data_room(server: &Server<'_>) -> Result<Option<Room>, Unchecked> {
    if server.client.reach() == Reach::Network || server.is_pooled {
        return Ok(None);
    }
    // Not everybody may know where it is.
    let rows = server.rows(DATA, &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let folder: String = row.try_get(0)?;
    Ok(room(Path::new(&folder)).ok())
}

fn judge(message: &str, room: Option<Room>) -> Verdict {
    const REMEDY: &str = "a larger disk, or keep events for less long: see retention";
    let Some(Room { free, all }) = room else {
        return Verdict::ok(format!("{message}; how much is free can't be seen from here"));
    };
    let message = format!("{message}; {} of {} are free", HumanBytes(free), HumanBytes(all));
    if free < (all / 50).min(1 << 30) {
        Verdict::problem(message, REMEDY)
    } else if free < (all / 10).min(10 << 30) {
        Verdict::warning(message, REMEDY)
    } else {
        Verdict::ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_disk_is_full_by_its_size() {
        let gib = |gib: u64| gib << 30;
        for (free, all, expected) in [
            (gib(100), gib(1000), Status::Ok),
            (gib(11), gib(1000), Status::Ok),
            (gib(9), gib(1000), Status::Warning),
            (gib(9), gib(80), Status::Ok),
            (gib(1) - 1, gib(1000), Status::Problem),
            (gib(1) / 100, gib(1), Status::Problem),
        ] {
            assert_eq!(judge("", Some(Room { free, all })).status, expected, "{free} of {all}");
        }
        assert_eq!(judge("", None).status, Status::Ok);
    }
}
