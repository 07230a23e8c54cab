//! Makefile, guides and scripts: nothing of a template is left, and the programs that read them take them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{ID, Project, Shape, each};

#[test]
fn the_guides_name_every_gateway_with_its_address_and_hold_nothing_of_a_template() {
    each(|project| {
        for path in ["README.md", "POST-SETUP.md", "Makefile"] {
            let text = project.text(path);
            for rest in ["{{", "{%", "{#", "undefined", "Some(", "\n\n\n"] {
                assert!(!text.contains(rest), "{path}: {rest:?}");
            }
            if path != "Makefile" {
                for gateway in &project.stack.gateways {
                    let address = match project.stack.proxy {
                        Some(_) => route_of(project, gateway.name.as_str()),
                        None => format!("http://localhost:{}", gateway.http_port),
                    };
                    let row = |line: &str| line.contains(gateway.name.as_str()) && line.contains(&address);
                    assert!(text.lines().any(row), "{path}: {}", gateway.name);
                }
            }
        }
    });
}

/// Address behind the proxy: the stack's name for a single gateway.
fn route_of(project: &Project, gateway: &str) -> String {
    let alone = project.stack.gateways.len() == 1;
    let route = if alone { "demo".to_owned() } else { format!("demo-{gateway}") };
    format!("http://{route}.localtest.me")
}

/// A program that is given a text on its standard input.
fn takes(program: &str, words: &[&str], text: &str) {
    let mut run = Command::new(program)
        .args(words)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = run.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn make_and_bash_take_what_is_written_for_them() {
    takes("/bin/bash", &["-n"], Project::of(Shape::all()[0], ID).text("scripts/seed.sh"));
    if !Path::new("/usr/bin/make").is_file() {
        println!("SKIPPED: make is not installed");
        return;
    }
    each(|project| {
        let words = ["-n", "--warn-undefined-variables", "-f", "-", "help", "up", "down", "logs", "verify", "wipe"];
        takes("/usr/bin/make", &words, project.text("Makefile"));
    });
}
