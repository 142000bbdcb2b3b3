//! Whether kept figures are those of the events.

use postgres::{Client, GenericClient};

/// All answers that are made of kept figures.
const ANSWERS: &str = "
    SELECT 'service ' || found::text FROM raceway_services() AS found
    UNION ALL
    SELECT concat_ws(' ', 'health', name, trace_count, last_activity, avg_events_per_trace)
    FROM raceway_service_health('1000 years')
    UNION ALL SELECT 'edge ' || found::text FROM raceway_edges() AS found
    UNION ALL SELECT 'hotspot ' || found::text FROM raceway_hotspots(1000) AS found
    UNION ALL SELECT 'performance ' || found::text FROM raceway_performance(1000, '1000 years') AS found
    UNION ALL SELECT 'of a second ' || found::text FROM raceway_performance(1, '1 second') AS found
    UNION ALL
    SELECT concat_ws(' ', 'anomalies', trace_id, found)
    FROM (SELECT trace_id FROM traces ORDER BY trace_id LIMIT 5) AS trace,
         raceway_anomalies(trace_id) AS found";

/// Makes figures be counted from the events.
const ANEW: &str = "
    TRUNCATE raceway_counted, raceway_figures;
    INSERT INTO raceway_uncounted
    SELECT array_agg(trace_no) FROM traces HAVING count(*) > 0";

/// Kept figures, whether traces that have changed are counted or still to be counted, answer as events do.
/// True of a database that keeps none.
pub(crate) fn assert_true(superuser: &mut Client) {
    let sql = "SELECT to_regclass('raceway_figures') IS NOT NULL";
    if !superuser.query_one(sql, &[]).expect("a catalog").get::<_, bool>(0) {
        return;
    }
    let before = answers(superuser);
    superuser.execute("SELECT raceway_update_figures()", &[]).expect("raceway_update_figures");
    assert_eq!(answers(superuser), before, "figures before and after traces were counted");
    let mut transaction = superuser.transaction().expect("a transaction");
    transaction.batch_execute(ANEW).expect(ANEW);
    assert_eq!(before, answers(&mut transaction), "kept figures and those of the events");
}

fn answers(client: &mut impl GenericClient) -> Vec<String> {
    let answers = client.query(ANSWERS, &[]).expect(ANSWERS);
    answers.iter().map(|row| row.get(0)).collect()
}
