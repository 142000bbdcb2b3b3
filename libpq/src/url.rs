//! Connection URLs, which are not quite those of the web: there may be several hosts.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>

use crate::{Pairs, ParameterError};

/// What follows the scheme, if this is a URL.
pub(crate) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

/// The parameters of a URL without its scheme.
pub(crate) fn parse(text: &str) -> Result<Pairs, ParameterError> {
    let mut pairs = Vec::new();
    let (user_info, rest) = split_user_info(text)?;
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (hosts, ports) = split_hosts(hosts)?;
    for (name, value) in [("user", user), ("password", password), ("dbname", database)] {
        push(&mut pairs, name, &decode(value)?);
    }
    push(&mut pairs, "host", &decode(&hosts)?);
    push(&mut pairs, "port", &decode(&ports)?);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        pairs.push(query_pair(pair)?);
    }
    Ok(pairs)
}

/// Parts that are empty are not given.
fn push(pairs: &mut Pairs, name: &str, value: &str) {
    if !value.is_empty() {
        pairs.push((name.to_owned(), value.to_owned()));
    }
}

/// As libpq does, up to the first `@` before the first `/`. An `@` after that belongs to a password
/// that was not encoded: libpq would look for a host that is no host.
fn split_user_info(text: &str) -> Result<(&str, &str), ParameterError> {
    let authority = text.split('/').next().unwrap_or_default();
    let Some((user_info, _)) = authority.split_once('@') else {
        let path = text.split('?').next().unwrap_or_default();
        return match path.find('@') {
            Some(_) => Err(misplaced_at()),
            None => Ok(("", text)),
        };
    };
    let rest = &text[user_info.len() + 1..];
    let hosts = rest.split(['/', '?']).next().unwrap_or_default();
    match hosts.find('@') {
        Some(_) => Err(misplaced_at()),
        None => Ok((user_info, rest)),
    }
}

/// What is around it may be of a password, and is not shown.
fn misplaced_at() -> ParameterError {
    ParameterError::Url { part: "@".into(), expected: "only one, before the host" }
}

/// `host:port,host:port` as the lists that the parameters `host` and `port` are.
fn split_hosts(text: &str) -> Result<(String, String), ParameterError> {
    let hosts = text.split(',').map(split_host).collect::<Result<Vec<_>, _>>()?;
    let (hosts, ports): (Vec<&str>, Vec<&str>) = hosts.into_iter().unzip();
    let ports =
        if ports.iter().all(|port| port.is_empty()) { String::new() } else { ports.join(",") };
    Ok((hosts.join(","), ports))
}

fn split_host(text: &str) -> Result<(&str, &str), ParameterError> {
    let wrong = |expected| ParameterError::Url { part: text.to_owned(), expected };
    let (host, port) = match text.strip_prefix('[') {
        Some(address) => {
            let (host, after) = address.split_once(']').ok_or_else(|| wrong("a closing ]"))?;
            match after.strip_prefix(':') {
                None if !after.is_empty() => return Err(wrong(": or / after ]")),
                port => (host, port.unwrap_or_default()),
            }
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    if host.contains(['[', ']']) {
        return Err(wrong("a host in place of the [placeholder]"));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParameterError::Url { part: ":".into(), expected: "a number as the port" });
    }
    Ok((host, port))
}

fn query_pair(pair: &str) -> Result<(String, String), ParameterError> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, "="));
    if value.contains('=') {
        let expected = "name=value, with = in the value as %3D";
        return Err(ParameterError::Url { part: name.to_owned(), expected });
    }
    match (decode(name)?, decode(value)?) {
        // As JDBC spells it.
        (name, value) if name == "ssl" && value == "true" => {
            Ok(("sslmode".into(), "require".into()))
        }
        pair => Ok(pair),
    }
}

fn decode(text: &str) -> Result<String, ParameterError> {
    // It may be of a password: it is not shown.
    let wrong =
        || ParameterError::Url { part: "%".into(), expected: "two hexadecimal digits after it" };
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let digits = str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.filter(|&byte| byte != 0).ok_or_else(wrong)?);
        rest = after;
    }
    String::from_utf8(decoded).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::{parse, without_scheme};

    fn shown(text: &str) -> String {
        let pairs = parse(without_scheme(text).expect("a URL")).expect(text);
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn urls_of_libpqs_documentation() {
        for (url, expected) in [
            ("postgresql://", ""),
            ("postgresql://localhost", "host=localhost"),
            ("postgresql://localhost:5433", "host=localhost port=5433"),
            ("postgresql://localhost/mydb", "dbname=mydb host=localhost"),
            ("postgresql://user@localhost", "user=user host=localhost"),
            ("postgresql://user:secret@localhost", "user=user password=secret host=localhost"),
            (
                "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
                "user=other dbname=otherdb host=localhost connect_timeout=10 application_name=myapp",
            ),
            (
                "postgresql://host1:123,host2:456/somedb?target_session_attrs=any",
                "dbname=somedb host=host1,host2 port=123,456 target_session_attrs=any",
            ),
            (
                "postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff",
                "user=user dbname=mydb host=localhost port=5433 options=-c synchronous_commit=off",
            ),
            ("postgresql:///mydb?host=localhost&port=5433", "dbname=mydb host=localhost port=5433"),
            ("postgresql://[2001:db8::1234]/database", "dbname=database host=2001:db8::1234"),
            (
                "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
                "dbname=dbname host=/var/lib/postgresql",
            ),
            ("postgres://u:a%40b%2F@h?ssl=true", "user=u password=a@b/ host=h sslmode=require"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_not_shown() {
        for password in ["se@cret", "se/cret", "1/se@cret", "se%cret", "1/secret"] {
            let error =
                parse(&format!("u:{password}@host:5432/db")).expect_err(password).to_string();
            assert!(error.contains("%40") && !error.contains("cret"), "{error}");
        }
    }

    #[test]
    fn a_placeholder_is_refused() {
        let error =
            parse("postgres:p@db.[project].supabase.co:5432/postgres").expect_err("[project]");
        assert!(error.to_string().contains("placeholder"), "{error}");
    }
}
