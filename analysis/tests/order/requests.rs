//! Random requests, as SDKs record them.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::drafts::{Clock, Draft};

/// Requests of services that call each other, each counting its steps from 1, and which step came before
/// which.
pub(crate) fn requests() -> impl Strategy<Value = (Vec<Draft>, Vec<(String, String)>)> {
    let step = (0_usize..6, any::<bool>(), 0_usize..3, any::<bool>());
    (vec(step, 1..40), any::<bool>()).prop_map(|(steps, is_lossy)| {
        let mut requests: Vec<Request> =
            (0..3).map(|number| Request::new(number, number % 2)).collect();
        let (mut drafts, mut happened) = (Vec::new(), Vec::new());
        for (place, &(request, calls, service, is_lost)) in steps.iter().enumerate() {
            let request = request % requests.len();
            let (draft, before) = requests[request].step(place);
            happened.extend(before.map(|before| (before, draft.id.clone())));
            if calls && requests.len() < 8 {
                let callee = requests[request].call(requests.len(), service);
                requests.push(callee);
            }
            if !(is_lossy && is_lost) {
                drafts.push(draft);
            }
        }
        let is_kept = |id: &String| drafts.iter().any(|draft| draft.id == *id);
        let lost: Vec<String> = happened.iter().map(|pair| pair.1.clone()).collect();
        let happened = bridged(happened, lost.into_iter().filter(|id| !is_kept(id)));
        let happened = happened.into_iter().filter(|(a, b)| is_kept(a) && is_kept(b)).collect();
        (drafts, happened)
    })
}

/// Pairs through events that are lost.
fn bridged(
    mut pairs: Vec<(String, String)>,
    lost: impl Iterator<Item = String>,
) -> Vec<(String, String)> {
    for lost in lost {
        let before: Vec<_> = pairs.iter().filter(|pair| pair.1 == lost).cloned().collect();
        let after: Vec<_> = pairs.iter().filter(|pair| pair.0 == lost).cloned().collect();
        for (first, _) in &before {
            pairs.extend(after.iter().map(|(_, last)| (first.clone(), last.clone())));
        }
    }
    pairs
}

struct Request {
    number: usize,
    service: String,
    last: Option<String>,
    upstream: Option<String>,
    caller: Option<String>,
    clock: Clock,
}

impl Request {
    fn new(number: usize, service: usize) -> Self {
        let service = ["bank", "shop", "mail"][service].to_owned();
        let (last, upstream, caller) = (None, None, None);
        Request { number, service, last, upstream, caller, clock: Clock::new() }
    }

    fn call(&self, number: usize, service: usize) -> Self {
        let mut callee = Request::new(number, service);
        callee.upstream = Some(format!("span {}", self.number));
        callee.caller.clone_from(&self.last);
        callee.clock.clone_from(&self.clock);
        callee.clock.remove(&format!("{}#1", callee.service));
        callee
    }

    /// The next event, and what came right before it.
    fn step(&mut self, place: usize) -> (Draft, Option<String>) {
        *self.clock.entry(format!("{}#1", self.service)).or_default() += 1;
        let id = format!("e{place:02}");
        let parent = self.last.replace(id.clone());
        let before = parent.clone().or(self.caller.clone());
        let draft = Draft {
            id,
            parent,
            time: i64::try_from(place).expect("few"),
            service: self.service.clone(),
            instance: Some("1".to_owned()),
            thread: Some(format!("thread {}", self.number)),
            span: Some(format!("span {}", self.number)),
            upstream: self.upstream.clone(),
            language: Some("python".to_owned()),
            clock: self.clock.clone(),
            ..Draft::default()
        };
        (draft, before)
    }
}
