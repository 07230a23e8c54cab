//! What comes back through a reverse proxy: right, crossed, dead, strange, and where a pair's fresh clients land.

use super::super::fixture::World;
use super::*;
use crate::gateway::{ActivityLevel, Fault, GwInfo, NodeRole, Seen};
use crate::stack::{Proxy, Route};

/// The healthy stack behind a proxy that leads where it should; the pair's route takes turns.
fn proxied() -> World {
    let mut world = scale_out();
    world.stack.proxy = Some(Proxy { network: "proxy".to_owned(), scaffold: None, address: None });
    for gateway in world.stack.gateways.clone() {
        let answer = Seen::Value(world.gwinfo(gateway.name.as_str()).clone());
        world.routes.insert(own(&world, gateway.name.as_str()), vec![answer]);
    }
    let (master, backup) = (info(&mut world, "backend"), info(&mut world, "backend-backup"));
    let pair = pair(&world);
    world.routes.insert(pair, vec![master.clone(), backup.clone(), master, backup]);
    world
}

fn info(world: &mut World, gateway: &str) -> Seen<GwInfo> {
    Seen::Value(world.gwinfo(gateway).clone())
}

fn own(world: &World, gateway: &str) -> Route {
    world.stack.route(world.stack.gateway(&name(gateway)).unwrap()).unwrap()
}

fn pair(world: &World) -> Route {
    world.stack.pair_route(&world.stack.pairs[0]).unwrap()
}

fn text(check: &Check) -> &str {
    check.verdict.reason().map_or(check.evidence.as_str(), |reason| reason.seen.as_str())
}

#[test]
fn a_proxy_that_leads_where_it_should_is_met_and_says_what_it_cannot_do() {
    let world = proxied();
    let checks = world.judge();
    assert_eq!(unsettled(&checks), [""; 0]);
    let own = find(&checks, "frontend-2", Condition::Route);
    assert_eq!(own.verdict, Verdict::Met);
    assert_eq!(
        own.evidence,
        "http://demo-frontend-2.localtest.me/system/gwinfo at 127.0.0.1:80: PlatformName=frontend-2 Version=8.3.9 \
         RedundancyStatus=Independent, as seen at frontend-2 itself"
    );
    let of_pair = find(&checks, "backend", Condition::PairRoute);
    assert_eq!(of_pair.subject.to_string(), "demo-backend-pair.localtest.me");
    assert!(text(of_pair).contains("backend (Active), backend-backup (Cold)"), "{of_pair:?}");
    let fresh = find(&checks, "backend", Condition::FreshClient);
    assert!(matches!(&fresh.verdict, Verdict::Skipped(why) if why.contains("may land on backend-backup")), "{fresh:?}");
    assert_eq!(summary(&world.stack, &checks).pairs_connected, 1);
    assert_eq!(checks.last().unwrap().condition, Condition::Identities);
}

#[test]
fn fresh_clients_that_all_land_on_the_active_node_are_met() {
    let mut world = proxied();
    let master = info(&mut world, "backend");
    let route = pair(&world);
    world.routes.insert(route, vec![master; 4]);
    assert_eq!(find(&world.judge(), "backend", Condition::FreshClient).verdict, Verdict::Met);
}

#[test]
fn without_a_proxy_there_are_no_routes() {
    let checks = scale_out().judge();
    let of_routes = |c: &&Check| matches!(c.subject, Subject::Route(_));
    assert_eq!(checks.iter().filter(of_routes).count(), 0);
}

#[test]
fn a_proxy_that_was_not_asked_is_not_met() {
    let mut world = proxied();
    world.routes.clear();
    let checks = world.judge();
    for (gateway, condition) in [
        ("frontend-1", Condition::Route),
        ("backend", Condition::Route),
        ("backend", Condition::PairRoute),
        ("backend", Condition::FreshClient),
    ] {
        assert!(is_unknown(find(&checks, gateway, condition)), "{gateway} {condition}");
    }
}

#[test]
fn every_answer_that_is_none_has_its_cause() {
    let table = [
        (Fault::Refused("connection refused".to_owned()), Cause::ProxyNotListening),
        (Fault::Status(404), Cause::RouteUnknown),
        (Fault::Status(502), Cause::RouteDead),
        (Fault::Status(503), Cause::RouteDead),
        (Fault::Status(504), Cause::RouteDead),
        (Fault::TimedOut, Cause::RouteDead),
        (Fault::Broken("eof".to_owned()), Cause::RouteDead),
        (Fault::Status(308), Cause::RouteStranger),
        (Fault::Status(200), Cause::RouteStranger),
        (Fault::Malformed("no ContextStatus in it".to_owned()), Cause::RouteStranger),
        (Fault::TooLarge, Cause::RouteStranger),
    ];
    for (fault, wanted) in table {
        let mut world = proxied();
        for answers in world.routes.values_mut() {
            *answers = vec![Seen::Failed(fault.clone())];
        }
        let checks = world.judge();
        for (gateway, condition) in [("frontend-1", Condition::Route), ("backend", Condition::PairRoute)] {
            let check = find(&checks, gateway, condition);
            assert!(is_pending(check) && cause(check) == Some(wanted), "{fault}: {check:?}");
            assert!(text(check).contains(&fault.to_string()), "{check:?}");
            assert!(check.verdict.reason().unwrap().hopeless_after.is_some());
        }
        assert!(is_unknown(find(&checks, "backend", Condition::FreshClient)));
    }
}

#[test]
fn crossed_routes_are_named_with_both_ends() {
    let mut world = proxied();
    let (one, other) = (info(&mut world, "frontend-1"), info(&mut world, "frontend-2"));
    let (to_one, to_other) = (own(&world, "frontend-1"), own(&world, "frontend-2"));
    world.routes.insert(to_one, vec![other]);
    world.routes.insert(to_other, vec![one]);
    let checks = world.judge();
    let check = find(&checks, "frontend-1", Condition::Route);
    assert!(is_pending(check) && cause(check) == Some(Cause::RouteCrossed), "{check:?}");
    assert_eq!(check.peer, Some(name("frontend-2")));
    let words = Cause::RouteCrossed.text(&check.names(&world.stack));
    assert_eq!(words, "the proxy sends the callers of frontend-1 to frontend-2");
}

#[test]
fn the_nodes_of_a_pair_have_one_name_and_are_told_apart_by_their_role() {
    let mut world = proxied();
    let backup = info(&mut world, "backend-backup");
    let route = own(&world, "backend");
    world.routes.insert(route, vec![backup]);
    let checks = world.judge();
    assert_eq!(find(&checks, "backend", Condition::Route).peer, Some(name("backend-backup")));
}

#[test]
fn a_gateway_of_nobody_is_a_stranger_to_every_route() {
    type Edit = fn(&mut GwInfo);
    let edits: [Edit; 4] = [
        |g| g.platform_name = Some("other".to_owned()),
        |g| g.version = Some("8.3.8".to_owned()),
        |g| g.edition = Some("edge".to_owned()),
        |g| g.role = Some(NodeRole::Backup),
    ];
    for edit in edits {
        let mut world = proxied();
        let (own, pair) = (own(&world, "frontend-1"), pair(&world));
        let mut stranger = world.gwinfo("frontend-1").clone();
        edit(&mut stranger);
        world.routes.insert(own, vec![Seen::Value(stranger.clone())]);
        world.routes.get_mut(&pair).unwrap()[3] = Seen::Value(stranger);
        let checks = world.judge();
        for (gateway, condition) in [("frontend-1", Condition::Route), ("backend", Condition::PairRoute)] {
            let check = find(&checks, gateway, condition);
            assert_eq!(cause(check), Some(Cause::RouteStranger), "{check:?}");
        }
        assert!(is_unknown(find(&checks, "backend", Condition::FreshClient)));
    }
}

#[test]
fn another_gateway_behind_the_pairs_route_is_found() {
    let mut world = proxied();
    let (frontend, route) = (info(&mut world, "frontend-1"), pair(&world));
    world.routes.get_mut(&route).unwrap()[1] = frontend;
    let checks = world.judge();
    let check = find(&checks, "backend", Condition::PairRoute);
    assert_eq!(check.verdict.reason().unwrap().text, "the route ends at frontend-1");
}

#[test]
fn gateways_that_say_the_same_of_themselves_are_not_told_apart() {
    let mut world = proxied();
    let twin = world.gwinfo("frontend-1").clone();
    *world.gwinfo("frontend-2") = twin;
    let checks = world.judge();
    assert!(is_unknown(find(&checks, "frontend-1", Condition::Route)));
}

#[test]
fn a_pairs_route_follows_a_failover_and_must_not_end_at_the_standby_alone() {
    let mut world = proxied();
    let (standby, route) = (info(&mut world, "backend-backup"), pair(&world));
    world.routes.insert(route.clone(), vec![standby; 4]);
    let checks = world.judge();
    let check = find(&checks, "backend", Condition::PairRoute);
    assert!(is_pending(check) && cause(check) == Some(Cause::RouteWithoutActive), "{check:?}");

    world.down("backend", crate::engine::ContainerState::Exited { code: Some(0) });
    world.gwinfo("backend-backup").activity = Some(ActivityLevel::Active);
    let active = info(&mut world, "backend-backup");
    world.routes.insert(route, vec![active; 4]);
    let checks = world.judge();
    assert_eq!(find(&checks, "backend", Condition::PairRoute).verdict, Verdict::Met);
    assert!(
        is_unknown(find(&checks, "backend", Condition::Route)),
        "it cannot be compared with a gateway that is down"
    );
}

#[test]
fn another_port_is_part_of_what_was_asked() {
    let mut world = proxied();
    let proxy = world.stack.proxy.as_mut().unwrap();
    proxy.address = crate::stack::ProxyAddress::parse("proxy.plant:8080");
    let checks = world.judge();
    let seen = text(find(&checks, "frontend-1", Condition::Route));
    assert!(seen.starts_with("http://demo-frontend-1.localtest.me:8080/system/gwinfo at proxy.plant:8080: "), "{seen}");
}
