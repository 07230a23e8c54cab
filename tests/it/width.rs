//! The width of a terminal changes no word of any output, and no byte of what a program or a file may get: told by a variable, and by a
//! real terminal. Sentences are broken there where it is too narrow, nothing is cut off.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::world::World;

const WIDTHS: [u16; 3] = [40, 80, 200];

/// What is said, with lines that are longer than any of the widths; all but the first need the project that the first makes.
const WORDS: [&str; 13] = [
    "create demo --arch scale-out --frontends 2 --redundant backend --simulate",
    "create demo --arch basic",
    "create there --arch basic --output-dir LONG",
    "create other --arch hub-and-spoke --dry-run",
    "create other --arch hub-and-spoke --dry-run --output-format json",
    "create other -f broken.yaml",
    "create other --arch basic --redundant hub",
    "create other --arch ring",
    "create --help",
    "up demo --plan",
    "verify demo",
    "list",
    "schema",
];

/// What of these is no sentence: a project, a schema, the help. It is the same to the byte on every terminal.
const DOCUMENTS: [&str; 4] = [WORDS[3], WORDS[4], "create --help", "schema"];

/// A directory whose name is longer than any of the widths.
fn long() -> String {
    "far".repeat(70)
}

/// A world with a configuration that has problems in a line longer than any width.
fn world() -> World {
    let world = World::new();
    let text = format!(
        "name: demo\narchitecture: basic\ngateways:\n- name: gateway\n  role: hub # {}\n  http_port: 99999\n  ghost: {}\n",
        "long ".repeat(60),
        "long ".repeat(60)
    );
    fs_err::write(world.project("broken.yaml"), text).unwrap();
    fs_err::create_dir(world.project(&long())).unwrap();
    world
}

fn command(world: &World, words: &str) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ignition-stack"));
    command
        .env_clear()
        .env("HOME", world.path())
        // The same for every world: it is told when it cannot be reached.
        .env("DOCKER_HOST", "unix:///no-such-directory/no-such.sock")
        .current_dir(world.path())
        .args(words.replace("LONG", &long()).split(' '));
    command
}

/// The directory and the random identity replaced; both are as long in every world.
fn neutral(world: &World, text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).replace(&world.path().display().to_string(), "WORLD");
    let words = text.split_inclusive([' ', '"', '\n', '\r', '\u{1b}']);
    let is_identity =
        |word: &str| word.len() >= 36 && word.get(..36).is_some_and(|id| uuid::Uuid::parse_str(id).is_ok());
    words.map(|word| if is_identity(word) { "ID" } else { word }).collect()
}

#[test]
fn the_variable_changes_nothing() {
    let said = WIDTHS.map(|width| {
        let world = world();
        WORDS.map(|words| {
            let output = command(&world, words).env("COLUMNS", width.to_string()).output().unwrap();
            (neutral(&world, &output.stdout), neutral(&world, &output.stderr))
        })
    });
    assert!(said[0][2].0.lines().any(|line| line.chars().count() > 200), "{}", said[0][2].0);
    for other in &said[1..] {
        for (words, (one, other)) in WORDS.iter().zip(said[0].iter().zip(other)) {
            assert_eq!(one, other, "{words}");
        }
    }
}

/// What the program says to a terminal of that width.
fn on_terminal(world: &World, words: &str, width: u16) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    tcsetwinsize(&master, Winsize { ws_row: 50, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let terminal = || {
        let file = fs_err::OpenOptions::new().read(true).write(true).open(path.to_str().unwrap()).unwrap();
        Stdio::from(OwnedFd::from(file.into_file()))
    };
    // The command holds the terminal until it is dropped; without that nobody would see the end.
    let mut run = {
        let mut command = command(world, words);
        command.env("TERM", "xterm-256color").stdin(Stdio::null()).stdout(terminal()).stderr(terminal());
        command.spawn().unwrap()
    };
    let mut said = Vec::new();
    // Linux tells the end of a terminal that nobody holds any more by an error.
    let _ = std::fs::File::from(master).read_to_end(&mut said);
    run.wait().unwrap();
    neutral(world, &said)
}

#[test]
fn a_terminal_changes_no_word() {
    let said = WIDTHS.map(|width| {
        let world = world();
        WORDS.map(|words| on_terminal(&world, words, width))
    });
    assert!(said[0].iter().all(|text| !text.is_empty()));
    assert!(said[0].concat().contains("\u{1b}["), "it takes it for a terminal");
    for other in &said[1..] {
        for (words, (one, other)) in WORDS.iter().zip(said[0].iter().zip(other)) {
            assert!(one.split_whitespace().eq(other.split_whitespace()), "{words}\n{one}\n{other}");
            if DOCUMENTS.contains(words) {
                assert_eq!(one, other, "{words}");
            }
        }
    }
}
