//! The bank: its accounts in a database of its own, and whoever deposits there.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use super::application::{Application, Lines, expect_line};
use super::stage::Stage;
use crate::World;
use crate::harness::{Flavour, HttpClient};

/// What every account holds at first.
pub(super) const OPENING_BALANCE: i64 = 100;

const LIMIT: Duration = Duration::from_secs(30);

pub(super) struct Bank {
    application: Mutex<Application>,
    url: String,
    http: HttpClient,
    accounts: Mutex<Client>,
    turns: Arc<Turns>,
}

/// Who deposits what where.
#[derive(Clone, Copy)]
pub(super) struct Deposit<'d> {
    pub(super) account: &'d str,
    pub(super) amount: i64,
    /// The trace that the client continues; else each request starts its own.
    pub(super) traceparent: Option<&'d str>,
}

impl Bank {
    pub(super) fn open(world: &World, stage: &Stage, safeguard: &str) -> Self {
        let database = world.cluster().create_for(Flavour::Extension);
        let mut accounts = database.connect();
        let table = "CREATE TABLE accounts (account text PRIMARY KEY, balance bigint NOT NULL)";
        accounts.batch_execute(table).expect("a table");
        let arguments = [stage.url(), &database.to_string(), safeguard];
        let (application, mut lines) = Application::start("bank", &arguments);
        let url = expect_line(&mut lines, "listening on ") + "/deposits";
        let turns = Arc::<Turns>::default();
        follow(lines, Arc::clone(&turns));
        Bank {
            application: application.into(),
            url,
            http: HttpClient::new(Some(LIMIT)),
            accounts: accounts.into(),
            turns,
        }
    }

    pub(super) fn open_account(&self, account: &str) {
        let sql = "INSERT INTO accounts VALUES ($1, $2)";
        self.accounts().execute(sql, &[&account, &OPENING_BALANCE]).expect("an account");
    }

    pub(super) fn balance(&self, account: &str) -> i64 {
        let sql = "SELECT balance FROM accounts WHERE account = $1";
        self.accounts().query_one(sql, &[&account]).expect("an account").get(0)
    }

    /// Whether a deposit is acknowledged; if not, it was rolled back.
    pub(super) fn deposit(&self, deposit: Deposit) -> bool {
        self.post(deposit, None)
    }

    /// Makes deposits whose steps follow each other in this order, which names them by their places; says
    /// which were acknowledged.
    pub(super) fn deposit_in_turns(&self, deposits: [Deposit; 2], order: &[usize]) -> [bool; 2] {
        let names = [0, 1].map(|place| format!("{}/{place}", deposits[place].account));
        self.turns.begin(&names);
        thread::scope(|scope| {
            let requests = [0, 1].map(|place| {
                let name = &names[place];
                let deposit = deposits[place];
                scope.spawn(move || {
                    let is_acknowledged = self.post(deposit, Some(name));
                    self.turns.update(name, |turn| turn.has_ended = true);
                    is_acknowledged
                })
            });
            self.await_rest();
            for &place in order {
                self.turns.update(&names[place], |turn| turn.granted += 1);
                self.application.lock().expect("the bank").say(&names[place]);
                self.await_rest();
            }
            requests.map(|request| request.join().expect("an answer"))
        })
    }

    /// Ends the bank.
    pub(super) fn close(self) {
        self.application.into_inner().expect("the bank").end();
    }

    fn post(&self, deposit: Deposit, turn: Option<&str>) -> bool {
        let Deposit { account, amount, traceparent } = deposit;
        let body = format!(r#"{{"account": "{account}", "amount": {amount}}}"#);
        let headers = [("x-turn", turn), ("traceparent", traceparent)];
        let headers: Vec<(&str, &str)> =
            headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let answer = self.http.try_post(&self.url, body.as_bytes(), &headers).expect("an answer");
        assert!(matches!(answer.status, 200 | 409), "{}", answer.status);
        answer.status == 200
    }

    /// Waits until each request is about to take a step that it may not take yet, has ended, or waits for a
    /// lock in Postgres.
    fn await_rest(&self) {
        let start = Instant::now();
        loop {
            let under_way = self.turns.under_way();
            if under_way == 0 || under_way == self.blocked() {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{under_way} requests go on");
            self.turns.await_change();
        }
    }

    /// How many requests wait for a lock.
    fn blocked(&self) -> usize {
        let sql = "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE NOT granted AND datname = current_database()";
        let count: i64 = self.accounts().query_one(sql, &[]).expect("pg_locks").get(0);
        usize::try_from(count).expect("a count")
    }

    fn accounts(&self) -> MutexGuard<'_, Client> {
        // Whoever fails with it has not harmed it.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the requests are that take their steps in turns.
#[derive(Default)]
struct Turns {
    by_name: Mutex<BTreeMap<String, Turn>>,
    changed: Condvar,
}

#[derive(Default)]
struct Turn {
    /// How many steps it may take.
    granted: usize,
    /// How many steps it has taken or is about to take.
    begun: usize,
    has_ended: bool,
}

impl Turns {
    fn begin(&self, names: &[String]) {
        let turns = names.iter().map(|name| (name.clone(), Turn::default()));
        *self.by_name.lock().expect("turns") = turns.collect();
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut Turn)) {
        change(self.by_name.lock().expect("turns").get_mut(name).expect("its turn"));
        self.changed.notify_all();
    }

    fn under_way(&self) -> usize {
        let turns = self.by_name.lock().expect("turns");
        turns.values().filter(|turn| !turn.has_ended && turn.begun <= turn.granted).count()
    }

    /// Waits for a change, or a moment: Postgres does not say when a request is blocked.
    fn await_change(&self) {
        let turns = self.by_name.lock().expect("turns");
        let _ = self.changed.wait_timeout(turns, Duration::from_millis(1)).expect("turns");
    }
}

fn follow(lines: Lines, turns: Arc<Turns>) {
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let name = line.strip_prefix("next ").expect("a step").to_owned();
            turns.update(&name, |turn| turn.begun += 1);
        }
    });
}
