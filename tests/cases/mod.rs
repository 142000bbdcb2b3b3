//! The cases, by what they are about.

mod access;
mod across;
mod analysis;
mod applications;
mod backup;
mod clients;
mod clocks;
mod cluster;
mod columns;
mod commands;
mod concurrency;
mod configuration;
mod connections;
mod contract;
mod doctor;
mod documentation;
mod dump;
mod etags;
mod failures;
mod fallback;
mod figures;
mod graph;
mod guide;
mod indexes;
mod lints;
mod listeners;
mod logging;
mod long_traces;
mod memory;
mod migrations;
mod moves;
mod mutations;
mod namespace;
mod openapi;
mod page;
mod parity;
mod partitions;
mod pooler;
mod privileges;
mod quarantine;
mod read_api;
mod retention;
mod settings;
mod snapshot;
mod sql;
mod stream;
mod supabase;
mod tail;
mod takeout;
mod terminal;
mod tls;
mod trace_parts;
mod transfer;
mod truth;
mod ui;
mod upgrades;
mod versions;
mod watch;

use libtest_mimic::Trial;

use crate::World;

pub(crate) fn all() -> Vec<Trial> {
    let world = &World::debian();
    [
        contract::trials(world, &world.stores()),
        parity::trials(world),
        clients::trials(world),
        clocks::trials(world),
        cluster::trials(world),
        access::trials(world),
        listeners::trials(world),
        analysis::trials(world),
        applications::trials(world),
        columns::trials(world),
        configuration::trials(world),
        concurrency::trials(world),
        sql::trials(world),
        read_api::trials(world),
        trace_parts::trials(world),
        takeout::trials(world),
        across::trials(world),
        truth::trials(world),
        etags::trials(world),
        failures::trials(world),
        fallback::trials(world),
        figures::trials(world),
        graph::trials(world),
        guide::trials(world),
        indexes::trials(world),
        memory::trials(world),
        long_traces::trials(world),
        migrations::trials(world),
        upgrades::trials(world),
        moves::trials(world),
        mutations::trials(world),
        namespace::trials(world),
        openapi::trials(world),
        privileges::trials(world),
        quarantine::trials(world),
        partitions::trials(world),
        retention::trials(world),
        settings::trials(world),
        snapshot::trials(world),
        stream::trials(world),
        tail::trials(world),
        transfer::trials(world),
        dump::trials(world),
        terminal::trials(world),
        backup::trials(world),
        tls::trials(world),
        connections::trials(world),
        pooler::trials(world),
        supabase::trials(world),
        lints::trials(world),
        logging::trials(world),
        commands::trials(world),
        ui::trials(world),
        page::trials(world),
        doctor::trials(world),
        documentation::trials(world),
        watch::trials(world),
        versions::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
