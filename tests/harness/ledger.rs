//! What clients were told, held against what Postgres holds.

use std::io::BufRead;
use std::time::Duration;

use crate::load::{Batches, event_number};
use crate::{Answer, Database};

/// A message names so many batches at most.
const NAMED_BATCHES: usize = 50;

/// A request that was made.
#[derive(Clone, Debug)]
pub struct Post {
    /// Since the clients' start.
    pub at: Duration,
    /// Until the answer.
    pub took: Duration,
    /// What came instead of an acknowledgement.
    pub refusal: Option<Refusal>,
}

/// What a client was told when its batch was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of HTTP; `None` where there was no answer.
    pub status: Option<u16>,
    /// The header, as it was sent.
    pub retry_after: Option<String>,
    /// What was said.
    pub text: String,
}

impl Refusal {
    pub(crate) fn without_answer(text: String) -> Self {
        Refusal { status: None, retry_after: None, text }
    }

    /// That a client should come again, or that nobody was there.
    fn may_come_of_a_fault(&self) -> bool {
        matches!(self.status, None | Some(503))
    }
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        let Answer { status, retry_after, json } = answer;
        Refusal { status: Some(status), retry_after, text: json.to_string() }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Batch {
    #[default]
    NotSent,
    Sent,
    Acknowledged,
}

/// Batches sent and acknowledged, and every request.
#[derive(Debug, Default)]
pub struct Ledger {
    events: Batches,
    batches: Vec<Batch>,
    acknowledged: usize,
    refused: usize,
    posts: Vec<Post>,
}

/// What a database holds of the events of a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events that clients were told are safe.
    pub acknowledged: u64,
    /// Rows of `events`.
    pub stored: u64,
    /// Acknowledged, and not there.
    pub missing: u64,
    /// Rows that are there for the second time.
    pub stored_again: u64,
    /// Rows that nobody sent.
    pub unknown: u64,
}

impl Ledger {
    pub(crate) fn new(events: Batches) -> Self {
        Ledger { events, ..Ledger::default() }
    }

    pub(crate) fn note_sent(&mut self, batch: u64) {
        let batch = index(batch);
        if self.batches.len() <= batch {
            self.batches.resize(batch + 1, Batch::NotSent);
        }
        if self.batches[batch] == Batch::NotSent {
            self.batches[batch] = Batch::Sent;
        }
    }

    pub(crate) fn note_answer(&mut self, batch: u64, post: Post) {
        let state = &mut self.batches[index(batch)];
        if post.refusal.is_some() {
            self.refused += 1;
        } else if *state != Batch::Acknowledged {
            *state = Batch::Acknowledged;
            self.acknowledged += 1;
        }
        self.posts.push(post);
    }

    pub(crate) fn acknowledged_batches(&self) -> usize {
        self.acknowledged
    }

    pub(crate) fn refused_posts(&self) -> usize {
        self.refused
    }

    /// Every request, in the order of the answers.
    pub fn posts(&self) -> &[Post] {
        &self.posts
    }

    /// What was answered instead of an acknowledgement.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.posts.iter().filter_map(|post| post.refusal.as_ref())
    }

    /// Every acknowledged event is stored, each once, and nothing else that nobody sent; `traces`
    /// counts them right. The clients and the spool must be done.
    pub fn assert_kept(&self, database: &Database) -> Tally {
        for refusal in self.refusals() {
            assert!(refusal.may_come_of_a_fault(), "a valid batch was refused: {refusal:?}");
        }
        let tally = self.tally(database);
        assert!(tally.acknowledged > 0, "nothing was acknowledged");
        let wrong = (tally.missing, tally.stored_again, tally.unknown);
        assert_eq!(wrong, (0, 0, 0), "{tally:?}, missing: {}", self.missing(database));
        database.assert_traces_are_true();
        tally
    }

    /// Compares; says what it finds.
    pub fn tally(&self, database: &Database) -> Tally {
        let mut tally = Tally::default();
        let rows = self.rows_of_events(database, &mut tally.unknown);
        for (batch, state) in self.batches.iter().enumerate() {
            for rows in self.rows_of(batch, &rows) {
                tally.stored += u64::from(*rows);
                match state {
                    Batch::NotSent => tally.unknown += u64::from(*rows),
                    Batch::Sent => {}
                    Batch::Acknowledged => {
                        tally.acknowledged += 1;
                        tally.missing += u64::from(*rows == 0);
                    }
                }
                tally.stored_again += u64::from(rows.saturating_sub(1));
            }
        }
        tally
    }

    /// How many rows each event has, by its number.
    fn rows_of_events(&self, database: &Database, unknown: &mut u64) -> Vec<u32> {
        let mut rows = vec![0; self.batches.len() * index(self.events.size)];
        for id in stored_ids(database) {
            let number = event_number(&id).and_then(|number| usize::try_from(number).ok());
            match number.and_then(|number| rows.get_mut(number)) {
                Some(count) => *count += 1,
                None => *unknown += 1,
            }
        }
        rows
    }

    fn rows_of<'a>(&self, batch: usize, rows: &'a [u32]) -> &'a [u32] {
        let size = index(self.events.size);
        &rows[batch * size..(batch + 1) * size]
    }

    /// For the message of a failed check: how much of which batches.
    fn missing(&self, database: &Database) -> String {
        let rows = self.rows_of_events(database, &mut 0);
        let missing = self.batches.iter().enumerate().filter_map(|(batch, state)| {
            let missing = self.rows_of(batch, &rows).iter().filter(|&&rows| rows == 0).count();
            let is_lost = *state == Batch::Acknowledged && missing > 0;
            is_lost.then(|| format!("{missing} of batch {batch}"))
        });
        missing.take(NAMED_BATCHES).collect::<Vec<_>>().join(", ")
    }
}

/// The ids of all events, as they come.
pub fn stored_ids(database: &Database) -> Vec<String> {
    let mut client = database.connect();
    let copy = client.copy_out("COPY (SELECT event_id FROM events) TO STDOUT").expect("COPY");
    copy.lines().map(|line| line.expect("a row")).collect()
}

pub(crate) fn index(number: u64) -> usize {
    usize::try_from(number).expect("an index")
}
