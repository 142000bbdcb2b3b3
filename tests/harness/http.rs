//! HTTP as a client sees it.

use serde_json::Value;
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;

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

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

pub(crate) fn get(url: &str) -> Answer {
    answer(agent().get(url).call().expect("an answer"))
}

pub(crate) fn post(url: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
    let mut request = agent().post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.send(body).expect("an answer"))
}

fn answer(mut response: Response<Body>) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string().expect("a body");
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Answer { status, retry_after, json }
}
