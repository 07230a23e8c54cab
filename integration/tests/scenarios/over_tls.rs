//! Intent: a stack whose gateway network is over TLS comes up with nothing to approve, its links run over 8060 at both ends, the
//! authority's key reaches nobody, a foreign certificate is named by `verify`, and a gateway that joins later is signed, too.

use ignition_stack_integration::{Verdict, World};
use serde_json::Value;

const SHAPE: [&str; 10] = [
    "--arch",
    "scale-out",
    "--frontends",
    "2",
    "--redundant",
    "backend",
    "--database",
    "none",
    "--gateway-network",
    "tls",
];
const GATEWAYS: [&str; 4] = ["frontend-1", "frontend-2", "backend", "backend-backup"];
const NETWORK: &str = "config/local/ignition/gateway-network";

#[test]
fn a_gateway_network_over_tls() {
    let Some(world) = World::open("over_tls") else { return };
    let report = world.up(&SHAPE);
    assert_eq!(report["summary"]["pairs_connected"], 1, "{report:#}");
    assert_eq!(report["summary"]["links_running"], 4, "{report:#}");
    links_run_over_8060_at_both_ends(&world);
    keys_are_where_they_belong(&world);
    the_master_shows_a_foreign_certificate(&world);
    a_frontend_shows_a_foreign_certificate(&world);
    a_gateway_joins(&world);
}

fn links_run_over_8060_at_both_ends(world: &World) {
    // A pair is out of sync for a moment whenever its master notes something down, as a connection that has just come.
    let verdict = world.verify_until("verify sees everything", Verdict::holds);
    for node in ["backend", "backend-backup"] {
        assert_eq!(verdict.passed(node, "peer-connected"), 1);
        assert_eq!(verdict.passed(node, "link-accepted"), 2, "both frontends are heard by {node}");
    }
    let seen = |member: &str, condition: &str| -> Vec<String> {
        verdict.of_member(member, condition).map(|check| check["seen"].as_str().unwrap().to_owned()).collect()
    };
    for frontend in ["frontend-1", "frontend-2"] {
        let outgoing = seen(frontend, "link-running");
        assert!(outgoing.len() == 2 && outgoing.iter().all(|text| text.contains(":8060")), "{outgoing:#?}");
    }
    for gateway in GATEWAYS {
        assert_eq!(
            world.engine.published(&world.container(gateway)).len(),
            1,
            "{gateway}: the web server's port alone"
        );
        let log = world.engine.logs(&world.container(gateway));
        assert!(!log.contains("rendering Gateway Network connections insecure"), "{gateway}: plain connections");
    }
}

fn keys_are_where_they_belong(world: &World) {
    let secret = |file: &str| std::fs::read(world.project(world.name()).join("secrets").join(file)).unwrap();
    let key = String::from_utf8(secret("gateway-network-ca.key")).unwrap();
    let own: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(own.len() > 10, "a key to look for");
    for gateway in GATEWAYS {
        let container = world.container(gateway);
        let data = world.engine.download(&container, "/usr/local/bin/ignition/data").unwrap();
        let holds = |needle: &[u8]| data.windows(needle.len()).any(|window| window == needle);
        assert!(holds(&secret(&format!("{gateway}.pfx"))), "{gateway} has its keystore");
        assert!(holds(&secret("gateway-network-ca.crt")), "{gateway} trusts the authority");
        assert!(!holds(own[1].as_bytes()), "the authority's key is in {gateway}");
        let seen = [world.engine.inspect_json(&container).to_string(), world.engine.logs(&container)];
        assert!(!seen.iter().any(|text| own.iter().any(|line| text.contains(line))), "{gateway}");
        for path in ["keystore/metro-keystore.pfx", "client/security/pki/trusted/certs/ignition-stack-ca.crt"] {
            let path = format!("/usr/local/bin/ignition/data/{NETWORK}/{path}");
            let archive = world.engine.download(&container, &path).unwrap();
            let mut archive = tar::Archive::new(archive.as_slice());
            let entry = archive.entries().unwrap().next().unwrap().unwrap();
            assert_eq!(entry.header().uid().unwrap(), 2003, "{path}");
        }
    }
}

/// Without its keystore a gateway makes itself a certificate at its next start, which nobody here trusts.
fn forget_keystore(world: &World, gateway: &str) {
    let container = world.container(gateway);
    world.engine.remove_data_file(&container, &format!("{NETWORK}/keystore/metro-keystore.pfx"));
    world.engine.start(&container);
}

fn the_master_shows_a_foreign_certificate(world: &World) {
    forget_keystore(world, "backend");
    let told = ["No approved certificate", "CN=backend:8060", "secrets/backend.pfx", "docker rm -f"];
    let verdict = world.verify_until("verify names the master's certificate", |v| {
        ["frontend-1", "frontend-2"].iter().all(|frontend| v.says(frontend, "link-running", &told))
            && v.says("backend-backup", "peer-connected", &["CN=backend:8060", "secrets/backend.pfx"])
    });
    assert_eq!(verdict.code, 1);
    // As advised.
    world.engine.remove(&world.container("backend"));
    world.up_again();
    world.mended();
}

fn a_frontend_shows_a_foreign_certificate(world: &World) {
    forget_keystore(world, "frontend-2");
    let told =
        ["certificate_unknown", "secrets/frontend-2.pfx", "does not trust the certificate that frontend-2 shows"];
    let verdict =
        world.verify_until("verify names the frontend's certificate", |v| v.says("frontend-2", "link-running", &told));
    assert_eq!(verdict.code, 1);
    assert!(!verdict.names("frontend-1", "link-running"), "{verdict}");
    world.engine.remove(&world.container("frontend-2"));
    world.up_again();
    world.mended();
}

fn a_gateway_joins(world: &World) {
    let before = std::fs::read(world.project(world.name()).join("secrets/gateway-network-ca.crt")).unwrap();
    world.edit_record(|record| {
        let gateways = record["gateways"].as_array_mut().unwrap();
        let mut joins = gateways[1].clone();
        joins["name"] = "frontend-3".into();
        joins["volume"] = Value::Null;
        joins["http_port"] = world.port(4).into();
        gateways.insert(2, joins);
    });
    world.up_again();
    let verdict = world.verify_until("verify sees everything", Verdict::holds);
    assert_eq!(verdict.passed("frontend-3", "link-running"), 2, "{verdict}");
    let after = std::fs::read(world.project(world.name()).join("secrets/gateway-network-ca.crt")).unwrap();
    assert_eq!(before, after, "the authority is the same one");
}
