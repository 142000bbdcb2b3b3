//! What is in order, and what only looks so.

use super::Classic;
use super::program::{call, classic, read, request, start, task, write};
use crate::program::Step;

const DATA: usize = 0;
const MESSAGE: usize = 0;
const ACKNOWLEDGEMENT: usize = 1;

/// The sender writes again without waiting until the receiver has read.
#[must_use]
pub fn message_passing() -> Classic {
    let about = "A producer fills a buffer, sends a message and fills it again, while it is read.";
    let producer = request([write(DATA), Step::Send(MESSAGE), write(DATA)]);
    let consumer = request([Step::Receive(MESSAGE), read(DATA)]);
    classic("message-passing", about).variables(&["buffer"]).run([producer, consumer], "aabba")
}

/// The sender waits until the receiver has read.
#[must_use]
pub fn message_passing_with_acknowledgement() -> Classic {
    let about = "A producer fills a buffer again after the consumer has answered that it read it.";
    let producer =
        request([write(DATA), Step::Send(MESSAGE), Step::Receive(ACKNOWLEDGEMENT), write(DATA)]);
    let consumer = request([Step::Receive(MESSAGE), read(DATA), Step::Send(ACKNOWLEDGEMENT)]);
    classic("message-passing-with-acknowledgement", about)
        .variables(&["buffer"])
        .run([producer, consumer], "aabbbaa")
}

/// A request adds up what its tasks have written, after they ended.
#[must_use]
pub fn fork_and_join() -> Classic {
    let about = "A request waits for its two tasks and reads what they wrote.";
    let waits = vec![Step::Join(1), Step::Join(2), read(0), read(1)];
    forks("fork-and-join", about, waits, "aabcaaaa")
}

/// A request adds up what its tasks write, and doesn't wait for them.
#[must_use]
pub fn fork_without_join() -> Classic {
    let about = "A request reads what its two tasks write without waiting for them.";
    forks("fork-without-join", about, vec![read(0), read(1)], "aabcaa")
}

fn forks(name: &'static str, about: &'static str, rest: Vec<Step>, order: &str) -> Classic {
    let steps = [vec![start(&[1, 2]), Step::Work], rest].concat();
    let tasks = [task([write(0)]), task([write(1)])];
    classic(name, about)
        .variables(&["left", "right"])
        .run([vec![request(steps)], tasks.into()].concat(), order)
}

/// A request is sent again after it was answered: both write, one after the other.
#[must_use]
pub fn retry_after_an_answer() -> Classic {
    let about = "A payment fails, which is answered; the caller sends it again.";
    let steps = [start(&[1]), Step::Work, Step::Join(1), start(&[2]), Step::Work, Step::Join(2)];
    payments("retry-after-an-answer", about, &steps, "aabaaaca")
}

/// A request is sent again although the first may still be at work.
#[must_use]
pub fn retry_after_a_timeout() -> Classic {
    let about = "A payment is not answered in time and sent again, while the first is at work.";
    let steps = [start(&[1]), Step::Work, start(&[2]), Step::Work];
    payments("retry-after-a-timeout", about, &steps, "aabaac")
}

fn payments(name: &'static str, about: &'static str, caller: &[Step], order: &str) -> Classic {
    let payment = || call([write(DATA)]);
    classic(name, about).variables(&["payment"]).run([request(caller), payment(), payment()], order)
}
