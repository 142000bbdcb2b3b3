//! A deposit: reads the balance, and writes what it is then.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use deadpool_postgres::Pool;
use raceway::RacewayClient;
use serde::Deserialize;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::safeguard::Safeguard;
use crate::turns::{Turn, Turns};

pub(crate) struct Bank {
    pub(crate) raceway: Arc<RacewayClient>,
    pub(crate) sessions: Pool,
    pub(crate) safeguard: Safeguard,
    pub(crate) turns: Arc<Turns>,
}

#[derive(Deserialize)]
pub(crate) struct Deposit {
    account: String,
    amount: i64,
}

/// 409 is for whoever should try again.
pub(crate) async fn deposit(
    State(bank): State<Arc<Bank>>,
    headers: HeaderMap,
    Json(deposit): Json<Deposit>,
) -> (StatusCode, Json<()>) {
    let start = Instant::now();
    let status = match bank.book(&deposit, bank.turns.of(&headers)).await {
        Ok(()) => StatusCode::OK,
        Err(error) if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {
            StatusCode::CONFLICT
        }
        Err(error) => panic!("{error:?}"),
    };
    let milliseconds = u64::try_from(start.elapsed().as_millis()).expect("a short time");
    bank.raceway.track_http_response(status.as_u16(), milliseconds);
    (status, Json(()))
}

impl Bank {
    /// A read is recorded when it has been answered, and a write when it is committed: what is rolled back
    /// was never written.
    async fn book(&self, Deposit { account, amount }: &Deposit, turn: Turn) -> Result<(), Error> {
        let balance_of = format!("{account}.balance");
        let row_lock = Some(format!("accounts/{account}"))
            .filter(|_| self.safeguard == Safeguard::RecordedRowLock);
        let mut session = self.sessions.get().await.expect("a session");

        turn.next().await;
        let transaction = session.build_transaction();
        let transaction = transaction.isolation_level(self.safeguard.isolation_level());
        let transaction = transaction.start().await?;
        let row = transaction.query_one(self.safeguard.select(), &[account]).await?;
        let balance: i64 = row.get("balance");
        if let Some(row_lock) = &row_lock {
            self.raceway.track_lock_acquire(row_lock, "Row");
        }
        self.raceway.track_state_change(&balance_of, None, balance, "Read");

        turn.next().await;
        let new_balance = balance + amount;
        let update = "UPDATE accounts SET balance = $2 WHERE account = $1";
        transaction.execute(update, &[account, &new_balance]).await?;

        turn.next().await;
        transaction.commit().await?;

        turn.next().await;
        self.raceway.track_state_change(&balance_of, Some(balance), new_balance, "Write");
        if let Some(row_lock) = &row_lock {
            self.raceway.track_lock_release(row_lock, "Row");
        }
        Ok(())
    }
}
