//! Files and directories in the place of what is wanted, and links that lead elsewhere.

use std::path::Path;
use std::process::Command;

use fs_err::os::unix::fs::symlink;

use super::Case;

fn create(arguments: &[&str], says: &str) -> Case {
    Case::flags(&[&["create"], arguments].concat(), says)
}

pub(super) fn cases() -> Vec<Case> {
    let basic = ["demo", "--arch", "basic"];
    let at = |extra: &[&str], says: &str| create(&[&basic[..], extra].concat(), says);
    let password = |says: &str| at(&["--admin-password-file", "pw"], says);
    vec![
        create(&["demo", "-f", "nowhere"], "nowhere"),
        create(&["demo", "-f", ""], "a value is required"),
        create(&["demo", "-f", "."], "not a regular file"),
        create(&["demo", "-f", "/dev/zero"], "not a regular file"),
        create(&["demo", "-f", "/dev/stdin/x"], "/dev/stdin/x"),
        create(&["demo", "-f", "pipe"], "not a regular file").after(|w| pipe(&w.join("pipe"))),
        create(&["demo", "-f", "loop"], "loop").after(|w| symlink("loop", w.join("loop")).unwrap()),
        create(&["demo", "-f", "link"], "not a regular file").after(|w| symlink("/dev", w.join("link")).unwrap()),
        create(&["demo", "-f", "big"], "larger than 1048576").after(|w| sparse(&w.join("big"))),
        create(&["demo", "-f", &"x".repeat(300)], "xxx"),
        create(&["demo", "-f", "\u{1b}[31m"], "\\x1b[31m"),
        at(&[], "is a file").after(|w| fs_err::write(w.join("demo"), "mine").unwrap()),
        at(&[], "is not empty").after(full),
        at(&[], "is a symbolic link").after(|w| symlink("/tmp", w.join("demo")).unwrap()),
        at(&[], "is a symbolic link").after(|w| symlink("nowhere", w.join("demo")).unwrap()),
        at(&[], "is a symbolic link").after(|w| symlink("demo", w.join("demo")).unwrap()),
        at(&[], "a special file").after(|w| pipe(&w.join("demo"))),
        at(&["-o", "nowhere"], "is not an existing directory"),
        at(&["-o", "file"], "is not an existing directory").after(|w| fs_err::write(w.join("file"), "").unwrap()),
        at(&["-o", "loop"], "is not an existing directory").after(|w| symlink("loop", w.join("loop")).unwrap()),
        at(&["-o", "/proc"], "/proc"),
        at(&["-o", &"x".repeat(300)], "xxx"),
        at(&["-o", &"x/".repeat(5_000)], "x/x/x"),
        password("pw"),
        password("not a regular file").after(|w| fs_err::create_dir(w.join("pw")).unwrap()),
        password("not a regular file").after(|w| pipe(&w.join("pw"))),
        password("is empty").after(|w| fs_err::write(w.join("pw"), "\n").unwrap()),
        password("larger than 4096 bytes").after(|w| sparse(&w.join("pw"))),
        password("not UTF-8").after(|w| fs_err::write(w.join("pw"), b"\xff").unwrap()),
        password("a single quote").after(|w| fs_err::write(w.join("pw"), "it's").unwrap()),
        password("a line break").after(|w| fs_err::write(w.join("pw"), "a\nCOMPOSE_FILE=x").unwrap()),
        password("${").after(|w| fs_err::write(w.join("pw"), "a${HOME}").unwrap()),
        at(&["--admin-password-file", "/dev/zero"], "not a regular file"),
        create(&["demo"], "which architecture"),
        create(&["--arch", "basic"], "<NAME>"),
    ]
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A gibibyte that takes no room.
fn sparse(path: &Path) {
    fs_err::File::create(path).unwrap().set_len(1 << 30).unwrap();
}

fn full(world: &Path) {
    fs_err::create_dir(world.join("demo")).unwrap();
    fs_err::write(world.join("demo/mine"), "mine").unwrap();
}
