//! A request's body on its way to where it is stored.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use raceway_model::Timestamp;

use crate::room::Share;

/// A request's body, and where it came from. It may go from hand to hand: to Postgres, then to the
/// spool because Postgres is away.
pub(crate) struct Delivery {
    /// As it was sent, decompressed.
    pub(crate) text: String,
    /// The client that sent it.
    pub(crate) source: IpAddr,
    /// When it arrived.
    pub(crate) received_at: Timestamp,
    /// How often Postgres has failed over it while it took others.
    pub(crate) failures: u32,
    /// Its share of the memory for requests, given back when it is dropped.
    room: Mutex<Option<Share>>,
}

impl Delivery {
    /// One that has arrived now.
    pub(crate) fn new(text: String, source: IpAddr, room: Share) -> Self {
        let room = Mutex::new(Some(room));
        Delivery { text, source, received_at: now(), failures: 0, room }
    }

    /// One that was kept: it takes no part of the memory for requests.
    pub(crate) fn kept(
        text: String,
        source: IpAddr,
        received_at: Timestamp,
        failures: u32,
    ) -> Self {
        Delivery { text, source, received_at, failures, room: Mutex::default() }
    }

    /// One that this process has read from a file.
    pub(crate) fn of_ourselves(text: String) -> Self {
        Delivery::kept(text, Ipv4Addr::LOCALHOST.into(), now(), 0)
    }

    /// Works through the text. A large one takes so long that others would wait for the thread: the
    /// runtime is told to have them served by another.
    pub(crate) fn read<'a, T>(&'a self, work: impl FnOnce(&'a str) -> T) -> T {
        /// Read in a millisecond or less.
        const SMALL_BYTES: usize = 256 * 1024;
        if self.text.len() <= SMALL_BYTES {
            return work(&self.text);
        }
        tokio::task::block_in_place(|| work(&self.text))
    }

    /// For one that is kept in memory, by bounds of its own.
    pub(crate) fn give_room_back(&self) {
        self.room.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Postgres takes no text with U+0000. In JSON it is as wrong as any other control character.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{1}") } else { text }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since_1970.as_micros()).unwrap_or_default();
    Timestamp::from_micros(micros).expect("a clock between the years 1970 and 9999")
}
