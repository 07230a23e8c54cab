//! Intent: what a person, a CI job or a helper is given is whole, calm and harmless: the screen of a terminal of any width, lines of JSON
//! on stderr, JUnit, and a bundle with no secret in it; whatever the containers write into their logs.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::Value;

use ignition_stack_integration::terminal::{Shown, Terminal};
use ignition_stack_integration::world::TIMES;
use ignition_stack_integration::{World, target};

const SHAPE: [&str; 8] = ["--arch", "scale-out", "--frontends", "2", "--redundant", "backend", "--database", "none"];
const MEMBERS: [&str; 4] = ["frontend-1", "frontend-2", "backend", "backend-backup"];
const HOSTILE: &str = r#"["ESC", "C1", "OSC8", "OSC52", "BIDI", "CR", "INVALID_UTF8", "MEGABYTE_LINE"]"#;

/// A password, and how base64 writes it.
const CANARY: &str = "CANARYq7Zx91LmTw";
const CANARY_BASE64: &str = "Q0FOQVJZcTdaeDkxTG1Udw";

#[test]
fn screens_reports_and_the_bundle() {
    let Some(world) = World::open_simulated("reports") else { return };
    std::fs::write(world.directory().join("password"), CANARY).unwrap();
    let mut words = world.create_words(world.name(), 0, &SHAPE);
    words.extend(["--admin-password-file", "password"].map(str::to_owned));
    // Names that no knob has are warned of in the log: this is how the secret comes into it.
    let command = TIMES.iter().fold(world.command(&words), |command, (key, value)| command.env(key, value));
    let command = command.env("SIMULATED_HOSTILE_LOG", HOSTILE);
    let named = |text: &str| format!("SIMULATED_{text}");
    command.env(&named(CANARY), "1").env(&named(CANARY_BASE64), "1").run().expect(0);

    a_terminal_that_is_resized(&world);
    sentences_in_whole_words(&world);
    a_narrow_terminal_without_colour(&world);
    tables_that_do_not_fit(&world);
    fifty_quiet_looks(&world);
    junit(&world);
    hostile_logs_in_a_terminal(&world);
    lines_of_json_tell_each_change(&world);
    the_bundle_has_no_secret(&world);
}

/// One row each, one below the other: none has wrapped into a row of its own, and nothing is left over between or above them.
fn each_member_has_one_row(shown: &Shown) {
    let screen = shown.rows.join("\n");
    let rows: Vec<usize> = MEMBERS
        .iter()
        .map(|member| match shown.rows_of(member)[..] {
            [row] => row,
            ref rows => panic!("{member} has {} rows:\n{screen}", rows.len()),
        })
        .collect();
    assert!(rows.windows(2).all(|pair| pair[1] == pair[0] + 1), "{screen}");
    assert!(rows.iter().all(|row| shown.rows[*row].ends_with(" s")), "each is shown to its end:\n{screen}");
    let working = |row: &String| row.contains(" start ") || row.contains("create container");
    assert!(!shown.rows.iter().any(working), "{screen}");
}

/// The heading, and what was proven: no row is the rest of a word, and each but the first stands further in.
fn in_whole_words(shown: &Shown) {
    let rows = &shown.rows;
    let of = |from: usize, to: &dyn Fn(&str) -> bool| {
        let count = rows[from..].iter().position(|row| to(row)).unwrap_or(rows.len() - from);
        &rows[from..from + count]
    };
    let heading = of(0, &str::is_empty);
    let last = rows.iter().position(|row| row.starts_with("verified in ")).expect("it was proven");
    let last = of(last, &|row| row.trim_start().starts_with("SIMULATED gateways"));
    for (sentence, end) in [(heading, "(demonstration only: --gateway-network tls)"), (last, "4 of 4 links")] {
        let whole = sentence.iter().map(|row| row.trim()).collect::<Vec<_>>().join(" ");
        assert!(sentence.len() > 1 && whole.ends_with(end), "{sentence:#?}");
        assert!(sentence[1..].iter().all(|row| row.starts_with("  ") && !row.starts_with("   ")), "{sentence:#?}");
    }
}

fn a_terminal_that_is_resized(world: &World) {
    let terminal = Terminal::start(world.directory(), &["up", world.name()], 80, &[]);
    let drawn = |rows: &[String]| MEMBERS.iter().all(|m| rows.iter().any(|row| row.trim_start().starts_with(m)));
    terminal.until("every member has its row", target::patience(), drawn);
    terminal.resize(60);
    let shown = terminal.end();
    assert_eq!(shown.code, Some(0), "{}", shown.rows.join("\n"));
    assert!(shown.quiet >= Duration::from_millis(240), "nothing is drawn at first: {:?}", shown.quiet);
    each_member_has_one_row(&shown);
}

fn a_narrow_terminal_without_colour(world: &World) {
    world.engine.stop(&world.container("frontend-2"));
    let shown = Terminal::start(world.directory(), &["up", world.name()], 40, &[("NO_COLOR", "1")]).end();
    assert_eq!(shown.code, Some(0), "{}", shown.rows.join("\n"));
    each_member_has_one_row(&shown);
    in_whole_words(&shown);
    let text = String::from_utf8_lossy(&shown.raw).into_owned();
    let colours = text.split("\u{1b}[").skip(1).filter(|after| {
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| after[end..].starts_with('m') && !matches!(&after[..end], "" | "0"))
    });
    assert_eq!(colours.count(), 0, "{text:?}");
}

/// Beside each other where there is room, else below each other; no row goes on in the next one.
fn tables_that_do_not_fit(world: &World) {
    let shown = |words: &[&str], columns| {
        let shown = Terminal::start(world.directory(), words, columns, &[("NO_COLOR", "1")]).end();
        assert_eq!(shown.code, Some(0), "{}", shown.rows.join("\n"));
        shown
    };
    let rows = |shown: &Shown| shown.rows.iter().map(|row| row.trim_end().to_owned()).collect::<Vec<_>>();
    let address = format!("http://localhost:{}", world.port(0));
    let wide = rows(&shown(&["status", world.name()], 120));
    assert!(wide.iter().any(|row| row.starts_with("frontend-1 ") && row.contains(&address)), "{wide:#?}");
    let narrow = rows(&shown(&["status", world.name()], 40));
    for member in MEMBERS {
        assert!(narrow.iter().any(|row| row == member), "{member} is a paragraph: {narrow:#?}");
    }
    assert!(narrow.iter().any(|row| row.starts_with("  address ") && row.ends_with(&address)), "{narrow:#?}");
    assert!(!narrow.iter().any(|row| row.starts_with("MEMBER")), "{narrow:#?}");
    // No word is broken: the same ones stand in rows of any width.
    let words = |columns| {
        let rows = rows(&shown(&["verify", world.name()], columns));
        assert!(rows.iter().all(|row| row.chars().count() <= usize::from(columns)), "{rows:#?}");
        rows.join(" ").split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(41), words(400));
}

fn sentences_in_whole_words(world: &World) {
    world.engine.stop(&world.container("frontend-1"));
    let shown = Terminal::start(world.directory(), &["up", world.name()], 80, &[]).end();
    assert_eq!(shown.code, Some(0), "{}", shown.rows.join("\n"));
    each_member_has_one_row(&shown);
    in_whole_words(&shown);
}

fn fifty_quiet_looks(world: &World) {
    world.mended();
    for n in 0..50 {
        let verdict = world.verify();
        assert!(verdict.holds(), "false alarm at look {n}:\n{verdict}");
    }
}

fn junit(world: &World) {
    world.run(&["verify", world.name(), "--junit", "report.xml"]).expect(0);
    let whole = std::fs::read_to_string(world.directory().join("report.xml")).unwrap();
    assert!(whole.contains(r#"failures="0" errors="0""#), "{whole}");
    world.engine.stop(&world.container("backend-backup"));
    let verdict = world.verify_until("the master misses its backup", |v| v.names("backend", "peer-connected"));
    world.run(&["verify", world.name(), "--junit", "report.xml"]).expect(1);
    let broken = std::fs::read_to_string(world.directory().join("report.xml")).unwrap();
    let cases = verdict.report["checks"].as_array().unwrap().len();
    assert_eq!(broken.matches("<testcase ").count(), cases, "{broken}");
    assert!(broken.contains(r#"<failure type="stopped""#) && broken.contains("ignition-stack start"), "{broken}");
}

/// Nothing of what the containers wrote moves the cursor, sets a title or reaches the clipboard.
fn hostile_logs_in_a_terminal(world: &World) {
    let shown =
        Terminal::start(world.directory(), &["logs", world.name(), "frontend-1"], 80, &[("NO_COLOR", "1")]).end();
    assert_eq!(shown.code, Some(0));
    let text = String::from_utf8(shown.raw).expect("what is shown is UTF-8");
    for kind in ["ESC", "C1", "OSC 8", "OSC 52", "CR", "invalid UTF-8", "a long line"] {
        assert!(
            text.contains(&format!("hostile log: {kind}")) || text.contains(kind),
            "{kind} is not in what is shown"
        );
    }
    let harmful =
        |c: char| (c.is_control() && c != '\n' && c != '\r') || matches!(c, '\u{200f}' | '\u{202e}' | '\u{2066}');
    assert_eq!(text.chars().find(|c| harmful(*c)), None);
    assert!(text.split('\n').all(|line| !line.trim_end_matches('\r').contains('\r')), "a line that overwrites itself");
    let json = world.run(&["logs", world.name(), "frontend-1", "--output", "json"]).expect(0);
    for line in json.stdout.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(value["member"].is_string() && !line.chars().any(harmful), "{line}");
    }
}

fn lines_of_json_tell_each_change(world: &World) {
    let ran = world.run(&["up", world.name(), "--output", "json"]).expect(0);
    assert_eq!(ran.json()["verified"], true);
    let events: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|e| e["time"].is_string() && e["event"].is_string()), "{}", ran.stderr);
    let of =
        |member: &str| events.iter().filter(|e| e["event"] == "member" && e["member"] == member).collect::<Vec<_>>();
    let backup = of("backend-backup");
    assert!(backup.iter().any(|e| e["done"] == false) && backup.last().unwrap()["done"] == true, "{}", ran.stderr);
    assert!(
        events.iter().any(|e| e["event"] == "did" && e["text"].as_str().unwrap().contains("start")),
        "{}",
        ran.stderr
    );
}

fn the_bundle_has_no_secret(world: &World) {
    let log = world.engine.logs(&world.container("frontend-1"));
    assert!(log.contains(CANARY) && log.contains(CANARY_BASE64), "the canaries are in the log");
    let report = world.run(&["bundle", world.name(), "--output", "json"]).expect(0).json();
    let path = world.directory().join(report["file"].as_str().unwrap());
    let file = std::fs::read(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file.as_slice()));
    let mut files = std::collections::BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        for canary in [CANARY, CANARY_BASE64] {
            assert!(!text.contains(canary), "{canary} is in {name}");
        }
        files.insert(name.split_once('/').unwrap().1.to_owned(), text);
    }
    assert!(files["logs/frontend-1.log"].contains("***"), "where it was is seen");
    for name in ["tool.json", "engine.json", "record.json", "plan.txt", "checks.json", "containers.json"] {
        assert!(files.contains_key(name), "{name}: {:?}", files.keys());
    }
    assert_eq!(serde_json::from_str::<Value>(&files["containers.json"]).unwrap().as_array().unwrap().len(), 4);
    world.run(&["bundle", world.name()]).expect(3).says(&["nothing is written over"]);
    assert_eq!(std::fs::read(&path).unwrap(), file);
}
