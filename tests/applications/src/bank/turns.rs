//! Lets a test say in which order requests take their steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::sync::Semaphore;

/// The steps that each request may still take, by its name.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<Semaphore>>>);

/// The turn of a request. One without a name takes its steps as it comes.
pub(crate) struct Turn(Option<(String, Arc<Semaphore>)>);

impl Turns {
    /// The turn of the request that these headers name.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Turn {
        let name = headers.get("x-turn").map(|name| name.to_str().expect("a name").to_owned());
        Turn(name.map(|name| (name.clone(), self.steps(name))))
    }

    /// Each line of standard input is the name of a request that may take a step.
    pub(crate) async fn grant(&self) {
        let mut lines = BufReader::new(stdin()).lines();
        while let Some(name) = lines.next_line().await.expect("standard input") {
            self.steps(name).add_permits(1);
        }
    }

    fn steps(&self, name: String) -> Arc<Semaphore> {
        let mut turns = self.0.lock().expect("turns");
        Arc::clone(turns.entry(name).or_insert_with(|| Arc::new(Semaphore::new(0))))
    }
}

impl Turn {
    /// Says that the request is about to take its next step, and waits until it may.
    pub(crate) async fn next(&self) {
        if let Turn(Some((name, steps))) = self {
            println!("next {name}");
            steps.acquire().await.expect("it is never closed").forget();
        }
    }
}
