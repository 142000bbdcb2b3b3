//! What goes wrong between a read and a write.

use super::Classic;
use super::program::{acquire, classic, read, release, request, write};
use crate::program::{Step, Strand};

const BALANCE: usize = 0;
const MUTEX: usize = 0;

/// Two requests read a balance, and both write what they make of it.
#[must_use]
pub fn lost_update() -> Classic {
    let about = "Two requests read a balance, and each writes its sum: the first sum is lost.";
    let deposit = || request([read(BALANCE), write(BALANCE)]);
    classic("lost-update", about).variables(&["balance"]).run([deposit(), deposit()], "abab")
}

/// Each of two doctors sees that the other is on call, and goes home; every access is under a lock.
#[must_use]
pub fn write_skew() -> Classic {
    let about =
        "Each of two doctors sees that the other is on call and goes off: nobody is on call.";
    let leave = |own: usize| {
        let steps = [read(0), read(1), write(own)];
        request(steps.into_iter().flat_map(under_mutex).collect::<Vec<Step>>())
    };
    classic("write-skew", about)
        .variables(&["alice_on_call", "bob_on_call"])
        .mutexes(&["roster"])
        .run([leave(0), leave(1)], "aaaaaabbbbbbaaabbb")
}

fn under_mutex(step: Step) -> [Step; 3] {
    [acquire(MUTEX), step, release(MUTEX)]
}

/// A request reads what another has written and then writes anew.
#[must_use]
pub fn dirty_read() -> Classic {
    let about = "A request reads a balance that another has written for now and takes back.";
    let transfer = request([write(BALANCE), write(BALANCE)]);
    classic("dirty-read", about)
        .variables(&["balance"])
        .run([transfer, request([read(BALANCE)])], "aba")
}

/// A request reads twice, and sees two values.
#[must_use]
pub fn non_repeatable_read() -> Classic {
    let about = "A request reads a balance twice, and another writes it in between.";
    let report = request([read(BALANCE), read(BALANCE)]);
    classic("non-repeatable-read", about)
        .variables(&["balance"])
        .run([report, request([write(BALANCE)])], "aba")
}

/// A lost update in which each access is under a lock.
#[must_use]
pub fn lock_read_unlock_lock_write_unlock() -> Classic {
    let about = "Each access is under the lock, which is released between the read and the write.";
    let deposit = || -> Strand {
        let steps = [read(BALANCE), write(BALANCE)];
        request(steps.into_iter().flat_map(under_mutex).collect::<Vec<Step>>())
    };
    classic("lock-read-unlock-lock-write-unlock", about)
        .variables(&["balance"])
        .mutexes(&["balance_lock"])
        .run([deposit(), deposit()], "aaabbbaaabbb")
}
