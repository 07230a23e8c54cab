//! Whether the engine has subnets left for the networks that will be made. Pure.

use super::super::facts::Question;
use super::super::finding::{Finding, Topic};
use crate::engine::Subnet;
use crate::error::Class;

/// Where an engine takes subnets from when nobody says otherwise: 15 of 65,536 addresses and 16 of 4,096.
const BUILT_IN: [(&str, u8); 7] = [
    ("172.17.0.0/16", 16),
    ("172.18.0.0/16", 16),
    ("172.19.0.0/16", 16),
    ("172.20.0.0/14", 16),
    ("172.24.0.0/14", 16),
    ("172.28.0.0/14", 16),
    ("192.168.0.0/16", 20),
];
/// More than this are not counted one by one.
const ENOUGH: usize = 1024;

pub(super) fn pools(question: &Question<'_>) -> Finding {
    let subnets = subnets(question);
    let used = |subnet: &Subnet| {
        let taken = question.around.subnets.iter().chain(&question.routes);
        taken.into_iter().any(|other| other.overlaps(*subnet))
    };
    let free = subnets.iter().filter(|subnet| !used(subnet)).count();
    let all = subnets.len();
    let need = question.wanted.as_ref().map_or(1, |wanted| wanted.new_networks);
    let seen = format!("{free} of {all} subnets are free");
    let advice = "remove networks that nobody needs (docker network prune), or add default-address-pools to the engine's daemon.json";
    if all == 0 {
        return Finding::unknown(Topic::AddressPools, "the engine's address pools are not understood");
    }
    if free < need {
        let networks = if need == 1 { "one network".to_owned() } else { format!("{need} networks") };
        let seen = format!("{seen}, and {networks} will be made");
        // Without a stack nothing is refused: it may need no network of its own.
        return Finding::problem(Topic::AddressPools, Class::Engine, seen).advise(advice);
    }
    if need > 0 && free == need {
        return Finding::warning(Topic::AddressPools, format!("{seen}: none is left after this")).advise(advice);
    }
    if question.host.is_some() {
        // Routes of another host are not seen, and an engine leaves them out.
        return Finding::ok(Topic::AddressPools, format!("{seen} of other networks"));
    }
    Finding::ok(Topic::AddressPools, seen)
}

fn subnets(question: &Question<'_>) -> Vec<Subnet> {
    let own = question.engine.address_pools.iter().filter(|pool| pool.base.is_v4());
    let own: Vec<Subnet> = own.flat_map(|pool| pool.base.split(pool.size, ENOUGH)).take(ENOUGH).collect();
    if !question.engine.address_pools.is_empty() {
        return own;
    }
    let base = |(base, size): &(&str, u8)| base.parse::<Subnet>().map(|base| base.split(*size, ENOUGH));
    BUILT_IN.iter().filter_map(|pool| base(pool).ok()).flatten().collect()
}
