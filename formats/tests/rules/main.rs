//! What each format's readers expect, of random programs: whatever they did, and however their events tell of it.

mod case;
mod fork;
mod perfetto;
mod shiviz;
mod spans;

use case::each;

#[test]
fn slices_of_a_track_nest_and_arrows_lead_forward() {
    each(perfetto::check);
}

#[test]
fn clocks_of_a_log_count_from_one_and_say_what_happened_before_what() {
    each(shiviz::check);
}

#[test]
fn spans_have_every_event_once_and_name_what_is_there() {
    each(spans::check);
}
