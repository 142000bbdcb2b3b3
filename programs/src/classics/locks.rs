//! What locks do, and what they don't.

use super::Classic;
use super::program::{acquire, classic, read, release, request, share, write};
use crate::program::{Step, Strand};

const LOCK: usize = 0;

/// The first look at the instance is not under the lock.
#[must_use]
pub fn double_checked_locking() -> Classic {
    let about = "An instance is made under a lock, and others look for it without the lock.";
    let make = request([read(0), acquire(LOCK), read(0), write(0), release(LOCK)]);
    let look = request([read(0)]);
    classic("double-checked-locking", about)
        .variables(&["instance"])
        .mutexes(&["instance_lock"])
        .run([make, look], "aaaaab")
}

/// Readers share the lock, and the writer has it alone.
#[must_use]
pub fn reader_writer_lock() -> Classic {
    let about = "Two readers share a lock, which a writer has for itself.";
    let writer = request([acquire(LOCK), write(0), release(LOCK)]);
    readers("reader-writer-lock", about, writer)
}

/// The writer has taken a read lock.
#[must_use]
pub fn write_under_a_read_lock() -> Classic {
    let about = "A writer takes the lock that readers share as if it were one of them.";
    let writer = request([share(LOCK), write(0), release(LOCK)]);
    readers("write-under-a-read-lock", about, writer)
}

fn readers(name: &'static str, about: &'static str, writer: Strand) -> Classic {
    let reader = || request([share(LOCK), read(0), release(LOCK)]);
    classic(name, about)
        .variables(&["config"])
        .read_write_locks(&["config_lock"])
        .run([reader(), reader(), writer], "aabbabccc")
}

/// Each of three philosophers takes the left fork and then the right one.
#[must_use]
pub fn dining_philosophers() -> Classic {
    let about = "Each of three philosophers takes the left fork first: it went well this time.";
    philosophers("dining-philosophers", about, [(0, 1), (1, 2), (2, 0)])
}

/// The last philosopher takes the right fork first.
#[must_use]
pub fn dining_philosophers_in_order() -> Classic {
    let about = "Each of three philosophers takes the fork of the smaller number first.";
    philosophers("dining-philosophers-in-order", about, [(0, 1), (1, 2), (0, 2)])
}

fn philosophers(name: &'static str, about: &'static str, forks: [(usize, usize); 3]) -> Classic {
    let eat = |(one, other)| {
        request([acquire(one), acquire(other), Step::Work, release(other), release(one)])
    };
    classic(name, about)
        .mutexes(&["fork-1", "fork-2", "fork-3"])
        .run(forks.map(eat), "aaaaabbbbbccccc")
}
