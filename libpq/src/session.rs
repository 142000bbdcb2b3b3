//! What a session must be like, for which several hosts are asked until one has it.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS>

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::ParameterError;
use crate::parameters::Parameters;

const CHOICES: [(&str, &[Wanted]); 6] = [
    ("any", &[Wanted::Any]),
    ("read-write", &[Wanted::ReadWrite]),
    ("read-only", &[Wanted::ReadOnly]),
    ("primary", &[Wanted::Primary]),
    ("standby", &[Wanted::Standby]),
    ("prefer-standby", &[Wanted::Standby, Wanted::Any]),
];

/// A kind of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
}

/// `target_session_attrs`: what to look for on all hosts; where none has it, the next.
pub(crate) fn wanted(parameters: &Parameters) -> Result<&'static [Wanted], ParameterError> {
    let expected = "any, read-write, read-only, primary, standby or prefer-standby";
    let wanted = parameters.choice("target_session_attrs", &CHOICES, expected)?;
    Ok(wanted.unwrap_or(&[Wanted::Any]))
}

impl Wanted {
    /// Asks the server; the second error says what it is instead.
    pub(crate) async fn check(
        self,
        client: &Client,
    ) -> Result<Result<(), &'static str>, tokio_postgres::Error> {
        const QUERY: &str = "SELECT pg_catalog.current_setting('transaction_read_only'),
                                    pg_catalog.pg_is_in_recovery()";
        if self == Wanted::Any {
            return Ok(Ok(()));
        }
        let messages = client.simple_query(QUERY).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((row.get(0), row.get(1))),
            _ => None,
        });
        let (read_only, in_recovery) = row.unwrap_or_default();
        Ok(self.fits(read_only == Some("on"), in_recovery == Some("t")))
    }

    fn fits(self, is_read_only: bool, is_standby: bool) -> Result<(), &'static str> {
        match self {
            Wanted::ReadWrite if is_read_only => Err("session is read-only"),
            Wanted::ReadOnly if !is_read_only => Err("session is not read-only"),
            Wanted::Primary if is_standby => Err("server is in hot standby mode"),
            Wanted::Standby if !is_standby => Err("server is not in hot standby mode"),
            _ => Ok(()),
        }
    }
}
