//! Random programs: what the analysis reports of their events is what is true of them, no more and no less.
//!
//! `RACEWAY_PROGRAMS=1000000 RACEWAY_SEED=… cargo test --release -p raceway-analysis --test truth` is the long
//! form. A failure tells the seed of a program, which alone is run by `RACEWAY_PROGRAMS=1 RACEWAY_SEED=…`, and
//! prints the smallest program that fails as what could be posted to `POST /events`.

mod case;
mod interleavings;
mod locks;
mod order;
mod races;

use case::each_program;

#[test]
fn the_order_is_what_the_events_tell() {
    each_program(order::check);
}

#[test]
fn the_locks_are_those_that_were_held() {
    each_program(locks::check);
}

#[test]
fn the_races_are_all_pairs_that_race_and_no_others() {
    each_program(races::check);
}

#[test]
fn the_interleavings_are_all_triples_that_no_serial_order_has() {
    each_program(interleavings::check);
}
