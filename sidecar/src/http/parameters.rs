//! Parameters of a request: what follows the `?`, and what is in the path. Each is parsed by its type;
//! what is wrong with one is said in one way.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use raceway_model::Timestamp;
use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use utoipa::openapi::{Object, RefOr, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::error::ApiError;
use crate::store::question::Period;

/// What follows the `?`. `T` has a field for each parameter, and denies unknown ones.
pub(super) struct Parameters<T>(pub(super) T);

/// Where there are none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// A window of more minutes is cut to this: a hundred years.
pub(super) const MAX_MINUTES: u32 = 100 * 366 * 24 * 60;

/// `?from=&until=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PeriodParameters {
    /// Events since then.
    #[param(inline)]
    from: Option<Instant>,
    /// Events before then.
    #[param(inline)]
    until: Option<Instant>,
}

impl From<PeriodParameters> for Period {
    fn from(PeriodParameters { from, until }: PeriodParameters) -> Self {
        period(from, until)
    }
}

pub(super) fn period(from: Option<Instant>, until: Option<Instant>) -> Period {
    let time = |instant: Option<Instant>| instant.map(|Instant(time)| time);
    Period { from: time(from), until: time(until) }
}

/// The id in the path.
#[derive(IntoParams)]
#[into_params(names("trace_id"), parameter_in = Path)]
pub(super) struct TraceId(#[param(example = "t1")] pub(super) String);

/// The name of a variable in the path.
#[derive(IntoParams)]
#[into_params(names("variable"), parameter_in = Path)]
pub(super) struct Variable(#[param(example = "x")] pub(super) String);

/// The name of a service in the path.
#[derive(IntoParams)]
#[into_params(names("service"), parameter_in = Path)]
pub(super) struct Service(#[param(example = "bank")] pub(super) String);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parse(parts.uri.query().unwrap_or_default()).map(Parameters).map_err(ApiError::from)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TraceId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        named("trace_id", parts, state).await.map(TraceId)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Variable {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        named("variable", parts, state).await.map(Variable)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Service {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        named("service", parts, state).await.map(Service)
    }
}

/// What stands in the path where its route has this name.
async fn named<S: Send + Sync>(
    name: &str,
    parts: &mut Parts,
    state: &S,
) -> Result<String, ApiError> {
    let Path(mut found) = Path::<HashMap<String, String>>::from_request_parts(parts, state).await?;
    Ok(found.remove(name).unwrap_or_default())
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        match &rejection {
            PathRejection::FailedToDeserializePathParams(error)
                if let ErrorKind::InvalidUtf8InPathParam { key } = error.kind() =>
            {
                ApiError::bad_request(format!("{key}: expected UTF-8, percent-encoded"))
            }
            _ => ApiError::bad_request("the path: expected its names, percent-encoded"),
        }
    }
}

impl From<Wrong> for ApiError {
    fn from(Wrong(expected): Wrong) -> Self {
        ApiError::bad_request(expected)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Wrong> {
    let sent = form_urlencoded::parse(query.as_bytes());
    let sent = sent.map(|(name, text)| (name.clone(), Parameter { name, text }));
    T::deserialize(MapDeserializer::new(sent))
}

/// A whole number, at least as large as this.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Cow<str>")]
pub(super) struct Whole<const LEAST: u32>(pub(super) u32);

impl<const LEAST: u32> TryFrom<Cow<'_, str>> for Whole<LEAST> {
    type Error = String;

    fn try_from(text: Cow<str>) -> Result<Self, String> {
        let number = text.parse().ok().filter(|&number| number >= LEAST);
        number
            .map(Whole)
            .ok_or_else(|| format!("expected a whole number from {LEAST} to {}", u32::MAX))
    }
}

impl<const LEAST: u32> Whole<LEAST> {
    /// What is sent, cut to the most; the usual where nothing is.
    pub(super) fn or(sent: Option<Self>, usual: u32, most: u32) -> u32 {
        sent.map_or(usual, |Whole(number)| number.min(most))
    }
}

impl<const LEAST: u32> PartialSchema for Whole<LEAST> {
    fn schema() -> RefOr<Schema> {
        let number = Object::builder().schema_type(Type::Integer);
        number.minimum(Some(LEAST)).maximum(Some(u32::MAX)).into()
    }
}

impl<const LEAST: u32> ToSchema for Whole<LEAST> {}

/// A point in time.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Cow<str>")]
pub(super) struct Instant(pub(super) Timestamp);

impl TryFrom<Cow<'_, str>> for Instant {
    type Error = &'static str;

    fn try_from(text: Cow<str>) -> Result<Self, &'static str> {
        Timestamp::parse(&text).map(Instant).ok_or("expected an RFC 3339 date-time")
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        Timestamp::schema()
    }
}

impl ToSchema for Instant {}

/// A parameter, as a deserializer of its type.
struct Parameter<'a> {
    name: Cow<'a, str>,
    text: Cow<'a, str>,
}

impl<'de> Deserializer<'de> for Parameter<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(&self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let name = self.name.clone();
        visitor.visit_some(self).map_err(|Wrong(expected)| Wrong(format!("{name}: {expected}")))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Wrong> for Parameter<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// What is wrong with the parameters: what was expected.
#[derive(Debug, PartialEq, Eq)]
struct Wrong(String);

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(expected: T) -> Self {
        Wrong(expected.to_string())
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        Wrong(match expected {
            [] => format!("{name}: expected no parameters"),
            _ => format!("{name}: no such parameter: expected {}", expected.join(", ")),
        })
    }

    fn missing_field(name: &'static str) -> Self {
        Wrong(format!("{name}: expected once"))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Wrong(format!("{name}: expected once"))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Some {
        page: Option<Whole<1>>,
        from: Option<Instant>,
        #[serde(alias = "title")]
        name: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Needed {
        #[expect(dead_code, reason = "it is missing")]
        name: String,
    }

    #[test]
    fn each_parameter_is_parsed_by_its_type() {
        let from = Timestamp::parse("2026-11-22T12:00:00Z").map(Instant);
        for (query, page, from, name) in [
            ("", None, None, None),
            ("&", None, None, None),
            ("page=1", Some(Whole(1)), None, None),
            ("page=4294967295&name=", Some(Whole(u32::MAX)), None, Some("")),
            ("from=2026-11-22T12%3A00:00Z&title=a+b%26c", None, from, Some("a b&c")),
        ] {
            let name = name.map(str::to_owned);
            assert_eq!(parse(query), Ok(Some { page, from, name }), "{query}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_was_expected() {
        for (query, expected) in [
            ("page=0", "page: expected a whole number from 1 to 4294967295"),
            ("page=", "page: expected a whole number from 1 to 4294967295"),
            ("page=x&name=a", "page: expected a whole number from 1 to 4294967295"),
            ("from=yesterday", "from: expected an RFC 3339 date-time"),
            ("pages=1", "pages: no such parameter: expected page, from, name, title"),
            ("name=a&title=b", "name: expected once"),
        ] {
            assert_eq!(parse::<Some>(query), Err(Wrong(expected.into())), "{query}");
        }
        let missing = parse::<Needed>("title=a").expect_err("no name");
        assert_eq!(missing, Wrong("name: expected once".into()));
        let none = parse::<NoParameters>("page=1").expect_err("a parameter");
        assert_eq!(none, Wrong("page: expected no parameters".into()));
    }
}
