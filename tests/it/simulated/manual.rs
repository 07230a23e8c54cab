//! What the manual shows of a gateway on its own is what such a gateway does.

use std::fmt::Write as _;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::gateway::free_port;

/// Longest time that a session may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A console session: commands with what each of them prints.
fn sessions() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/simulated-gateway.md");
    let text = fs_err::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|s| s.starts_with("On its own\n")).unwrap();
    let blocks = section.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

/// The session as a script that says after each command which it was, so that what is printed can be told apart.
fn script(session: &str) -> (String, String) {
    let (mut script, mut expected) = (String::from("set -e\n"), String::new());
    for line in session.lines() {
        match line.strip_prefix("$ ") {
            // A gateway's log is not part of what the session shows.
            Some(command) if command.ends_with('&') && !command.contains('>') => {
                writeln!(script, "{} > log.$RANDOM 2>&1 &", command.trim_end_matches([' ', '&'])).unwrap();
            }
            Some(command) => writeln!(script, "{command}").unwrap(),
            None => writeln!(expected, "{line}").unwrap(),
        }
    }
    (script, expected)
}

/// Everything that the session started ends with it.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

fn run(script: &str) -> (Option<i32>, String, String) {
    let directory = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("ignition-stack");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut child = Command::new("bash")
        .args(["-c", script])
        .env_clear()
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let outputs = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let mut group = Group(child);
    let deadline = Instant::now() + PATIENCE;
    let code = loop {
        match group.0.try_wait().unwrap() {
            Some(status) => break status.code(),
            None if Instant::now() > deadline => break None,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    // Ends the gateways, and with them the pipes.
    drop(group);
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = outputs;
    stdout.read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut err).unwrap();
    (code, out, err)
}

/// A free port whose digits hold none of the manual's, which are replaced one after the other.
fn port_unlike_the_manuals(random: &mut Rng) -> String {
    loop {
        let port = free_port(random).to_string();
        if !port.contains("80") {
            return port;
        }
    }
}

#[test]
fn every_console_session_of_the_manual_prints_what_it_shows() {
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "curl is missing, and CI=true");
        return;
    }
    let sessions = sessions();
    assert!(sessions.len() >= 4, "{} sessions", sessions.len());
    let mut random = Rng::new();
    for session in sessions {
        let (script, expected) = script(&session);
        let gateways = script.matches("ignition-stack simulate-gateway").count();
        let own_ports = script.matches("GATEWAY_GAN_PORT=").count();
        assert!(gateways <= own_ports + 1, "two gateways want the same TLS port:\n{session}");
        // The ports of the manual may be taken here.
        let mut script = script;
        for port in ["8088", "8089", "8061"] {
            script = script.replace(port, &port_unlike_the_manuals(&mut random));
        }
        let (code, out, err) = run(&script);
        assert_eq!((code, out.as_str()), (Some(0), expected.as_str()), "{session}\nstderr:\n{err}");
    }
}
