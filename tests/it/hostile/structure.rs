//! Files whose values are right one by one and wrong together.

use std::fmt::Write as _;

use super::Case;

/// A scale-out of these gateways, with a database `db` and more lines.
fn file(gateways: &[&str], more: &str) -> String {
    let mut text = String::from("version: 1\nname: demo\narchitecture: scale-out\ngateways:\n");
    for gateway in gateways {
        let _ = writeln!(text, "  - {{{gateway}}}");
    }
    if !more.contains("service_instances") {
        text.push_str("service_instances: [{id: db, service: postgres}]\n");
    }
    text + more
}

const F: &str = "name: f, role: frontend, http_port: 1, gan_outgoing: [b]";
const B: &str = "name: b, role: backend, http_port: 2";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    gateways(&mut cases);
    services(&mut cases);
    pairs(&mut cases);
    whole(&mut cases);
    cases
}

/// The second gateway is wrong beside a good first one.
#[allow(clippy::too_many_lines, reason = "a table")]
fn gateways(cases: &mut Vec<Case>) {
    for (gateway, path, rule) in [
        ("name: b, role: backend, http_port: 1", "gateways[1].http_port", "1 is f's port as well as b's"),
        ("name: f, role: backend, http_port: 2", "gateways[1].name", "f is used twice"),
        ("name: db, role: backend, http_port: 2", "service_instances[0].id", "db is used twice"),
        ("name: seed-b, role: backend, http_port: 2", "gateways[1].name", "are reserved"),
        ("name: b, role: hub, http_port: 2", "gateways[1].role", "it has: frontend, backend"),
        (
            "name: b, role: backend, http_port: 2, gan_outgoing: [b]",
            "gateways[1].gan_outgoing[0]",
            "does not link to itself",
        ),
        (
            "name: b, role: backend, http_port: 2, gan_outgoing: [ghost]",
            "gateways[1].gan_outgoing[0]",
            "there is no gateway",
        ),
        (
            "name: b, role: backend, http_port: 2, gan_outgoing: ['']",
            "gateways[1].gan_outgoing[0]",
            "there is no gateway",
        ),
        ("name: b, role: backend, http_port: 2, ignition_edition: edge", "gateways[0].gan_outgoing[0]", "leaf edition"),
        ("name: b, role: backend, http_port: 2, volume: other", "gateways[1].volume", "is b-data"),
        ("name: b, role: backend, http_port: 2, volume: ../../etc", "gateways[1].volume", "is b-data"),
        ("name: b, role: backend, http_port: 2, networks: [default]", "gateways[1].networks", "networks of this stack"),
        ("name: b, role: backend, http_port: 2, networks: []", "gateways[1].networks", "networks of this stack"),
        ("name: b, role: backend, http_port: 2, networks: [backend, backend]", "gateways[1].networks", "each once"),
        (
            "name: b, role: backend, http_port: 2, services: [{instance: ghost}]",
            "gateways[1].services[0].instance",
            "there is no service",
        ),
        ("name: b, role: backend, http_port: 2, services: [{}]", "gateways[1].services[0].instance", "is missing"),
        (
            "name: b, role: backend, http_port: 2, services: [{instance: db, role: owner}]",
            "gateways[1].services[0].role",
            "not supported yet",
        ),
        (
            "name: b, role: backend, http_port: 2, services: [{instance: db, role: king}]",
            "gateways[1].services[0].role",
            "is not known",
        ),
        (
            "name: b, role: backend, http_port: 2, services: [{instance: db}, {instance: db}]",
            "gateways[1].services[1].instance",
            "at most one database",
        ),
        ("name: b, role: backend, http_port: 2, modules: [x]", "gateways[1].modules", "not supported yet"),
        (
            "name: b, role: backend, http_port: 65535, redundancy: {mode: master}",
            "gateways[1].http_port",
            "no port is left",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, peer: b}",
            "gateways[1].redundancy.peer",
            "not its own backup",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, peer: ghost}",
            "gateways[1].redundancy.peer",
            "there is no gateway ghost",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, peer: f}",
            "gateways[0].redundancy",
            "must be mode backup",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, peer: A}",
            "gateways[1].redundancy.peer",
            "is not a valid name",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: backup, peer: f}",
            "gateways[1].redundancy.peer",
            "is not a master",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: backup, peer: b}",
            "gateways[1].redundancy.peer",
            "is not a master",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: backup}",
            "gateways[1].redundancy.peer",
            "names its master",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: king}",
            "gateways[1].redundancy.mode",
            "known: master, backup",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, colour: red}",
            "gateways[1].redundancy.colour",
            "no such key",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, gan_port: 8060}",
            "gateways[1].redundancy.gan_port",
            "is 8088",
        ),
        (
            "name: b, role: backend, http_port: 2, redundancy: {mode: master, seed_redundancy_xml: true}",
            "gateways[1].redundancy.seed_redundancy_xml",
            "no such key",
        ),
        ("role: backend, http_port: 2", "gateways[1].name", "is missing"),
        ("name: b, http_port: 2", "gateways[1].role", "is missing"),
        ("name: b, role: backend", "gateways[1].http_port", "is missing"),
        ("name: b, role: backend, http_port: 2, colour: red", "gateways[1].colour", "no such key"),
    ] {
        cases.push(Case::file(file(&[F, gateway], ""), path, rule));
    }
}

fn services(cases: &mut Vec<Case>) {
    for (more, path, rule) in [
        (
            "service_instances: [{id: db, service: postgres}, {id: db, service: postgres}]\n",
            "service_instances[1].id",
            "db is used twice",
        ),
        ("service_instances: [{id: admin, service: postgres}]\n", "service_instances[0].id", "secrets/admin-password"),
        ("service_instances: [{id: seed-x, service: postgres}]\n", "service_instances[0].id", "are reserved"),
        ("service_instances: [{id: x, service: mysql}]\n", "service_instances[0].service", "is not supported yet"),
        ("service_instances: [{id: x, service: '../x'}]\n", "service_instances[0].service", "is not in the catalogue"),
        (
            "service_instances: [{id: x, service: postgres, image: '-v'}]\n",
            "service_instances[0].image",
            "not an image reference",
        ),
        (
            "service_instances: [{id: x, service: postgres, password: y}]\n",
            "service_instances[0].password",
            "no such key",
        ),
        (
            "service_instances: [{id: x, service: postgres, env: {POSTGRES_PASSWORD: y}}]\n",
            "service_instances[0].env",
            "is a secret",
        ),
        ("service_instances: [{id: x}]\n", "service_instances[0].service", "is missing"),
        ("service_instances: [{service: postgres}]\n", "service_instances[0].id", "is missing"),
        (
            "reverse_proxy: {mode: external, network: 'a\\nb'}\n",
            "reverse_proxy.network",
            "is not the name of a network",
        ),
        ("reverse_proxy: {mode: scaffold, path: ../../escape}\n", "reverse_proxy.path", "stays in this one"),
        ("reverse_proxy: {mode: scaffold, path: /tmp/escape}\n", "reverse_proxy.path", "is absolute"),
        (
            "reverse_proxy: {mode: scaffold, path: secrets}\n",
            "reverse_proxy.path",
            "a name that the project itself uses",
        ),
        ("admin_password: x\n", "admin_password", "no such key"),
    ] {
        cases.push(Case::file(file(&[F, B], more), path, rule));
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn pairs(cases: &mut Vec<Case>) {
    let master = |name: &str, port: u16, peer: &str| {
        format!("name: {name}, role: backend, http_port: {port}, redundancy: {{mode: master, peer: {peer}}}")
    };
    let backup = |name: &str, port: u16, peer: &str| {
        format!("name: {name}, role: backend, http_port: {port}, redundancy: {{mode: backup, peer: {peer}}}")
    };
    let long = "b".repeat(30);
    for (gateways, path, rule) in [
        (vec![master("a", 1, "b"), master("b", 2, "a")], "gateways[1].redundancy", "must be mode backup"),
        (vec![backup("a", 1, "b"), backup("b", 2, "a")], "gateways[0].redundancy.peer", "is not a master"),
        (
            vec![master("a", 1, "b"), master("b", 2, "c"), master("c", 3, "a")],
            "gateways[1].redundancy",
            "must be mode backup",
        ),
        (vec![master("a", 1, "c"), master("b", 2, "c"), backup("c", 3, "a")], "gateways[2].redundancy", "with peer b"),
        (
            vec![master("a", 1, "c"), backup("b", 2, "a"), backup("c", 3, "a")],
            "gateways[1].redundancy.peer",
            "is not a master",
        ),
        (
            vec![master("a", 1, "b"), format!("{}, ignition_edition: edge", backup("b", 2, "a"))],
            "gateways[1].ignition_edition",
            "one edition",
        ),
        (
            vec![master("a", 1, "b"), format!("{}, gan_outgoing: [a]", backup("b", 2, "a"))],
            "gateways[1].gan_outgoing[0]",
            "linked by the pair",
        ),
        (
            vec![format!("name: {long}, role: backend, http_port: 1, redundancy: {{mode: master}}")],
            "gateways[0].redundancy.peer",
            "longer than 31",
        ),
        (
            vec!["name: a, role: frontend, http_port: 1, redundancy: {mode: master}".to_owned()],
            "gateways[0].redundancy",
            "scales out",
        ),
        (
            vec![
                "name: a, role: frontend, http_port: 1, ignition_edition: edge, services: [{instance: db}]".to_owned(),
            ],
            "gateways[0].services[0].instance",
            "no database connection",
        ),
    ] {
        let gateways: Vec<&str> = gateways.iter().map(String::as_str).collect();
        cases.push(Case::file(file(&gateways, ""), path, rule));
    }
}

fn whole(cases: &mut Vec<Case>) {
    let many: Vec<String> = (0..1_001).map(|i| format!("name: g{i}, role: backend, http_port: {}", i + 1)).collect();
    cases.push(Case::file(file(&many.iter().map(String::as_str).collect::<Vec<_>>(), ""), "gateways", "at most 1000"));
    let links = format!("name: b, role: backend, http_port: 2, gan_outgoing: [{}]", "ghost,".repeat(40_000));
    cases.push(Case::file(file(&[F, &links], ""), "gateways[1].gan_outgoing[0]", "there is no gateway"));
    cases.push(Case::file(
        "version: 1\nname: a\narchitecture: basic\ngateways: []\n",
        "gateways",
        "at least one gateway",
    ));
    cases.push(Case::file("version: 1\nname: a\narchitecture: basic\n", "gateways", "is missing"));
    let basic = "version: 1\nname: a\narchitecture: basic\nnetwork_split: true\ngateways: [{name: g, role: gateway, http_port: 1}]\n";
    cases.push(Case::file(basic, "network_split", "is for several gateways"));
}
