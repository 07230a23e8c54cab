//! What each flag does to a stack that is there, what it leaves alone, and what it refuses.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::stack::{Network, Stack, Transport, resolve};

fn stack(architecture: Architecture, adapt: impl FnOnce(&mut Choice)) -> Stack {
    let mut choice = Choice { stack_id: Some(Uuid::from_u128(7)), ..Choice::of("demo", architecture) };
    adapt(&mut choice);
    resolve(&build(&choice).unwrap()).unwrap()
}

/// Nothing said of a stack yet.
fn said(stack: &Stack) -> Choice {
    Choice::of("demo", stack.architecture)
}

fn changed(stack: &Stack, wanted: &Choice) -> Result<Stack, String> {
    let mut spec = stack.dump();
    change(&mut spec, wanted).map_err(|problems| problems.to_string())?;
    resolve(&spec).map_err(|problems| problems.to_string())
}

fn names(stack: &Stack) -> Vec<&str> {
    stack.gateways.iter().map(|g| g.name.as_str()).collect()
}

fn ports(stack: &Stack) -> Vec<u16> {
    stack.gateways.iter().map(|g| g.http_port.get()).collect()
}

#[test]
fn nothing_said_changes_nothing() {
    for architecture in Architecture::ALL {
        let before = stack(architecture, |c| c.redundant = Some(architecture.redundant_role().to_string()));
        assert_eq!(changed(&before, &said(&before)).unwrap(), before);
    }
}

#[test]
fn a_stack_grows_without_moving_what_is_there() {
    let before = stack(Architecture::ScaleOut, |c| {
        c.redundant = Some("backend".to_owned());
        c.memory_mb = Some(1024);
    });
    assert_eq!(names(&before), ["frontend", "backend", "backend-backup"]);
    let after = changed(&before, &Choice { frontends: Some(3), ..said(&before) }).unwrap();
    assert_eq!(names(&after), ["frontend", "frontend-2", "frontend-3", "backend", "backend-backup"]);
    assert_eq!(ports(&after), [9088, 9091, 9092, 9089, 9090]);
    for old in &before.gateways {
        assert_eq!(after.gateway(&old.name), Some(old));
    }
    assert_eq!(changed(&after, &Choice { base_port: Some(9088), ..said(&before) }).unwrap(), after);
    let new = &after.gateways[2];
    assert_eq!((new.memory_mb, new.volume.as_str()), (1024, "frontend-3-data"));
    assert_eq!(new.attachments, before.gateways[0].attachments);
    let targets: Vec<_> = after.links_from(&new.name).map(|l| l.to.as_str()).collect();
    assert_eq!(targets, ["backend", "backend-backup"]);
}

#[test]
fn the_last_ones_go_and_come_back_under_their_names() {
    let before = stack(Architecture::HubAndSpoke, |c| c.spokes = Some(3));
    let small = changed(&before, &Choice { spokes: Some(1), ..said(&before) }).unwrap();
    assert_eq!(names(&small), ["hub", "spoke-1"]);
    let again = changed(&small, &Choice { spokes: Some(3), ..said(&before) }).unwrap();
    assert_eq!(again, before);
    let none = changed(&before, &Choice { spokes: Some(0), ..said(&before) }).unwrap();
    assert_eq!(names(&none), ["hub"]);
    assert_eq!(changed(&none, &Choice { spokes: Some(3), ..said(&before) }).unwrap(), before);
}

#[test]
fn a_backend_becomes_a_pair_and_links_follow() {
    let before = stack(Architecture::ScaleOut, |c| c.frontends = Some(2));
    let after = changed(&before, &Choice { redundant: Some("backend".to_owned()), ..said(&before) }).unwrap();
    assert_eq!(names(&after), ["frontend-1", "frontend-2", "backend", "backend-backup"]);
    assert_eq!(after.links.len(), 4);
    assert_eq!(changed(&after, &Choice { redundant: Some("backend".to_owned()), ..said(&before) }).unwrap(), after);
}

#[test]
fn another_transport_takes_the_port_of_the_pair_with_it() {
    let before = stack(Architecture::ScaleOut, |c| c.redundant = Some("backend".to_owned()));
    let to =
        |stack: &Stack, transport| changed(stack, &Choice { gateway_network: Some(transport), ..said(stack) }).unwrap();
    let tls = to(&before, Transport::Tls);
    assert_eq!(tls.transport, Transport::Tls);
    assert_eq!(tls.dump().gateways[1].redundancy.as_ref().unwrap().gan_port, Some(8060));
    assert_eq!(to(&tls, Transport::Plain), before);
}

#[test]
fn the_split_goes_and_comes_with_the_networks_of_all() {
    let before = stack(Architecture::ScaleOut, |_| ());
    let off = changed(&before, &Choice { network_split: Some(false), ..said(&before) }).unwrap();
    assert!(off.gateways.iter().all(|g| g.networks == [Network::Default]));
    assert!(off.services.iter().all(|s| s.networks == [Network::Default]));
    assert_eq!(changed(&off, &Choice { network_split: Some(true), ..said(&before) }).unwrap(), before);
}

#[test]
fn plain_settings_are_set_for_all() {
    let before = stack(Architecture::HubAndSpoke, |c| c.spokes = Some(2));
    let wanted = Choice {
        image: Some("inductiveautomation/ignition:8.3.10".to_owned()),
        base_port: Some(7000),
        bind_address: Some("0.0.0.0".to_owned()),
        memory_mb: Some(3072),
        timezone: Some("Europe/Berlin".to_owned()),
        ..said(&before)
    };
    let after = changed(&before, &wanted).unwrap();
    assert_eq!(
        (after.image.as_str(), after.timezone.as_str()),
        ("inductiveautomation/ignition:8.3.10", "Europe/Berlin")
    );
    assert_eq!(ports(&after), [7000, 7001, 7002]);
    assert!(after.gateways.iter().all(|g| g.memory_mb == 3072) && after.bind_address.is_unspecified());
}

#[test]
fn what_only_a_first_start_reads_is_refused_unless_it_is_so_already() {
    let before = stack(Architecture::HubAndSpoke, |_| ());
    let refused = |wanted: Choice| changed(&before, &wanted).unwrap_err();
    for (wanted, text) in [
        (Choice { architecture: Architecture::Basic, ..said(&before) }, "--arch: the stack is hub-and-spoke"),
        (Choice { edge_role: Some("none".to_owned()), ..said(&before) }, "--edge-role: is spoke"),
        (Choice { database: Some(Database::None), ..said(&before) }, "--database: is postgres"),
        (Choice { admin_username: Some("root".to_owned()), ..said(&before) }, "--admin-username: is \"admin\""),
        (Choice { image: Some(image::simulated("8.3.9")), ..said(&before) }, "--simulate: this stack has real"),
        (Choice { frontends: Some(2), ..said(&before) }, "--frontends: this stack is hub-and-spoke"),
        (Choice { base_port: Some(65_533), ..said(&before) }, "--base-port: ports from 65533 to 65536"),
        (Choice { base_port: Some(0), ..said(&before) }, "--base-port: 0 is not a port"),
        (Choice { redundant: Some("spoke".to_owned()), ..said(&before) }, "--redundant: a spoke scales out instead"),
        (Choice { spokes: Some(u32::MAX), ..said(&before) }, "--spokes: a stack has at most"),
    ] {
        let told = refused(wanted);
        assert!(told.contains(text), "{told}");
    }
    let same = Choice {
        edge_role: Some("spoke".to_owned()),
        database: Some(Database::Postgres),
        admin_username: Some("admin".to_owned()),
        spokes: Some(3),
        network_split: Some(false),
        ..said(&before)
    };
    assert_eq!(changed(&before, &same).unwrap(), before);
    let basic = stack(Architecture::Basic, |_| ());
    assert!(
        changed(&basic, &Choice { network_split: Some(true), ..said(&basic) }).unwrap_err().contains("basic has one")
    );
    assert_eq!(changed(&basic, &Choice { network_split: Some(false), ..said(&basic) }).unwrap(), basic);
}

proptest! {
    /// Any way through sizes ends in a stack of that size, in which every gateway that was never taken away is as it was.
    #[test]
    fn sizes_follow_in_any_order(sizes in proptest::collection::vec(1_u32..12, 1..8), redundant: bool) {
        let mut now = stack(Architecture::ScaleOut, |c| c.redundant = redundant.then(|| "backend".to_owned()));
        for size in sizes {
            let after = changed(&now, &Choice { frontends: Some(size), ..said(&now) }).unwrap();
            let frontends = after.gateways.iter().filter(|g| g.role == Role::Frontend).count();
            prop_assert_eq!(frontends, size as usize);
            for gateway in &after.gateways {
                if let Some(old) = now.gateway(&gateway.name) {
                    prop_assert_eq!(old, gateway);
                }
            }
            now = after;
        }
    }
}
