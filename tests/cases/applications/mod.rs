//! Programs as users write them, instrumented with the official SDK (`tests/applications/`): what is found in
//! their events is held against what became of their data.

pub(super) mod application;
mod bank;
mod stage;
mod threads;
mod transactions;

use std::sync::Arc;

use libtest_mimic::Trial;

use crate::World;
use crate::harness::Flavour;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    if !world.flavours().contains(&Flavour::Extension) {
        return Vec::new();
    }
    [transactions::trials(world), threads::trials(world)].into_iter().flatten().collect()
}
