//! HTTP as a client sees it.

use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body, Error};

/// An answer: status, headers and the JSON of its body.
#[derive(Debug)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// The header, as it was sent.
    pub retry_after: Option<String>,
    /// The body.
    pub json: Value,
}

impl Answer {
    /// `data` of an answer that must be 200 and successful.
    pub fn data(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json);
        assert_eq!(self.json["success"], true, "{}", self.json);
        assert_eq!(self.json["error"], Value::Null, "{}", self.json);
        self.json["data"].clone()
    }

    /// `error` of an answer that must be a failure with this status.
    pub fn error(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.json);
        assert_eq!(self.json["success"], false, "{}", self.json);
        assert_eq!(self.json["data"], Value::Null, "{}", self.json);
        self.json["error"].as_str().expect("an error message").to_owned()
    }
}

/// A client that keeps its connections.
pub struct HttpClient(Agent);

impl HttpClient {
    /// Waits for an answer as long as the limit.
    pub fn new(limit: Option<Duration>) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).timeout_global(limit);
        HttpClient(agent.build().into())
    }

    /// The error is that there was no answer, or only a part of one.
    pub fn try_post(
        &self,
        url: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let mut request = self.0.post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send(body)?)
    }
}

/// An answer as of now: none that was made for somebody else.
pub(crate) fn get(url: &str) -> Answer {
    let request = HttpClient::new(None).0.get(url).header("cache-control", "no-cache");
    answer(request.call().expect("an answer")).expect("a body")
}

/// An answer as a cache sees it.
#[derive(Debug)]
pub struct Tagged {
    /// Of HTTP.
    pub status: u16,
    /// The header, as it was sent.
    pub etag: Option<String>,
    /// The header, as it was sent.
    pub cache_control: Option<String>,
    /// As it was sent.
    pub body: Vec<u8>,
}

/// The answer to a client that has one with this tag.
pub(crate) fn get_unless(url: &str, known: &str) -> Tagged {
    let request = HttpClient::new(None).0.get(url).header("if-none-match", known);
    let mut response = request.call().expect("an answer");
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().expect("a header of text").to_owned())
    };
    let (etag, cache_control) = (header("etag"), header("cache-control"));
    let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body");
    Tagged { status: response.status().as_u16(), etag, cache_control, body }
}

/// Whether there is an answer.
pub(crate) fn answers(url: &str) -> bool {
    HttpClient::new(None).0.get(url).call().is_ok()
}

/// The body of an answer that must be 200, as it came.
pub(crate) fn get_bytes(url: &str, headers: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
    let request =
        headers.iter().fold(ureq::get(url), |request, (name, value)| request.header(*name, *value));
    request.call()?.body_mut().with_config().limit(1 << 30).read_to_vec()
}

pub(crate) fn post(url: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
    HttpClient::new(None).try_post(url, body, headers).expect("an answer")
}

fn answer(mut response: Response<Body>) -> Result<Answer, Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string()?;
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Ok(Answer { status, retry_after, json })
}
