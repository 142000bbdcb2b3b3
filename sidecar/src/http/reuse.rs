//! Answers that take long to make are given again for a while: ten tabs that poll ask for one of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::AppState;
use super::error::ApiError;
use crate::store::StoreError;

/// An answer that takes less is made anew each time.
const LONG: Duration = Duration::from_millis(500);
/// The next one is made after so many times what one took: of the time, that takes a tenth at most.
const RESTS_TO_WORK: u32 = 10;
/// An older one is given to nobody.
const OLDEST: Duration = Duration::from_mins(1);
/// So many questions have an answer at once.
const MAX_QUESTIONS: usize = 16;

/// The last answers, by what was asked.
#[derive(Clone, Default)]
pub(super) struct Answers(Arc<Mutex<HashMap<String, Arc<Question>>>>);

/// A question, and its last answer.
#[derive(Default)]
struct Question {
    answer: Mutex<Option<Arc<Answer>>>,
    /// Whoever makes the next answer holds it.
    making: Arc<tokio::sync::Mutex<()>>,
}

struct Answer {
    content_type: Option<HeaderValue>,
    body: Bytes,
    asked_at: Instant,
    took: Duration,
    /// Whether Postgres was away.
    is_degraded: bool,
}

/// Gives the last answer to the same URI, with its `Age` in seconds, unless the request has `Cache-Control:
/// no-cache`. While one is given that is due, the next one is made.
pub(super) async fn reuse(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let uri = request.uri().to_string();
    let is_degraded = state.store.state().degraded.is_some();
    let wants_new = wants_new(request.headers());
    let (asked, _) = request.into_parts();
    let make = || next.run(Request::from_parts(asked, Body::empty()));
    Ok(state.answers.answer(uri, is_degraded, wants_new, make).await?)
}

fn wants_new(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.contains("no-cache"))
}

impl Answers {
    async fn answer<F>(
        &self,
        uri: String,
        is_degraded: bool,
        wants_new: bool,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Response, StoreError>
    where
        F: Future<Output = Response> + Send,
    {
        let question = self.question(uri);
        let last = || question.last(is_degraded).filter(|_| !wants_new);
        if let Some(answer) = last() {
            if answer.is_due()
                && let Ok(turn) = Arc::clone(&question.making).try_lock_owned()
            {
                let question = Arc::clone(&question);
                tokio::spawn(async move { question.ask(turn, is_degraded, make).await });
            }
            return Ok(answer.again());
        }
        let turn = Arc::clone(&question.making).lock_owned().await;
        match last() {
            Some(answer) => Ok(answer.again()),
            None => question.ask(turn, is_degraded, make).await,
        }
    }

    fn question(&self, uri: String) -> Arc<Question> {
        let mut questions = self.0.lock();
        if questions.len() >= MAX_QUESTIONS && !questions.contains_key(&uri) {
            questions.clear();
        }
        Arc::clone(questions.entry(uri).or_default())
    }
}

impl Question {
    /// The last answer, unless it is too old, or Postgres has gone away or come back since.
    fn last(&self, is_degraded: bool) -> Option<Arc<Answer>> {
        let answer = self.answer.lock();
        let is_valid = |answer: &&Arc<Answer>| {
            answer.asked_at.elapsed() <= OLDEST && answer.is_degraded == is_degraded
        };
        answer.as_ref().filter(is_valid).map(Arc::clone)
    }

    /// Makes the next answer, and keeps it if that took long. One that was quick ends the one before it.
    async fn ask<F: Future<Output = Response>>(
        &self,
        _turn: OwnedMutexGuard<()>,
        is_degraded: bool,
        make: impl FnOnce() -> F,
    ) -> Result<Response, StoreError> {
        let asked_at = Instant::now();
        let response = make().await;
        let took = asked_at.elapsed();
        if response.status() != StatusCode::OK {
            return Ok(response);
        }
        if took < LONG {
            *self.answer.lock() = None;
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX)
            .await
            .map_err(|error| StoreError::Internal(format!("an answer breaks off: {error}")))?;
        let content_type = parts.headers.get(header::CONTENT_TYPE).cloned();
        let answer = Answer { content_type, body: body.clone(), asked_at, took, is_degraded };
        *self.answer.lock() = Some(Arc::new(answer));
        Ok(Response::from_parts(parts, body.into()))
    }
}

impl Answer {
    /// Whether the next one should be made.
    fn is_due(&self) -> bool {
        self.asked_at.elapsed() > self.took * RESTS_TO_WORK
    }

    fn again(&self) -> Response {
        let mut response = self.body.clone().into_response();
        let headers = response.headers_mut();
        headers.insert(header::AGE, self.asked_at.elapsed().as_secs().into());
        if let Some(content_type) = &self.content_type {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::time::sleep;

    use super::*;

    /// A question to which the answer is how often it was answered before.
    #[derive(Clone)]
    struct Counted {
        answers: Answers,
        made: Arc<AtomicU64>,
        takes: Duration,
    }

    impl Counted {
        fn taking(takes: Duration) -> Self {
            Counted { answers: Answers::default(), made: Arc::default(), takes }
        }

        async fn asked(&self, is_degraded: bool, wants_new: bool) -> (String, Option<String>) {
            let Counted { made, takes, .. } = self.clone();
            let make = move || async move {
                sleep(takes).await;
                made.fetch_add(1, Ordering::Relaxed).to_string().into_response()
            };
            let asking = self.answers.answer("/".into(), is_degraded, wants_new, make);
            let response = asking.await.expect("an answer");
            let age = response.headers().get(header::AGE);
            let age = age.map(|age| age.to_str().expect("digits").to_owned());
            let body = to_bytes(response.into_body(), 100).await.expect("a body");
            (String::from_utf8(body.to_vec()).expect("digits"), age)
        }

        async fn answer(&self) -> String {
            self.asked(false, false).await.0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_answer_is_made_each_time() {
        let counted = Counted::taking(LONG / 2);
        assert_eq!(counted.answer().await, "0");
        assert_eq!(counted.answer().await, "1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_one_is_given_again_while_the_next_is_made() {
        let counted = Counted::taking(Duration::from_secs(1));
        assert_eq!(counted.asked(false, false).await, ("0".into(), None));
        sleep(Duration::from_secs(5)).await;
        assert_eq!(counted.asked(false, false).await, ("0".into(), Some("6".into())));
        sleep(Duration::from_secs(5)).await;
        assert_eq!(counted.answer().await, "0", "due");
        assert_eq!(counted.answer().await, "0", "being made");
        sleep(Duration::from_secs(2)).await;
        assert_eq!(counted.answer().await, "1");
        sleep(OLDEST + Duration::from_secs(1)).await;
        assert_eq!(counted.answer().await, "2", "too old");
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_one_is_not_given_again_once_answers_are_quick() {
        let long = Counted::taking(Duration::from_secs(1));
        assert_eq!(long.answer().await, "0");
        let quick = Counted { takes: LONG / 2, ..long };
        sleep(Duration::from_secs(11)).await;
        assert_eq!(quick.answer().await, "0", "due");
        sleep(LONG).await;
        assert_eq!(quick.answer().await, "2");
        assert_eq!(quick.answer().await, "3");
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_at_once_get_one_answer() {
        let counted = Counted::taking(Duration::from_secs(1));
        let (one, other) = tokio::join!(counted.answer(), counted.answer());
        assert_eq!([one, other], ["0", "0"]);
    }

    #[tokio::test(start_paused = true)]
    async fn none_is_given_again_to_who_wants_a_new_one_or_when_postgres_goes_away() {
        let counted = Counted::taking(Duration::from_secs(1));
        assert_eq!(counted.answer().await, "0");
        assert_eq!(counted.asked(false, true).await.0, "1");
        assert_eq!(counted.asked(true, false).await.0, "2");
    }
}
