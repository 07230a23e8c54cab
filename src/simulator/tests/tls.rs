//! The gateway network over TLS: trust by file, two-way authentication, keystores (fact sheet 4.4, 4.5).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use super::authority::{Authority, NETWORK};
use super::links::{connections, one_running};
use super::world::{Sim, eventually};
use crate::simulator::network::tls::keystore::{KEYSTORE, tests::certificate_in};

/// A gateway that approves everybody, so that certificates alone decide.
fn unrestricted(name: &str) -> Sim {
    Sim::new(name).args(&format!("-n {name}")).set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted")
}

/// One that dials the other's TLS port.
fn dialler(to: &Sim) -> Sim {
    unrestricted("spoke").link(0, to.gan_port).set("GATEWAY_NETWORK_0_ENABLESSL", "true")
}

fn rejected(sim: &Sim, side: &str) -> Vec<String> {
    let folder = sim.dir.path().join(format!("{NETWORK}/{side}/security/pki/rejected"));
    let names = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().file_name());
    names.map(|n| n.into_string().unwrap()).collect()
}

/// Moves every rejected certificate where it is trusted, as a person does.
fn approve(sim: &Sim, side: &str) {
    let pki = sim.dir.path().join(format!("{NETWORK}/{side}/security/pki"));
    for name in rejected(sim, side) {
        std::fs::rename(pki.join("rejected").join(&name), pki.join("trusted/certs").join(&name)).unwrap();
    }
}

fn faulted(sim: &Sim, text: &str) -> bool {
    sim.running() && connections(sim).iter().any(|c| c.3.contains(text))
}

#[test]
fn approval_by_file_takes_two_passes_and_no_restart() {
    let hub = unrestricted("hub").started();
    hub.wait_running();
    let spoke = dialler(&hub).started();
    eventually("nothing is trusted", || faulted(&spoke, "the trustAnchors parameter must be non-empty"));
    eventually("the server's certificate waits", || rejected(&spoke, "client").len() == 1);
    let name = rejected(&spoke, "client").remove(0);
    assert!(name.ends_with(&format!(" [hub%3A{}] x1.crt.pem", hub.gan_port)), "{name}");
    assert!(rejected(&hub, "server").is_empty(), "the second rejection shows after the first is solved");
    approve(&spoke, "client");
    eventually("the dialler is not trusted", || faulted(&spoke, "Received fatal alert: certificate_unknown"));
    assert!(rejected(&hub, "server").len() == 1 && spoke.logged("Received fatal alert: certificate_unknown"));
    approve(&hub, "server");
    eventually("up", || one_running(&spoke, "hub", "Outgoing") && one_running(&hub, "spoke", "Incoming"));
    assert_eq!(hub.api("/gateway-network/livediagram")["connections"][0]["ssl"], "true");
    assert!(spoke.logged("changed to Running") && !hub.logged("rendering Gateway Network connections insecure"));
}

#[test]
fn a_server_that_is_not_trusted_is_named_in_the_log() {
    let hub = unrestricted("hub").started();
    hub.wait_running();
    let spoke = dialler(&hub);
    Authority::new("another").trusted_by(&spoke);
    let spoke = spoke.started();
    eventually("told", || spoke.logged("No approved certificate could be found in the certificates folder!"));
    assert!(spoke.logged(&format!("the server certificate 'CN=hub:{}, OU=GatewayNetwork", hub.gan_port)));
    assert_eq!(rejected(&spoke, "client").len(), 1);
}

#[test]
fn a_common_authority_needs_no_touch() {
    let authority = Authority::new("stack");
    let hub = unrestricted("hub");
    authority.certify(&hub, |_| {});
    authority.trusted_by(&hub);
    let hub = hub.started();
    let spoke = dialler(&hub);
    authority.certify(&spoke, |_| {});
    authority.trusted_by(&spoke);
    let spoke = spoke.started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing") && one_running(&hub, "spoke", "Incoming"));
    assert!(rejected(&hub, "server").is_empty() && rejected(&spoke, "client").is_empty());
}

#[test]
fn without_two_way_authentication_only_the_server_is_looked_at() {
    let hub = unrestricted("hub").set("GATEWAY_NETWORK_REQUIRETWOWAYAUTH", "false").started();
    hub.wait_running();
    let spoke = dialler(&hub).started();
    eventually("the server's certificate waits", || rejected(&spoke, "client").len() == 1);
    approve(&spoke, "client");
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    assert!(rejected(&hub, "server").is_empty());
}

#[test]
fn trust_does_not_replace_approval() {
    let authority = Authority::new("stack");
    let hub = Sim::new("hub").args("-n hub");
    authority.certify(&hub, |_| {});
    authority.trusted_by(&hub);
    let hub = hub.started();
    let spoke = dialler(&hub);
    authority.certify(&spoke, |_| {});
    authority.trusted_by(&spoke);
    let spoke = spoke.started();
    eventually("refused for the policy", || faulted(&spoke, "403 Forbidden"));
    let id = spoke.uuid();
    let toggle = |approve: &str| {
        let route = format!("/gateway-network-incoming/toggleApproval/spoke%7C{id}/{approve}");
        hub.act("PUT", &route, "").status
    };
    assert_eq!(toggle("true"), 200);
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    assert_eq!(toggle("false"), 200);
    eventually("the approval is gone, the link with it", || faulted(&spoke, "403 Forbidden"));
}

#[test]
fn an_expired_certificate_is_refused_by_either_side() {
    let expire = |p: &mut rcgen::CertificateParams| p.not_after = (SystemTime::now() - Duration::from_hours(1)).into();
    let authority = Authority::new("stack");
    let hub = unrestricted("hub");
    authority.certify(&hub, expire);
    authority.trusted_by(&hub);
    let hub = hub.started();
    let spoke = dialler(&hub);
    authority.certify(&spoke, |_| {});
    authority.trusted_by(&spoke);
    let spoke = spoke.started();
    eventually("the server's time is over", || faulted(&spoke, "CertificateExpiredException"));
    // The other way round.
    let fresh = unrestricted("fresh");
    authority.certify(&fresh, |_| {});
    authority.trusted_by(&fresh);
    let fresh = fresh.started();
    let late = dialler(&fresh);
    authority.certify(&late, expire);
    authority.trusted_by(&late);
    let late = late.started();
    eventually("the dialler's time is over", || faulted(&late, "Received fatal alert: certificate_unknown"));
    eventually("the server says why", || fresh.logged("CertificateExpiredException"));
}

#[test]
fn a_pair_forms_over_tls() {
    let authority = Authority::new("stack");
    let fast = [("joinwaittime", "300"), ("gan.pingRate", "50"), ("gan.pingMaxMissed", "20")];
    let master = unrestricted("backend").redundancy(&[&fast[..], &[("noderole", "Master")]].concat());
    authority.certify(&master, |_| {});
    authority.trusted_by(&master);
    let master = master.started();
    let port = master.gan_port.to_string();
    let own = [("noderole", "Backup"), ("gan.host", "127.0.0.1"), ("gan.port", port.as_str())];
    let backup = Sim::new("backend-backup")
        .set("GATEWAY_NETWORK_SECURITYPOLICY", "Unrestricted")
        .redundancy(&[&fast[..], &own[..]].concat());
    authority.certify(&backup, |_| {});
    authority.trusted_by(&backup);
    let backup = backup.started();
    eventually("the pair is healthy", || {
        backup.info(&["RedundantState=Good", "RedundantNodeActiveStatus=Cold"])
            && master.info(&["RedundancyStatus=Master", "RedundantNodeActiveStatus=Active"])
    });
    assert_eq!(master.api("/redundancy")["peerConnected"], true);
    let below = "projects/line/project.json";
    master.put(below, "{}");
    eventually("what its master has reaches it", || backup.dir.path().join(below).exists());
}

#[test]
fn an_rsa_key_of_somebody_elses_making_serves_both_ends() {
    // Its certificate is valid from 1975 to 2999.
    let store = include_bytes!("fixtures/rsa-2048.pfx");
    let ready = |sim: Sim| {
        sim.put_bytes(KEYSTORE, store);
        for side in ["client", "server"] {
            sim.put_bytes(&format!("{NETWORK}/{side}/security/pki/trusted/certs/rsa.der"), &certificate_in(store));
        }
        sim
    };
    let hub = ready(unrestricted("hub")).started();
    let spoke = ready(dialler(&hub)).started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing") && one_running(&hub, "spoke", "Incoming"));
    assert_eq!(std::fs::read(hub.dir.path().join(KEYSTORE)).unwrap(), store, "it is left as it is");
}

#[test]
fn a_broken_keystore_costs_tls_and_nothing_else() {
    let hub = unrestricted("hub").set("GATEWAY_NETWORK_REQUIRESSL", "false");
    hub.put(&format!("{NETWORK}/keystore/metro-keystore.pfx"), "garbage");
    let hub = hub.started();
    eventually("told", || hub.logged("connections over SSL are not possible") && hub.logged("metro-keystore.pfx"));
    let plain = Sim::new("plain").args("-n plain").link(0, hub.port).started();
    eventually("plain links are up", || one_running(&plain, "hub", "Outgoing"));
    let spoke = dialler(&hub).started();
    eventually("nobody listens", || faulted(&spoke, "Connection refused"));
    let path = hub.dir.path().join(format!("{NETWORK}/keystore/metro-keystore.pfx"));
    assert_eq!(std::fs::read(path).unwrap(), b"garbage");
}

#[test]
fn the_wrong_port_is_told_in_words() {
    let hub = unrestricted("hub").set("GATEWAY_NETWORK_REQUIRESSL", "false").started();
    hub.wait_running();
    let spoke = unrestricted("spoke").link(0, hub.port).set("GATEWAY_NETWORK_0_ENABLESSL", "true");
    let spoke = spoke.link(1, hub.gan_port).started();
    eventually("TLS to the plain port", || faulted(&spoke, "Unsupported or unrecognized SSL message"));
    eventually("plain to the TLS port", || connections(&spoke).iter().any(|c| c.3.contains("UpgradeException")));
}

#[test]
fn those_who_say_nothing_keep_nobody_out() {
    let authority = Authority::new("stack");
    let hub = unrestricted("hub");
    authority.certify(&hub, |_| {});
    authority.trusted_by(&hub);
    let hub = hub.started();
    hub.wait_running();
    let spoke = dialler(&hub);
    authority.certify(&spoke, |_| {});
    authority.trusted_by(&spoke);
    eventually("the port is open", || TcpStream::connect(("127.0.0.1", hub.gan_port)).is_ok());
    let silent: Vec<_> = (0..200).map(|_| TcpStream::connect(("127.0.0.1", hub.gan_port)).unwrap()).collect();
    let begun = Instant::now();
    let spoke = spoke.started();
    eventually("up", || one_running(&spoke, "hub", "Outgoing"));
    // Without room made for it, it would wait for three rounds of handshakes that take their whole time.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(silent);
}

#[test]
fn garbage_on_the_tls_port_is_survived() {
    let hub = unrestricted("hub").started();
    hub.wait_running();
    eventually("the port is open", || TcpStream::connect(("127.0.0.1", hub.gan_port)).is_ok());
    let flood = vec![0x16; 70_000];
    let hello = [&[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3][..], &[7; 300]].concat();
    for bytes in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &flood, &hello, &[0x80, 0x2e, 1, 3, 1]] {
        let mut socket = TcpStream::connect(("127.0.0.1", hub.gan_port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        // What is not taken was refused before its end.
        let _ = socket.write_all(bytes).and_then(|()| socket.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
    }
    assert!(hub.running());
    assert!(TcpStream::connect(("127.0.0.1", hub.gan_port)).is_ok());
}
