//! Two sessions that each read a balance and write what it becomes: an update is found to be lost, and two
//! requests of one trace to have no serial order, exactly where the database has lost it.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};
use std::thread;

use libtest_mimic::Trial;

use super::bank::{Bank, Deposit, OPENING_BALANCE};
use super::stage::Stage;
use crate::{Case, World};

const CASES: [Case; 5] = [
    ("read_committed", |world| {
        deposit_in_all_ways(world, "read committed", Expected { lost: COLLIDING, ..NOTHING });
    }),
    ("repeatable_read", |world| {
        let expected = Expected { rolled_back: COLLIDING, ..NOTHING };
        deposit_in_all_ways(world, "repeatable read", expected);
    }),
    ("serializable", |world| {
        deposit_in_all_ways(world, "serializable", Expected { rolled_back: COLLIDING, ..NOTHING });
    }),
    ("select_for_update", |world| deposit_in_all_ways(world, "row lock", NOTHING)),
    ("select_for_update_with_its_lock_recorded", |world| {
        deposit_in_all_ways(world, "recorded row lock", Expected { lock_events: 2, ..NOTHING });
    }),
];

const AMOUNTS: [i64; 2] = [50, 30];

/// A deposit begins and reads, writes, commits, and is recorded.
const STEPS: usize = 4;

/// In how many of the 70 orders of their steps each of two deposits reads before the other commits.
const COLLIDING: usize = 60;

/// Rounds in which the two sessions run as they will.
const FREE_ROUNDS: usize = 100;

/// Of two sessions, one gets through each time.
const MAX_ROLLED_BACK: usize = 10;

/// What must become of deposits in all orders of their steps.
#[derive(Clone, Copy)]
struct Expected {
    /// How many updates the database loses.
    lost: usize,
    /// How many deposits it rolls back.
    rolled_back: usize,
    /// How many events the bank records of a lock, for each deposit.
    lock_events: usize,
}

const NOTHING: Expected = Expected { lost: 0, rolled_back: 0, lock_events: 0 };

pub(super) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "applications::transactions", &CASES)
}

/// What became of two deposits to an account, in the end both acknowledged.
struct Outcome {
    account: String,
    /// Whether both deposits are of one trace.
    is_of_one_trace: bool,
    is_lost: bool,
    rolled_back: usize,
}

fn deposit_in_all_ways(world: &World, safeguard: &str, expected: Expected) {
    let mut stage = Stage::new(world);
    let bank = Bank::open(world, &stage, safeguard);
    let orders = orders();
    let in_turns: Vec<Outcome> =
        (0..).zip(&orders).map(|(round, order)| in_turns(&bank, round, order)).collect();
    let rounds = orders.len()..orders.len() + FREE_ROUNDS;
    let freely: Vec<Outcome> = rounds.map(|round| freely(&bank, round)).collect();
    let rolled_back =
        |outcomes: &[Outcome]| outcomes.iter().map(|of| of.rolled_back).sum::<usize>();
    // A request, a read, a write and a response; of what is rolled back, no write.
    let events = 2 * (4 + expected.lock_events) * (in_turns.len() + freely.len())
        + 3 * (rolled_back(&in_turns) + rolled_back(&freely));
    stage.await_events(events);
    bank.close();

    let lost_in_turns = lost(in_turns.iter());
    assert_eq!(
        (lost_in_turns.len(), rolled_back(&in_turns)),
        (expected.lost, expected.rolled_back)
    );
    let late = stage.late_reads();
    assert!(lost_in_turns.is_disjoint(&late), "{late:?}");
    let all = || in_turns.iter().chain(&freely);
    let found: BTreeSet<String> = stage.lost_updates().into_keys().collect();
    assert_eq!(found, &lost(all()) - &late);
    let of_one_trace = lost(all().filter(|outcome| outcome.is_of_one_trace));
    assert_eq!(stage.unserializable(), &of_one_trace - &late);
}

/// Every order in which two deposits can take their steps.
fn orders() -> Vec<Vec<usize>> {
    let all = (0..1_u32 << (2 * STEPS)).filter(|bits| bits.count_ones() as usize == STEPS);
    all.map(|bits| (0..2 * STEPS).map(|step| (bits >> step & 1) as usize).collect()).collect()
}

/// Whoever is rolled back tries again when the other is through.
fn in_turns(bank: &Bank, round: usize, order: &[usize]) -> Outcome {
    deposit_twice(bank, &format!("in turns {round}"), round, |deposits| {
        let acknowledged = bank.deposit_in_turns(deposits, order);
        let again = (0..2).filter(|&place| !acknowledged[place]);
        again.map(|place| 1 + deposit(bank, deposits[place])).sum()
    })
}

fn freely(bank: &Bank, round: usize) -> Outcome {
    deposit_twice(bank, &format!("freely {round}"), round, |deposits| {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let sessions = deposits.map(|one| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    deposit(bank, one)
                })
            });
            sessions.into_iter().map(|session| session.join().expect("a deposit")).sum()
        })
    })
}

/// Deposits until it is acknowledged: how often it was rolled back.
fn deposit(bank: &Bank, deposit: Deposit) -> usize {
    (0..MAX_ROLLED_BACK).find(|_| bank.deposit(deposit)).expect("it is acknowledged")
}

/// Makes two deposits to a new account in a way that says how many of them were rolled back. Every other
/// time both continue one trace.
fn deposit_twice(
    bank: &Bank,
    account: &str,
    round: usize,
    make: impl FnOnce([Deposit; 2]) -> usize,
) -> Outcome {
    let of_both = format!("00-{:032x}-{:016x}-01", round + 1, round + 1);
    let traceparent = (round % 2 == 1).then_some(&*of_both);
    bank.open_account(account);
    let rolled_back = make(AMOUNTS.map(|amount| Deposit { account, amount, traceparent }));
    let acknowledged = OPENING_BALANCE + AMOUNTS.iter().sum::<i64>();
    Outcome {
        account: account.to_owned(),
        is_of_one_trace: traceparent.is_some(),
        is_lost: bank.balance(account) != acknowledged,
        rolled_back,
    }
}

/// The variables of accounts that lack a deposit.
fn lost<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> BTreeSet<String> {
    let lost = outcomes.filter(|outcome| outcome.is_lost);
    lost.map(|outcome| format!("{}.balance", outcome.account)).collect()
}
