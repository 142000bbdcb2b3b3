//! The clock functions of both flavours against those of the model.

use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;
use postgres::error::SqlState;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use raceway_model::VectorClock;
use serde_json::{Value, json};

use crate::World;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(
        world,
        "clocks",
        &[
            ("sql_orders_and_merges_like_the_model", like_the_model),
            ("what_is_no_clock_is_refused", no_clock_is_refused),
            ("the_documented_examples_hold", documented_examples),
        ],
    )
}

fn clock() -> impl Strategy<Value = Value> {
    let component = prop::sample::select(vec!["a", "b", "c", "svc#1"]);
    let value = prop_oneof![0..3u64, Just(u64::MAX)];
    prop::collection::btree_map(component, value, 0..4).prop_map(|clock| json!(clock))
}

fn like_the_model(world: &World) {
    for &flavour in world.flavours() {
        let mut client = world.cluster().create_with(flavour).connect();
        let client = std::cell::RefCell::new(&mut client);
        let mut runner = TestRunner::new(Config { cases: 200, ..Config::default() });
        let outcome = runner.run(&(clock(), clock(), clock()), |(a, b, c)| {
            let [x, y, z] = [&a, &b, &c].map(|json| VectorClock::from_json(json).expect("a clock"));
            let row = client
                .borrow_mut()
                .query_one(
                    "SELECT raceway_happens_before(a, b), raceway_concurrent(a, b),
                            raceway_clock_merge(a, b)::text,
                            (SELECT raceway_clock_max(clock) FROM (VALUES (a), (NULL), (b), (c)) AS clocks (clock))::text
                     FROM (SELECT $1::text::jsonb AS a, $2::text::jsonb AS b, $3::text::jsonb AS c) AS clocks",
                    &[&a.to_string(), &b.to_string(), &c.to_string()],
                )
                .expect("clock functions");
            let json = |column: usize| -> Value { serde_json::from_str(row.get(column)).expect("JSON") };
            prop_assert_eq!(row.get::<_, bool>(0), x.happens_before(&y), "{} → {}", a, b);
            prop_assert_eq!(row.get::<_, bool>(1), x.is_concurrent(&y), "{} ∥ {}", a, b);
            prop_assert_eq!(json(2), x.clone().merge(&y).to_json());
            prop_assert_eq!(json(3), x.merge(&y).merge(&z).to_json());
            Ok(())
        });
        outcome.expect("SQL and the model agree");
    }
}

fn no_clock_is_refused(world: &World) {
    for &flavour in world.flavours() {
        let mut client = world.cluster().create_with(flavour).connect();
        for bad in ["5", "[]", "{\"a\": -1}", "{\"a\": \"1\"}", "{\"a\": 1.5}"] {
            let error = client
                .query_one("SELECT raceway_happens_before($1::text::jsonb, '{}')", &[&bad])
                .expect_err(bad);
            assert_eq!(error.code().map(SqlState::code), Some("22023"), "{bad}");
        }
    }
}

fn documented_examples(world: &World) {
    let ordered = |client: &mut Client, a: &str, b: &str| -> (bool, bool) {
        let sql = "SELECT raceway_happens_before($1::text::jsonb, $2::text::jsonb),
                          raceway_concurrent($1::text::jsonb, $2::text::jsonb)";
        let row = client.query_one(sql, &[&a, &b]).expect("clock functions");
        (row.get(0), row.get(1))
    };
    for &flavour in world.flavours() {
        let mut client = world.cluster().create_with(flavour).connect();
        // A message's receiver comes after its sender, though the sender never heard of it.
        assert_eq!(ordered(&mut client, r#"{"a": 1}"#, r#"{"a": 1, "b": 1}"#), (true, false));
        assert_eq!(ordered(&mut client, r#"{"a": 1, "b": 1}"#, r#"{"a": 1}"#), (false, false));
        assert_eq!(ordered(&mut client, r#"{"a": 1}"#, r#"{"b": 1}"#), (false, true));
        assert_eq!(ordered(&mut client, r#"{"a": 1}"#, r#"{"a": 1, "b": 0}"#), (false, false));
        // No clock, no order.
        assert_eq!(ordered(&mut client, "{}", r#"{"a": 1}"#), (false, true));
    }
}
