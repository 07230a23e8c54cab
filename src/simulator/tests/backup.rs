//! Backup and restore of one gateway over REST.

use serde_json::json;

use super::world::{PASSWORD, Sim, eventually, exchange};
use crate::simulator::knobs;

/// Waits until it has been restarted and runs.
fn wait_restarted(sim: &Sim) {
    eventually("the restart", || sim.logged("The gateway restarts: a backup was restored"));
    sim.wait_running();
}

/// One with a link, a token, a project and a name of its own.
fn furnished() -> Sim {
    let sim = Sim::new("one").args("-n one").link(0, 9);
    sim.put("projects/plant/project.json", r#"{"title":"Plant"}"#);
    let sim = sim.started();
    sim.wait_running();
    sim
}

#[test]
fn a_download_restored_on_a_fresh_gateway_gives_the_same_configuration_and_another_identity() {
    let one = furnished();
    let backup = one.backup("?includePeerLocal=true");
    assert!(backup.starts_with(b"PK"));
    let two = Sim::new("two").set("GATEWAY_ADMIN_PASSWORD", "another").started();
    two.wait_running();
    let before = two.uuid();
    let cookie = two.login("another").unwrap();
    let headers = two.csrf(&cookie);
    let headers: Vec<_> = headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let (head, body) = exchange(two.port, "POST", "/data/api/v1/backup", &headers, &backup).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head} {}", String::from_utf8_lossy(&body));
    wait_restarted(&two);
    assert!(two.login("another").is_none(), "the users are those of the backup");
    assert!(two.info(&["PlatformName=one"]));
    assert_eq!(
        fs_err::read(two.dir.path().join("projects/plant/project.json")).unwrap(),
        fs_err::read(one.dir.path().join("projects/plant/project.json")).unwrap()
    );
    let link = |sim: &Sim| sim.api("/resources/find/ignition/gateway-network-outgoing/127.0.0.1");
    let (theirs, ours) = (link(&one), link(&two));
    assert_eq!((&theirs["config"], &theirs["signature"]), (&ours["config"], &ours["signature"]));
    assert_eq!(ours["enabled"], true);
    let after = two.uuid();
    assert!(after != before && after != one.uuid(), "{after}");
    // The backup of the copy holds the same files.
    let names = |bytes: Vec<u8>| {
        let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        archive.file_names().map(|n| n.unwrap().into_owned()).filter(|n| !n.contains("local")).collect::<Vec<_>>()
    };
    assert_eq!(names(two.backup("")), names(one.backup("")));
}

#[test]
fn connections_are_restored_disabled_and_the_gateway_under_another_name() {
    let one = furnished();
    let two = Sim::new("two").started();
    two.wait_running();
    let query = "?restoreDisabled=true&renameEnabled=true&newName=three&disableTempProjectBackup=true";
    assert_eq!(two.restore(query, &one.backup("")).0, 200);
    wait_restarted(&two);
    assert!(two.info(&["PlatformName=three"]));
    assert_eq!(two.api("/resources/find/ignition/gateway-network-outgoing/127.0.0.1")["enabled"], false);
    assert_eq!(two.api("/gateway-network/connections")["items"], json!([]));
    assert!(two.logged("1 connections are restored disabled"));
}

#[test]
fn with_the_local_part_the_gateway_is_the_old_one_again() {
    let one = furnished();
    one.put("config/local/ignition/gateway-network/client/security/pki/trusted/certs/ca.crt", "x");
    let backup = one.backup("?includePeerLocal=true");
    let two = Sim::new("two").started();
    two.wait_running();
    assert_eq!(two.restore("?restoreLocal=true", &backup).0, 200);
    wait_restarted(&two);
    assert_eq!(two.uuid(), one.uuid());
    assert!(
        two.dir.path().join("config/local/ignition/gateway-network/client/security/pki/trusted/certs/ca.crt").exists()
    );
    // Without it the certificates count as well, and the UUID is new.
    let three = Sim::new("three").started();
    three.wait_running();
    assert_eq!(three.restore("", &backup).0, 200);
    wait_restarted(&three);
    assert_ne!(three.uuid(), one.uuid());
    assert!(
        three
            .dir
            .path()
            .join("config/local/ignition/gateway-network/client/security/pki/trusted/certs/ca.crt")
            .exists()
    );
}

#[test]
fn what_is_refused_is_told_and_changes_nothing() {
    let sim = furnished();
    let uuid = sim.uuid();
    let good = sim.backup("");
    let mut broken = good.clone();
    broken.truncate(good.len() / 2);
    let newer = {
        let other = Sim::new("newer").set(knobs::VERSION, "8.3.99").started();
        other.wait_running();
        other.backup("")
    };
    for (query, bytes, status, text) in [
        ("", b"".as_slice(), 422, "no backup"),
        ("", b"PK\x03\x04 not much of an archive at all", 422, "no backup"),
        ("", &broken, 422, "no backup"),
        ("", &newer, 422, "8.3.99"),
        ("?renameEnabled=true&newName=a%7Cb", &good, 422, "new name"),
        ("?renameEnabled=true", &good, 422, "new name"),
        ("?restoreDisabled=maybe&bogus=1", &good, 400, "'restoreDisabled' must be true or false"),
        ("?restoreLocal=", &good, 400, "'restoreLocal'"),
    ] {
        let (got, body) = sim.restore(query, bytes);
        assert_eq!(got, status, "{query} {body}");
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["success"], false);
        assert!(problem["problem"]["message"].as_str().unwrap().contains(text), "{body}");
    }
    assert!(sim.running() && !sim.logged("The gateway restarts"));
    assert_eq!(sim.uuid(), uuid);
    let left = fs_err::read_dir(sim.dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.starts_with(".restore")));
}

#[test]
fn both_need_a_login_and_a_restore_needs_write_permission() {
    let sim = furnished();
    assert_eq!(sim.get("/data/api/v1/backup").status, 401);
    let cookie = sim.login(PASSWORD).unwrap();
    let status = |headers: &[(&str, &str)]| {
        let (head, _) = exchange(sim.port, "POST", "/data/api/v1/backup", headers, b"x").unwrap();
        head.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    assert_eq!((status(&[]), status(&[("Cookie", &cookie)])), (401, 403), "a session needs its CSRF token");
    let (head, _) = exchange(sim.port, "GET", "/data/api/v1/backup", &[("Cookie", &cookie)], b"").unwrap();
    assert!(head.contains("content-disposition: attachment; filename=\"one.gwbk\""), "{head}");
}

/// What was committed is there after a kill; what was not is not.
#[test]
fn a_kill_before_the_restart_leaves_the_new_data() {
    let one = furnished();
    let mut two = Sim::new("two").set(knobs::STOPPING_MS, "600000").started();
    two.wait_running();
    assert_eq!(two.restore("", &one.backup("")).0, 200);
    eventually("STOPPING", || two.ping().is_some_and(|p| p.contains("STOPPING")));
    assert!(!two.dir.path().join("projects/plant").exists());
    two.kill();
    two.start();
    two.wait_running();
    assert!(two.info(&["PlatformName=one"]));
    assert!(two.dir.path().join("projects/plant/project.json").exists());
    assert!(!two.dir.path().join(".restore-committed").exists());
}

#[test]
fn the_trial_clock_goes_with_the_backup() {
    let one = Sim::new("one");
    one.seed("core/ignition/local-system-properties", &json!({"demoTimeRemaining": 0}));
    let one = one.started();
    one.wait_running();
    assert_eq!(one.get("/data/api/v1/trial").json()["expired"], true);
    let two = Sim::new("two").started();
    two.wait_running();
    assert_eq!(two.restore("", &one.backup("")).0, 200);
    wait_restarted(&two);
    let trial = two.get("/data/api/v1/trial").json();
    assert_eq!((&trial["expired"], &trial["trialSecondsLeft"]), (&json!(true), &json!(0)));
    assert_eq!(two.act("POST", "/trial", "").status, 200);
    assert_eq!(two.get("/data/api/v1/trial").json()["expired"], false);
}

#[test]
fn a_client_that_stops_sending_has_restored_nothing() {
    use std::fmt::Write as _;
    use std::io::{Read, Write};

    let sim = furnished();
    let good = sim.backup("");
    let headers = sim.csrf(&sim.login(PASSWORD).unwrap());
    let mut head = "POST /data/api/v1/backup HTTP/1.1\r\nHost: a\r\n".to_owned();
    for (key, value) in &headers {
        write!(head, "{key}: {value}\r\n").unwrap();
    }
    write!(head, "Content-Length: {}\r\n\r\n", good.len()).unwrap();
    let mut half = std::net::TcpStream::connect(("127.0.0.1", sim.port)).unwrap();
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&good[..good.len() / 2]).unwrap();
    // Nobody waits for it.
    assert_eq!(sim.restore("", b"x").0, 422);
    half.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = half.read_to_end(&mut Vec::new());
    drop(half);
    assert_eq!(sim.restore("", b"x").0, 422);
    assert!(!sim.logged("The gateway restarts"));
}
