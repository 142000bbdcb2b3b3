//! Figures that the database keeps: answers of them, and how they are counted where the extension does not.

mod session;
mod tables;
mod values;

use std::time::Duration;

use raceway_analysis::figures::Window;
use raceway_analysis::figures::tables as kept;
use raceway_model::Timestamp;

use self::session::{Mode, Session};
pub(super) use self::tables::{NEWEST, newest};
use super::connection::Database;
use crate::delivery::now;
use crate::store::StoreError;
use crate::store::question::{Answer, Question};

/// It takes the extension some 2 µs an event, of which a trace may have millions.
const LIMIT: Duration = Duration::from_mins(5);

impl Database {
    /// Has some of the traces counted that have changed, and says how many.
    pub(crate) async fn update_figures(&self) -> Result<usize, StoreError> {
        const SQL: &str = "SELECT @extschema@.raceway_update_figures()";
        self.expect_all()?;
        let rows = self.query_within(LIMIT, SQL, &[]).await?;
        match rows.first().and_then(|row| row.get::<_, Option<i64>>(0)) {
            Some(counted) => Ok(usize::try_from(counted).unwrap_or(0)),
            // Plain SQL can't.
            None => self.transact(Mode::Counting, kept::count).await,
        }
    }

    /// `None` to what figures don't tell.
    pub(super) async fn answer_of_figures(
        &self,
        question: &Question,
    ) -> Result<Option<Answer>, StoreError> {
        if !question.is_of_figures() {
            return Ok(None);
        }
        let (turn, question) = (self.turn().await?, question.clone());
        let answer = move |session: &mut Session| {
            let _turn = turn;
            answer(session, question)
        };
        self.transact(Mode::Reading, answer).await
    }
}

fn answer(session: &mut Session, question: Question) -> Result<Option<Answer>, StoreError> {
    Ok(Some(match question {
        Question::Services => Answer::Services(kept::services(session)?),
        Question::Health { minutes } => {
            let now = now();
            let window = Window::since(now, minutes.into());
            Answer::Health(kept::service_health(session, &window, now)?)
        }
        Question::Edges => Answer::Edges(kept::edges(session)?),
        Question::Dependencies { service } => {
            Answer::Dependencies(kept::service_dependencies(session, &service)?)
        }
        Question::Hotspots { most } => Answer::Hotspots(kept::hotspots(session, most as usize)?),
        Question::Performance { minutes, most } => {
            let window = before_newest(session.newest()?, now(), minutes);
            Answer::Performance(kept::performance(session, &window, most as usize)?.0)
        }
        Question::Anomalies { trace } => Answer::Anomalies(kept::anomalies_of(session, &trace)?),
        _ => return Ok(None),
    }))
}

/// So many minutes before the newest event. Nothing happens after it: a window without an end is made of whole
/// pages there.
fn before_newest(newest: Option<Timestamp>, now: Timestamp, minutes: u32) -> Window {
    let window = Window::ending(newest, now, minutes.into());
    if newest.is_some_and(|newest| newest > now) {
        return window;
    }
    Window { until: Timestamp::nearest(i64::MAX), ..window }
}
