//! Database connections of whole gateways.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use super::world::{Sim, eventually, free_port};
use crate::simulator::knobs;

const MANIFEST: &str = r#"{"scope":"A","description":"","version":1,"restricted":false,"overridable":true,"files":["config.json"],"attributes":{"enabled":true}}"#;

/// Seeds a connection as a stack does.
fn connection(sim: &Sim, name: &str, url: &str, enabled: bool) {
    let below = format!("config/resources/core/ignition/database-connection/{name}");
    let core = r#"{"title":"Core","enabled":true,"inheritable":true,"parent":"external"}"#;
    sim.put("config/resources/core/config-mode.json", core);
    let config = json!({"driver": "MariaDB", "connectURL": url, "username": "me", "validationQuery": "SELECT 1"});
    sim.put(&format!("{below}/config.json"), &config.to_string());
    sim.put(&format!("{below}/resource.json"), &MANIFEST.replace(":true}}", &format!(":{enabled}}}}}")));
}

fn lines(sim: &Sim) -> Vec<(String, bool)> {
    let items = sim.api("/overview/connections");
    let databases = items["items"].as_array().unwrap().iter().find(|i| i["title"] == "Databases").unwrap();
    let line = |l: &serde_json::Value| (l["text"].as_str().unwrap().to_owned(), l["error"].as_bool().unwrap());
    databases["lines"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_connection_is_tried_again_until_its_server_is_there_and_shown_everywhere() {
    let port = free_port();
    let sim = Sim::new("box").set(knobs::DATABASE_CHECK_MS, "200");
    connection(&sim, "plant", &format!("jdbc:mariadb://127.0.0.1:{port}/x"), true);
    connection(&sim, "spare", "jdbc:mariadb://127.0.0.1:1/x", false);
    let sim = sim.started();
    sim.wait_running();
    let faulted = format!("plant: Faulted: ConnectException: Connection to 127.0.0.1:{port} refused");
    eventually("faulted", || lines(&sim) == [(faulted.clone(), true), ("spare: Disabled".to_owned(), false)]);
    assert!(sim.get("/Start").body.contains("ConnectException"));
    let server = TcpListener::bind(("127.0.0.1", port)).unwrap();
    eventually("valid", || lines(&sim)[0] == ("plant: Valid".to_owned(), false));
    let found =
        || sim.api("/resources/find/ignition/database-connection/plant")["healthchecks"]["status"]["result"].clone();
    eventually("healthy", || found()["healthy"] == true && found()["message"] == "Valid");
    eventually("valid on the page", || sim.get("/Start").body.contains(">Valid<"));
    assert!(sim.logged("Database connection 'plant' is Valid"));
    drop(server);
    eventually("faulted again", || lines(&sim)[0].1);
}

#[test]
fn a_driver_whose_module_does_not_run_serves_no_connection() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let sim = Sim::new("box").set("GATEWAY_MODULES_ENABLED", "com.inductiveautomation.opcua");
    connection(&sim, "plant", &format!("jdbc:mariadb://127.0.0.1:{port}/x"), true);
    let sim = sim.started();
    sim.wait_running();
    eventually("faulted", || lines(&sim)[0].0.contains("com.inductiveautomation.jdbc.mariadb does not run"));
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &u32::try_from(body.len() + 4).unwrap().to_be_bytes(), body].concat()
}

fn heard(socket: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    socket.read_exact(&mut body)?;
    Ok(body)
}

/// As much of a PostgreSQL server as a login with a password and a validation query need.
fn converse(mut socket: TcpStream, password: &str) -> std::io::Result<()> {
    heard(&mut socket)?;
    socket.write_all(&message(b'R', &3_u32.to_be_bytes()))?;
    let mut kind = [0];
    socket.read_exact(&mut kind)?;
    if heard(&mut socket)? != format!("{password}\0").as_bytes() {
        return socket.write_all(&message(b'E', b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"));
    }
    socket.write_all(&[message(b'R', &0_u32.to_be_bytes()), message(b'Z', b"I")].concat())?;
    socket.read_exact(&mut kind)?;
    heard(&mut socket)?;
    socket.write_all(&[message(b'I', b""), message(b'Z', b"I")].concat())
}

#[test]
fn a_password_comes_from_a_secrets_file_and_a_wrong_one_is_told() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    std::thread::spawn(move || server.incoming().flatten().for_each(|socket| drop(converse(socket, "opensesame"))));
    let sim = Sim::new("box").set(knobs::DATABASE_CHECK_MS, "200");
    let secret = sim.dir.path().join("secret");
    fs_err::write(&secret, "guessed-wrong\n").unwrap();
    let files = json!({"db": {"description": "", "filePath": secret, "fileType": "CLEARTEXT"}});
    let provider = json!({"profile": {"type": "file"}, "settings": {"files": files}});
    sim.seed("core/ignition/secret-provider/files", &provider);
    let password = json!({"type": "Referenced", "data": {"providerName": "files", "secretName": "db"}});
    sim.seed(
        "core/ignition/database-connection/plant",
        &json!({"driver": "PostgreSQL", "connectURL": format!("jdbc:postgresql://127.0.0.1:{port}/x"), "username": "me",
            "password": password, "validationQuery": "SELECT 1"}),
    );
    let sim = sim.started();
    sim.wait_running();
    eventually("refused", || {
        lines(&sim)[0].0.contains("Faulted: PSQLException: FATAL: password authentication failed")
    });
    for text in [sim.get("/Start").body, sim.api("/overview/connections").to_string(), sim.api("/logs").to_string()] {
        assert!(!text.contains("guessed-wrong"), "a secret is shown nowhere");
    }
    fs_err::write(&secret, "opensesame\n").unwrap();
    eventually("the file is read at every attempt", || lines(&sim)[0] == ("plant: Valid".to_owned(), false));
    fs_err::remove_file(&secret).unwrap();
    eventually("without it there is no password", || lines(&sim)[0].0.contains("the password cannot be had"));
}
