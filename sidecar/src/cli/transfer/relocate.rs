//! `raceway-sidecar move`

use std::io::{self, Read};

use super::MoveArgs;
use super::import::store;
use super::place::Place;
use super::tally::Tally;
use crate::cli::{CommandError, stdout};
use crate::config::Config;
use crate::store::StoreError;
use crate::store::chunks::Chunks;
use crate::store::export::ExportFilter;

/// While clients go on sending to the old store, every pass finds something new.
const MAX_PASSES: usize = 5;

/// Copies everything, then what has come meanwhile, until a pass finds nothing new. The new store
/// tells what it has already: no pass has to know what was sent before.
pub(crate) async fn run(config: &Config, args: MoveArgs) -> Result<(), CommandError> {
    let from = Place::at(config, &args.from, args.cacert.as_deref()).await?;
    let to = Place::at(config, &args.to, args.cacert.as_deref()).await?;
    let mut printed = Ok(());
    for pass in 1..=MAX_PASSES {
        let (tally, read) = copy(&from, &to).await?;
        // It goes on when nobody reads this any more.
        printed = printed.and(stdout::print(format_args!("pass {pass}: {tally}")));
        read.map_err(CommandError::CutOff)?;
        // A full store finds the same events new again and again.
        if tally.new == 0 || tally.evicted > 0 {
            return tally.into_result().and(printed);
        }
    }
    Err(CommandError::StillWritten)
}

/// What became of the events that could be read, and whether all could.
async fn copy(from: &Place, to: &Place) -> Result<(Tally, Result<(), StoreError>), StoreError> {
    let export = from.export(&ExportFilter::default()).await?;
    let (tally, read) = store(Text::of(export), to.clone()).await?;
    let unreadable = |error: io::Error| {
        error.downcast().unwrap_or_else(|error| StoreError::Internal(error.to_string()))
    };
    Ok((tally, read.map_err(unreadable)))
}

/// An export, read by a thread that may block.
struct Text {
    export: Chunks,
    chunk: io::Cursor<Vec<u8>>,
}

impl Text {
    fn of(export: Chunks) -> Self {
        Text { export, chunk: io::Cursor::default() }
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.chunk.read(buffer)? {
                0 => match self.export.blocking_next() {
                    None => return Ok(0),
                    Some(Ok(chunk)) => self.chunk = io::Cursor::new(chunk),
                    Some(Err(error)) => return Err(io::Error::other(error)),
                },
                length => return Ok(length),
            }
        }
    }
}
