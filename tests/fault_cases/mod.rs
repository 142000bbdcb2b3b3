//! The cases, by what fails.

mod absent;
mod accepted;
mod acknowledged;
mod damage;
mod dead_log;
mod disk_full;
mod garbage;
mod ledger;
mod network;
mod outage;
mod poison;
mod postgres_hangs;
mod postgres_killed;
mod refusing;
mod sidecar_killed;
mod spool;
mod stage;
mod standby;
mod throughput;
mod two_sidecars;

use libtest_mimic::Trial;

/// A case, by its name.
pub(crate) type Case = (&'static str, fn());

/// The long ones first: they run while others come and go.
const TOGETHER: [Case; 29] = [
    ("five_minutes_without_postgres", outage::five_minutes),
    ("what_the_extension_accepts_is_exported", accepted::by_the_extension),
    ("what_plain_sql_accepts_is_exported", accepted::by_plain_sql),
    ("what_memory_accepts_is_exported_or_evicted", accepted::evicted),
    ("postgres_rejects_what_was_acknowledged", acknowledged::by_the_extension),
    ("plain_sql_rejects_what_was_acknowledged", acknowledged::by_plain_sql),
    ("the_reader_of_the_log_is_gone", dead_log::reader_is_gone),
    ("nobody_reads_the_log", dead_log::nobody_reads),
    ("the_disk_of_the_log_is_full", dead_log::on_a_full_disk),
    ("poison_harms_no_neighbour_in_the_extension", poison::by_the_extension),
    ("poison_harms_no_neighbour_in_plain_sql", poison::by_plain_sql),
    ("poison_harms_no_neighbour_in_memory", poison::in_memory),
    ("postgres_hangs", postgres_hangs::hangs),
    ("the_sidecar_is_killed", sidecar_killed::killed),
    ("a_spool_is_truncated", damage::truncated),
    ("a_byte_of_a_spool_is_another", damage::flipped),
    ("postgres_arrives_after_a_minute", absent::a_minute),
    ("a_backend_is_killed", postgres_killed::backend),
    ("postgres_is_killed", postgres_killed::whole),
    ("the_network_is_cut", network::cut),
    ("the_network_is_cut_within_a_request", network::cut_mid_request),
    ("the_network_is_cut_before_the_answer", network::cut_before_the_answer),
    ("two_sidecars_are_killed_in_turn", two_sidecars::killed_in_turn),
    ("a_standby_is_promoted", standby::promoted),
    ("the_disk_of_the_spool_is_full", disk_full::full),
    ("postgres_takes_no_connections", refusing::connections),
    ("postgres_is_read_only", refusing::read_only),
    ("garbage_costs_no_neighbour", garbage::mutated),
    ("the_ledger_sees_what_is_wrong", ledger::sees_what_is_wrong),
];

/// It measures: others would be in the way.
const ALONE: [Case; 1] = [("throughput_without_postgres", throughput::measured)];

/// Those that may run at the same time.
pub(crate) fn together() -> Vec<Trial> {
    trials(&TOGETHER)
}

/// Those that want the machine to themselves.
pub(crate) fn alone() -> Vec<Trial> {
    trials(&ALONE)
}

fn trials(cases: &[Case]) -> Vec<Trial> {
    let trial = |&(name, case): &Case| {
        Trial::test(name, move || {
            case();
            Ok(())
        })
    };
    cases.iter().map(trial).collect()
}
