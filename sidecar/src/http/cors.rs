//! Which pages of other origins may ask (CORS).

use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::{Config, WrongSetting};

/// The layer in front of all routes, unless none is wanted. It answers preflights itself, which have no
/// keys. Nothing says that cookies may be sent: no other page reads with somebody's session.
pub(crate) fn layer(config: &Config) -> Result<Option<CorsLayer>, WrongSetting> {
    let server = &config.server;
    let origins = if config.development.cors_allow_all {
        AllowOrigin::any()
    } else if server.cors_enabled {
        origins(&server.cors_origins)?
    } else {
        return Ok(None);
    };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        // Not `*`, which does not stand for `Authorization`.
        .allow_headers(AllowHeaders::mirror_request());
    Ok(Some(layer))
}

fn origins(origins: &[String]) -> Result<AllowOrigin, WrongSetting> {
    if origins.iter().any(|origin| origin == "*") {
        return Ok(AllowOrigin::any());
    }
    let origins = origins.iter().map(|text| origin(text).ok_or_else(wrong));
    Ok(AllowOrigin::list(origins.collect::<Result<Vec<_>, _>>()?))
}

/// As browsers send it, with nothing behind host and port.
fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    (text == format!("{scheme}://{authority}")).then(|| text.parse().ok())?
}

fn wrong() -> WrongSetting {
    let expected = "* or origins such as https://example.com".into();
    WrongSetting { key: "server.cors_origins", expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, is_origin) in [
            ("https://example.com", true),
            ("http://localhost:5173", true),
            ("https://example.com/", false),
            ("https://example.com/page", false),
            ("example.com", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origin(text).is_some(), is_origin, "{text}");
        }
    }
}
