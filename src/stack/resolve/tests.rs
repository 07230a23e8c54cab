//! The resolver against every architecture and against every kind of mistake.

use proptest::prelude::*;
use uuid::Uuid;

use super::resolve;
use crate::architecture::{Choice, Database, build};
use crate::spec::{PairMode, RedundancySpec, ReverseProxySpec, Spec, dump_json, dump_yaml, load};
use crate::stack::{Architecture, Edition, Network, Node, ProxyMode, Role, Stack, Transport};

fn choice(arch: Architecture) -> Choice {
    Choice { stack_id: Some(Uuid::from_u128(7)), ..Choice::of("demo", arch) }
}

fn stack(choice: &Choice) -> Stack {
    resolve(&build(choice).unwrap()).unwrap()
}

fn problems(spec: &Spec) -> String {
    resolve(spec).unwrap_err().to_string()
}

fn redundant_scale_out() -> Choice {
    Choice { frontends: Some(2), redundant: Some("backend".into()), ..choice(Architecture::ScaleOut) }
}

fn names(stack: &Stack) -> Vec<(&str, u16)> {
    stack.gateways.iter().map(|g| (g.name.as_str(), g.http_port.get())).collect()
}

#[test]
fn a_redundant_scale_out_has_the_documented_names_order_ports_and_links() {
    let stack = stack(&redundant_scale_out());
    assert_eq!(
        names(&stack),
        [("frontend-1", 9088), ("frontend-2", 9089), ("backend", 9090), ("backend-backup", 9091)]
    );
    let links: Vec<_> = stack.links.iter().map(ToString::to_string).collect();
    assert_eq!(
        links,
        [
            "frontend-1 -> backend",
            "frontend-1 -> backend-backup",
            "frontend-2 -> backend",
            "frontend-2 -> backend-backup"
        ]
    );
    assert!(stack.network_split);
    assert!(stack.gateways.iter().all(|g| g.networks == [Network::Frontend, Network::Backend]));
    let [_, _, master, backup] = stack.gateways.as_slice() else { panic!("four gateways") };
    assert_eq!(master.node, Node::Master { backup: backup.name.clone() });
    assert_eq!(backup.node, Node::Backup { master: master.name.clone() });
    assert_eq!(stack.system_name(backup).as_str(), "backend");
    assert_eq!(stack.services.len(), 1);
    assert_eq!(stack.services[0].networks, [Network::Backend]);
    assert!(stack.gateways.iter().all(|g| g.attachments.len() == 1));
    assert!(stack.gateways.iter().all(|g| stack.takes_part(g)));
}

#[test]
fn one_frontend_carries_no_number_and_spokes_always_do() {
    assert_eq!(names(&stack(&choice(Architecture::ScaleOut))), [("frontend", 9088), ("backend", 9089)]);
    let one = Choice { spokes: Some(1), ..choice(Architecture::HubAndSpoke) };
    assert_eq!(names(&stack(&one)), [("hub", 9088), ("spoke-1", 9089)]);
    let none = Choice { spokes: Some(0), ..choice(Architecture::HubAndSpoke) };
    assert_eq!(names(&stack(&none)), [("hub", 9088)]);
}

#[test]
fn spokes_run_edge_hold_no_database_and_link_to_both_hubs() {
    let six = Choice { spokes: Some(6), redundant: Some("hub".into()), ..choice(Architecture::HubAndSpoke) };
    let stack = stack(&six);
    assert_eq!(stack.gateways.len(), 8);
    assert_eq!(stack.links.len(), 12);
    assert_eq!(stack.gateways.last().map(|g| (g.name.as_str(), g.http_port.get())), Some(("hub-backup", 9095)));
    assert!(!stack.network_split);
    for gateway in &stack.gateways {
        let edge = gateway.role == Role::Spoke;
        assert_eq!(gateway.edition == Edition::Edge, edge);
        assert_eq!(gateway.attachments.is_empty(), edge);
        assert_eq!(gateway.networks, [Network::Default]);
    }
}

#[test]
fn an_edge_only_stack_has_no_database() {
    let edge =
        Choice { edge_role: Some("gateway".into()), redundant: Some("gateway".into()), ..choice(Architecture::Basic) };
    let stack = stack(&edge);
    assert!(stack.services.is_empty());
    assert!(stack.gateways.iter().all(|g| g.edition == Edition::Edge));
    assert_eq!(stack.pairs.len(), 1);
    assert!(stack.links.is_empty());
}

#[test]
fn identities_are_stable_and_differ_between_gateways_and_stacks() {
    let one = stack(&redundant_scale_out());
    let other = stack(&Choice { stack_id: Some(Uuid::from_u128(8)), ..redundant_scale_out() });
    let ids = |s: &Stack| s.gateways.iter().map(|g| s.gateway_uuid(&g.name)).collect::<Vec<_>>();
    assert_eq!(ids(&one), ids(&stack(&redundant_scale_out())));
    let mut all = [ids(&one), ids(&other)].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 8);
}

/// Each row: what is done to a good spec, and what the one problem must say.
#[test]
fn every_mistake_is_named_with_its_path() {
    type Break = fn(&mut Spec);
    let table: [(&str, Break); 30] = [
        ("version: is 2", |s| s.version = 2),
        ("stack_id: is missing", |s| s.stack_id = None),
        ("name: \"De mo\"", |s| s.name = "De mo".into()),
        ("ignition_image: \"a b\"", |s| s.ignition_image = Some("a b".into())),
        ("ignition_image: \"-rm\"", |s| s.ignition_image = Some("-rm".into())),
        ("timezone: ", |s| s.timezone = Some("UTC\n".into())),
        ("admin_username: ", |s| s.admin_username = Some("  ".into())),
        ("bind_address: \"localhost\" is not", |s| s.bind_address = Some("localhost".into())),
        ("reverse_proxy.network: \"demo_backend\" is a network of this stack", |s| {
            let network = Some("demo_backend".into());
            s.reverse_proxy = Some(ReverseProxySpec { mode: ProxyMode::External, network, path: None, address: None });
        }),
        ("gateways: a stack has at least one", |s| s.gateways.clear()),
        ("gateways[1].name: \"b_1\"", |s| s.gateways[1].name = "b_1".into()),
        ("gateways[1].name: frontend-1 is used twice", |s| s.gateways[1].name = "frontend-1".into()),
        ("gateways[0].role: scale-out has no role hub; it has: frontend, backend", |s| s.gateways[0].role = Role::Hub),
        ("gateways[0].http_port: 0 is not", |s| s.gateways[0].http_port = 0),
        ("gateways[0].http_port: 70000 is not", |s| s.gateways[0].http_port = 70_000),
        ("gateways[1].http_port: 9088 is frontend-1's", |s| s.gateways[1].http_port = 9088),
        ("gateways[0].memory_mb: 12", |s| s.gateways[0].memory_mb = Some(12)),
        ("gateways[0].modules: ", |s| s.gateways[0].modules.push("x".into())),
        ("gateways[0].disable_builtins[0]: \"visoin\" is not known; did you mean vision?", |s| {
            s.gateways[0].disable_builtins.push("visoin".into());
        }),
        ("gateways[0].disable_builtins[1]: postgresql-jdbc-driver is what its database db is reached with", |s| {
            s.gateways[0].disable_builtins = vec!["vision".into(), "postgresql-jdbc-driver".into()];
        }),
        ("gateways[0].disable_builtins[0]: phone-notification does not come with Ignition 8.3.6", |s| {
            s.ignition_image = Some("inductiveautomation/ignition:8.3.6".into());
            s.gateways[0].disable_builtins.push("phone-notification".into());
        }),
        ("gateways[0].disable_builtins: is turned into the list of modules that may run", |s| {
            s.ignition_image = Some("inductiveautomation/ignition:latest".into());
            s.gateways[0].disable_builtins.push("vision".into());
        }),
        ("gateways[0].disable_builtins: goes into GATEWAY_MODULES_ENABLED, which env sets as well", |s| {
            s.gateways[0].disable_builtins.push("vision".into());
            drop(s.gateways[0].env.insert("GATEWAY_MODULES_ENABLED".into(), String::new()));
        }),
        ("gateways[0].env: \"A-B\" is not", |s| drop(s.gateways[0].env.insert("A-B".into(), "1".into()))),
        ("gateways[0].env: GATEWAY_ADMIN_PASSWORD is a secret", |s| {
            drop(s.gateways[0].env.insert("GATEWAY_ADMIN_PASSWORD".into(), "x".into()));
        }),
        ("gateways[0].networks: must name networks", |s| s.gateways[0].networks = Some(vec![Network::Default])),
        ("gateways[0].gan_outgoing[0]: there is no gateway \"x\"", |s| s.gateways[0].gan_outgoing = vec!["x".into()]),
        ("gateways[0].gan_outgoing[0]: a gateway does not link to itself", |s| {
            s.gateways[0].gan_outgoing = vec!["frontend-1".into()];
        }),
        ("gateways[0].services[0].instance: there is no service instance \"y\"", |s| {
            s.gateways[0].services[0].instance = "y".into();
        }),
        ("service_instances[0].service: \"oracle\" is not in the catalogue; known: postgres", |s| {
            s.service_instances[0].service = "oracle".into();
        }),
    ];
    let good = build(&redundant_scale_out()).unwrap();
    resolve(&good).unwrap();
    for (expected, spoil) in table {
        let mut spec = good.clone();
        spoil(&mut spec);
        let told = problems(&spec);
        assert!(told.contains(expected), "wanted {expected:?} in:\n{told}");
    }
}

#[test]
fn disabled_modules_are_kept_each_once_and_shared_by_a_pair() {
    let mut spec = build(&redundant_scale_out()).unwrap();
    spec.gateways[2].disable_builtins = ["vision", "sfc", "vision"].map(str::to_owned).to_vec();
    let stack = resolve(&spec).unwrap();
    let slugs = |i: usize| stack.gateways[i].disabled.iter().map(|module| module.slug).collect::<Vec<_>>();
    assert_eq!((slugs(0).len(), slugs(2), slugs(3)), (0, vec!["vision", "sfc"], vec!["vision", "sfc"]));
    assert_eq!(resolve(&stack.dump()).unwrap(), stack);
}

#[test]
fn mistakes_about_pairs_are_named() {
    type Break = fn(&mut Spec);
    let pair = |mode, peer: &str| Some(RedundancySpec { mode, peer: Some(peer.into()), gan_port: None });
    let table: [(&str, Break); 9] = [
        ("a frontend scales out and is not paired; in scale-out the backend may be redundant", |s| {
            s.gateways[0].redundancy = s.gateways[2].redundancy.take();
        }),
        ("a gateway is not its own backup", |s| {
            s.gateways[2].redundancy.as_mut().unwrap().peer = Some("backend".into());
        }),
        ("there is no gateway elsewhere", |s| {
            s.gateways[2].redundancy.as_mut().unwrap().peer = Some("elsewhere".into());
        }),
        ("must be mode backup with peer backend", |s| {
            s.gateways[2].redundancy.as_mut().unwrap().peer = Some("frontend-2".into());
        }),
        ("both nodes of a pair have one edition", |s| {
            let dumped = resolve(s).unwrap().dump();
            *s = dumped;
            s.gateways[3].ignition_edition = Edition::Edge;
        }),
        ("both nodes of a pair have one set of modules", |s| {
            let dumped = resolve(s).unwrap().dump();
            *s = dumped;
            s.gateways[3].disable_builtins.push("vision".into());
        }),
        ("is 8060 on a tls gateway network", |s| {
            s.gateway_network = Transport::Tls;
            s.gateways[2].redundancy.as_mut().unwrap().gan_port = Some(8088);
        }),
        ("is 8088 on a plain gateway network", |s| s.gateways[2].redundancy.as_mut().unwrap().gan_port = Some(8060)),
        ("backend runs Edge, a leaf edition", |s| s.gateways[2].ignition_edition = Edition::Edge),
    ];
    let good = build(&redundant_scale_out()).unwrap();
    for (expected, spoil) in table {
        let mut spec = good.clone();
        spoil(&mut spec);
        let told = problems(&spec);
        assert!(told.contains(expected), "wanted {expected:?} in:\n{told}");
    }
    let mut orphan = good;
    orphan.gateways[2].redundancy = pair(PairMode::Backup, "frontend-1");
    assert!(problems(&orphan).contains("is not a master that names this gateway as its peer"));
}

#[test]
fn all_problems_come_at_once() {
    let mut spec = build(&redundant_scale_out()).unwrap();
    spec.name = "X".into();
    spec.gateways[0].http_port = 0;
    spec.gateways[1].memory_mb = Some(1);
    assert_eq!(resolve(&spec).unwrap_err().0.len(), 3);
}

fn any_choice() -> impl Strategy<Value = Choice> {
    let arch = prop_oneof![Just(Architecture::Basic), Just(Architecture::ScaleOut), Just(Architecture::HubAndSpoke)];
    let split = proptest::option::of(any::<bool>());
    let tls = proptest::option::of(prop_oneof![Just(Transport::Plain), Just(Transport::Tls)]);
    (arch, 1u32..40, any::<bool>(), any::<bool>(), split, any::<bool>(), 1u16..60_000, tls).prop_map(
        |(arch, n, edge, redundant, split, database, base, gateway_network)| {
            let edge_role = match arch {
                Architecture::Basic => "gateway",
                Architecture::ScaleOut => "frontend",
                Architecture::HubAndSpoke => "spoke",
            };
            Choice {
                frontends: (arch == Architecture::ScaleOut).then_some(n),
                spokes: (arch == Architecture::HubAndSpoke).then_some(n),
                gateway_network,
                network_split: split.filter(|_| arch != Architecture::Basic),
                edge_role: Some(if edge { edge_role } else { "none" }.into()),
                redundant: redundant.then(|| arch.redundant_role().word().into()),
                database: Some(if database { Database::Postgres } else { Database::None }),
                base_port: Some(base),
                ..choice(arch)
            }
        },
    )
}

proptest! {
    #[test]
    fn a_dump_resolves_to_the_same_stack_through_json_and_yaml(choice in any_choice()) {
        let spec = build(&choice).unwrap();
        let stack = resolve(&spec).unwrap();
        let dump = stack.dump();
        prop_assert_eq!(&resolve(&dump).unwrap(), &stack);
        prop_assert_eq!(&load(&dump_json(&dump)).unwrap().spec, &dump);
        prop_assert_eq!(&load(&dump_yaml(&dump)).unwrap().spec, &dump);
    }

    #[test]
    fn every_resolved_stack_is_sound(choice in any_choice()) {
        let stack = resolve(&build(&choice).unwrap()).unwrap();
        let mut ports: Vec<_> = stack.gateways.iter().map(|g| g.http_port).collect();
        ports.sort_unstable();
        ports.dedup();
        prop_assert_eq!(ports.len(), stack.gateways.len());
        for link in &stack.links {
            prop_assert!(stack.gateway(&link.from).is_some());
            prop_assert_eq!(stack.gateway(&link.to).map(|g| g.edition), Some(Edition::Standard));
            let pair = stack.pairs.iter().find(|p| p.master == link.to || p.backup == link.to);
            if let Some(pair) = pair {
                for node in [&pair.master, &pair.backup] {
                    prop_assert!(stack.links.iter().any(|l| l.from == link.from && &l.to == node));
                }
            }
        }
        for gateway in &stack.gateways {
            prop_assert!(gateway.edition == Edition::Standard || gateway.attachments.is_empty());
        }
    }
}
