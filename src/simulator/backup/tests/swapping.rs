//! Wherever a kill strikes, the data is the old or the new.

use super::fixture::{Place, add, archive};
use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::Wishes;
use crate::simulator::backup::swap::finish;

const COMMITTED: &str = ".restore-committed";

fn place() -> Place {
    Place::new(&[
        ("config/resources/core/config-mode.json", "{}"),
        ("config/resources/core/old", "old"),
        ("config/resources/gone/old", "old"),
        ("projects/old/x", "old"),
    ])
}

fn bytes() -> Vec<u8> {
    archive(|zip| {
        add(zip, "config/resources/core/new", "new");
        add(zip, "config/resources/dev/new", "new");
        add(zip, "projects/new/x", "new");
    })
}

#[track_caller]
fn is_new(place: &Place) {
    for (path, there) in [
        ("config/resources/core/new", true),
        ("config/resources/dev/new", true),
        ("projects/new/x", true),
        ("config/resources/core/old", false),
        ("config/resources/gone", false),
        ("projects/old", false),
    ] {
        assert_eq!(place.has(path), there, "{path}");
    }
    assert!(place.names().iter().all(|name| !name.starts_with(".restore")), "{:?}", place.names());
}

#[test]
fn what_was_not_committed_is_cleared_away() {
    let place = place();
    place.data.write(".restore-abc/data/projects/new/x", b"new").unwrap();
    assert!(!finish(&place.data).unwrap());
    assert!(place.has("projects/old/x") && !place.has("projects/new") && !place.has(".restore-abc"));
}

#[test]
fn a_second_restore_waits_for_the_first() {
    let place = place();
    place.commit(&bytes(), &Wishes::default()).unwrap();
    assert!(matches!(place.commit(&bytes(), &Wishes::default()), Err(BackupError::Busy)));
    assert!(finish(&place.data).unwrap());
    is_new(&place);
}

/// Begins the swap by hand as a killed start leaves it: the first `done` places have their new content, the next one has lost its old.
#[test]
fn a_swap_that_was_cut_short_is_finished() {
    let moves = ["config/resources/core", "config/resources/dev", "projects"];
    for done in 0..=moves.len() {
        for half in [false, true] {
            let place = place();
            place.commit(&bytes(), &Wishes::default()).unwrap();
            let tree = place.data.path(COMMITTED).join("data");
            let away = place.data.path(COMMITTED).join("old");
            fs_err::create_dir_all(&away).unwrap();
            let set_aside = |path: &str| {
                if place.has(path) {
                    fs_err::rename(place.data.path(path), away.join(path.replace('/', "-"))).unwrap();
                }
            };
            for path in &moves[..done] {
                set_aside(path);
                fs_err::rename(tree.join(path), place.data.path(path)).unwrap();
            }
            if half && let Some(path) = moves.get(done) {
                set_aside(path);
            }
            assert!(finish(&place.data).unwrap(), "{done} {half}");
            is_new(&place);
        }
    }
}

#[test]
fn a_kill_while_it_is_cleared_away_costs_nothing() {
    let place = place();
    place.commit(&bytes(), &Wishes::default()).unwrap();
    finish(&place.data).unwrap();
    // As a part of what was set aside would be left.
    place.data.write(".restore-done/old/x", b"old").unwrap();
    assert!(!finish(&place.data).unwrap());
    is_new(&place);
}

#[test]
fn a_plan_that_makes_no_sense_keeps_the_gateway_from_starting() {
    for plan in [
        "{",
        "{}",
        r#"{"come":[],"gone":["../x"]}"#,
        r#"{"come":["/etc"],"gone":[]}"#,
        r#"{"come":[],"gone":["config/resources/core","."]}"#,
        r#"{"come":[],"gone":["config"]}"#,
        r#"{"come":[],"gone":[".simulated-gateway.json"]}"#,
    ] {
        let place = place();
        place.commit(&bytes(), &Wishes::default()).unwrap();
        fs_err::write(place.data.path(COMMITTED).join("plan.json"), plan).unwrap();
        assert!(finish(&place.data).is_err(), "{plan}");
        assert!(place.has("projects/old/x") && place.has("config/resources/gone/old") && place.has(COMMITTED));
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_restore_is_left_alone() {
    let (place, other) = (place(), place());
    other.data.write("plan.json", br#"{"come":[],"gone":["projects"]}"#).unwrap();
    std::os::unix::fs::symlink(other.data.path(""), place.data.path(COMMITTED)).unwrap();
    assert!(!finish(&place.data).unwrap());
    assert!(place.has("projects/old/x") && other.has("plan.json"));
}
