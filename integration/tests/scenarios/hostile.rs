//! Intent: whatever a gateway says of itself and of others, whatever its log holds, and whatever a person types or has in a file: nothing
//! of it is obeyed by the terminal, and JSON and JUnit stay valid. Seen through a pty.

use serde_json::{Value, json};

use ignition_stack_integration::terminal::{Shown, Terminal};
use ignition_stack_integration::{World, target};

const SHAPE: [&str; 4] = ["--arch", "scale-out", "--database", "none"];
/// Clears the screen, colours it, sets its title, links elsewhere, writes the clipboard, the same in C1, turns the reading direction,
/// overwrites its line.
const EVIL: &str = "EVIL\u{1b}[2J\u{1b}[31m\u{1b}]0,title\u{7}\u{1b}]8,,http://hostile.invalid/\u{1b}\\\u{1b}]52;c;aGk=\u{7}\u{9b}2J\u{9d}0\u{9c}\u{202e}bidi\u{2066}\u{200b}\u{2028}\rCR\u{e0041}";
/// How it begins where it is shown.
const SHOWN: &str = "EVIL\\x1b[2J\\x1b[31m";
const CLASSES: &str = r#"["ESC", "C1", "OSC8", "OSC52", "BIDI", "CR", "INVALID_UTF8", "MEGABYTE_LINE"]"#;

#[test]
fn nothing_foreign_is_obeyed() {
    let Some(world) = World::open_simulated("hostile") else { return };
    let command = world.command(&world.up_words(&SHAPE));
    command.env("SIMULATED_HOSTILE_LOG", CLASSES).run().expect(0);
    what_is_typed(&world);
    what_is_in_a_file(&world);
    fields_of_answers(&world);
    answers_that_are_no_text(&world);
    the_last_lines_of_a_log(&world);
}

fn shown(world: &World, words: &[&str]) -> Shown {
    Terminal::start(world.directory(), words, 80, &[("NO_COLOR", "1")]).end()
}

fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// What was sent to the terminal, once it is seen that nothing in it is obeyed but line ends and, where `drawn`, the few sequences that
/// rows are redrawn with.
fn harmless(shown: &Shown, drawn: bool) -> String {
    let text = String::from_utf8(shown.raw.clone()).expect("what is shown is UTF-8");
    let mut rest = text.replace("\r\n", "\n");
    if drawn {
        for own in ["\u{1b}[2K", "\u{1b}[0J", "\u{1b}[J", "\u{1b}[K", "\u{1b}[?25l", "\u{1b}[?25h", "\r"] {
            rest = rest.replace(own, "");
        }
        // The cursor goes up so many rows.
        rest = rest.split("\u{1b}[").enumerate().fold(String::new(), |done, (n, part)| {
            let digits = part.trim_start_matches(|c: char| c.is_ascii_digit());
            match digits.strip_prefix(['A', 'B', 'G']) {
                _ if n == 0 => part.to_owned(),
                Some(after) => done + after,
                None => done + "\u{1b}[" + part,
            }
        });
    }
    assert_eq!(rest.chars().find(|c| is_raw(*c)), None, "{rest:?}");
    rest
}

fn what_is_typed(world: &World) {
    let typed = format!("x{EVIL}");
    for words in [
        &["create", &typed, "--arch", "basic"][..],
        &["up", world.name(), "--arch", &typed],
        &["status", &typed],
        &["logs", world.name(), &typed],
        &["create", "fine", "--arch", "basic", "--image", &typed],
        &["create", "fine", "--from-file", &typed],
        &[&typed],
    ] {
        let shown = shown(world, words);
        assert_eq!(shown.code, Some(2), "{words:?}");
        let text = harmless(&shown, false);
        assert!(text.contains("EVIL"), "{words:?}: {text}");
    }
}

fn what_is_in_a_file(world: &World) {
    let quoted = json!(EVIL).to_string();
    for (file, text) in [
        ("key.json", format!("{{{quoted}: 1}}")),
        ("name.json", format!(r#"{{"name": {quoted}}}"#)),
        ("raw.yaml", format!("name: demo\n{EVIL}: 1\n")),
        ("value.yaml", format!("name: demo\narchitecture: \"{}\"\n", quoted.trim_matches('"'))),
    ] {
        std::fs::write(world.directory().join(file), text).unwrap();
        let shown = shown(world, &["create", "fine", "--from-file", file]);
        assert_eq!(shown.code, Some(2), "{file}: {}", shown.rows.join("\n"));
        harmless(&shown, false);
    }
}

/// What a gateway says where this one is asked.
fn answers() -> Value {
    let rule = |route: &str, body: String| json!({ "route": route, "body": body });
    let gwinfo = format!("ContextStatus=RUNNING;PlatformName={EVIL};Version={EVIL};PlatformEdition={EVIL};OS={EVIL};");
    // As long as one word of a command may be.
    let long = format!("{EVIL}{}", "x".repeat(50_000));
    let link = |direction: &str, status: &str| {
        json!({
            "remoteGateway": EVIL, "internalId": EVIL, "networkAddr": EVIL, "redundantRole": EVIL,
            "direction": direction, "status": status, "lastError": long, "faultCount": 1,
        })
    };
    json!([
        rule("/system/gwinfo", gwinfo),
        rule("*/gateway-info", json!({ "name": EVIL, "edition": EVIL, "ignitionVersion": EVIL }).to_string()),
        rule("*/connections", json!([link("Outgoing", "Faulted"), link(EVIL, EVIL)]).to_string()),
        rule("*/modules/quarantined", json!([{ "id": EVIL, "name": EVIL, "reason": EVIL }]).to_string()),
        rule("*/restart-tasks/pending", json!({ "pending": [EVIL] }).to_string()),
        rule("*/trial", json!({ "licenseMode": EVIL, "trialState": EVIL, "expired": true }).to_string()),
        rule("*/redundancy", json!({ "role": EVIL, "projectState": EVIL, "activityLevel": EVIL }).to_string()),
    ])
}

fn fields_of_answers(world: &World) {
    world.turn("frontend", &[&format!("answers={}", answers())]);
    let verdict = world.verify();
    assert_eq!(verdict.code, 1);
    for condition in ["system-name", "link-running", "modules", "restart-tasks"] {
        // In the document it reads back as it was said.
        verdict.expect("frontend", condition, &["EVIL\\u001b[2J"]);
    }
    for words in [&["verify", world.name()][..], &["verify", world.name(), "--verbose"]] {
        let text = harmless(&shown(world, words), false);
        assert!(text.contains(SHOWN), "{text}");
        assert!(text.lines().all(|line| line.len() < 10_000), "no line drowns the others");
    }
    harmless(&shown(world, &["status", world.name()]), false);
    documents(world);
    let up = shown(world, &["up", world.name(), "--timeout", "20s"]);
    assert_ne!(up.code, Some(0));
    assert!(harmless(&up, true).contains(SHOWN), "{}", up.rows.join("\n"));
    world.turn("frontend", &["answers="]);
    world.mended();
}

/// JSON and JUnit of what is seen now.
fn documents(world: &World) {
    for command in ["verify", "status"] {
        let ran = world.run(&[command, world.name(), "--output", "json", "--verbose"]);
        assert_eq!(ran.stdout.chars().find(|c| is_raw(*c)), None, "{}", ran.stdout);
        assert_eq!(ran.json()["stack"], world.name());
    }
    world.run(&["verify", world.name(), "--junit", "hostile.xml"]).expect(1);
    let xml = std::fs::read_to_string(world.directory().join("hostile.xml")).unwrap();
    assert_eq!(xml.chars().find(|c| is_raw(*c)), None, "{xml}");
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().check_end_names = true;
    let mut cases = 0;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(element) if element.name().as_ref() == "testcase" => {
                assert!(element.attributes().all(|a| a.is_ok()), "{xml}");
                cases += 1;
            }
            _ => {}
        }
    }
    assert!(cases > 10, "{xml}");
}

fn answers_that_are_no_text(world: &World) {
    for wrong in ["GARBAGE", "HUGE", "TRUNCATED"] {
        // The page's own ping stays, so that everything else is asked.
        let rules = json!([{ "route": "/system/*", "wrong": wrong }, { "route": "/data/api/*", "wrong": wrong }]);
        world.turn("frontend", &[&format!("answers={rules}")]);
        for words in [&["verify", world.name(), "--verbose"][..], &["status", world.name()]] {
            harmless(&shown(world, words), false);
        }
        assert_eq!(world.verify().code, 1, "{wrong}");
        documents(world);
    }
    world.turn("frontend", &["answers="]);
    world.mended();
}

/// A gateway that ends is told with what it said last.
fn the_last_lines_of_a_log(world: &World) {
    let container = world.container("frontend");
    world.engine.recreate(&container, |body| {
        let env = body.env.get_or_insert_default();
        env.extend(["SIMULATED_EXIT_CODE=7", "SIMULATED_EXIT_AFTER_MS=300"].map(str::to_owned));
    });
    world.engine.start(&container);
    let limit = format!("{}s", target::patience().as_secs());
    let shown = shown(world, &["verify", world.name(), "--wait", &limit]);
    assert_eq!(shown.code, Some(1), "{}", shown.rows.join("\n"));
    harmless(&shown, true);
    let logs = self::shown(world, &["logs", world.name(), "frontend"]);
    assert!(harmless(&logs, false).contains("hostile log: OSC 52"), "{}", logs.rows.join("\n"));
}
