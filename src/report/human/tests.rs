//! What people read, to the letter.

use super::*;
use crate::error::{Class, Failure};
use crate::report::event::MemberLine;
use crate::report::outcome::{StatusRow, VolumeRow};

const PLAIN: Paint = Paint { on: false };

fn check(subject: &str, member: &str, condition: &str, state: &str, text: &str) -> CheckRow {
    CheckRow {
        subject: subject.into(),
        member: member.into(),
        condition: condition.into(),
        state: state.into(),
        text: text.into(),
        seen: format!("{condition} seen"),
        cause_id: None,
        cause: None,
        advice: None,
        follows: false,
    }
}

fn verify_report(checks: Vec<CheckRow>) -> VerifyReport {
    let count = |state: &str| checks.iter().filter(|c| c.state == state).count();
    let (passed, failed, unknown, skipped) = (count("pass"), count("fail"), count("unknown"), count("skip"));
    VerifyReport {
        stack: "demo".into(),
        simulated: false,
        holds: failed + unknown == 0,
        passed,
        failed,
        unknown,
        skipped,
        summary: SummaryRow::default(),
        checks,
        notes: Vec::new(),
        verbose: false,
    }
}

#[test]
fn verify_tells_a_note_that_is_no_fault() {
    let mut report = verify_report(vec![check("hub", "hub", "running", "pass", "RUNNING")]);
    report.notes.push("hub: its connection to \u{1b}[31mgone".into());
    let told = verify(&report, PLAIN);
    assert!(told.contains("note  hub: its connection to ") && !told.contains('\u{1b}'), "{told}");
}

#[test]
fn verify_shows_the_root_last_and_what_follows_in_a_line_each() {
    let mut stopped = check("hub-backup", "hub-backup", "reachable", "fail", "stopped");
    stopped.cause = Some("hub-backup was stopped".into());
    stopped.advice = Some("ignition-stack start demo hub-backup".into());
    let mut link = check("spoke-1 -> hub-backup", "spoke-1", "link-running", "fail", "hub-backup: Faulted");
    link.follows = true;
    let mut unseen = check("hub-backup", "hub-backup", "version", "unknown", "not running");
    unseen.follows = true;
    let checks = vec![
        check("hub", "hub", "running", "pass", "RUNNING"),
        check("hub", "hub", "version", "pass", "version"),
        link,
        stopped,
        unseen,
    ];
    insta::assert_snapshot!(verify(&verify_report(checks), PLAIN), @r"
    ok    hub                    RUNNING, version
    FAIL  spoke-1 -> hub-backup   hub-backup: Faulted
          1 check could not be made because of what follows
    FAIL  hub-backup   stopped
          seen    reachable seen
          cause   hub-backup was stopped
          try     ignition-stack start demo hub-backup
    2 checks passed, 2 failed, 1 unknown
    ");
}

#[test]
fn an_unknown_check_is_never_shown_as_passed() {
    let report = verify_report(vec![
        check("hub", "hub", "running", "pass", "RUNNING"),
        check("hub", "hub", "login", "unknown", "not logged in"),
    ]);
    insta::assert_snapshot!(verify(&report, PLAIN), @r"
    UNKNOWN  hub   not logged in
          seen    login seen
    1 check passed, 0 failed, 1 unknown
    ");
}

#[test]
fn verbose_shows_what_was_seen_of_passed_checks() {
    let mut report = verify_report(vec![check("hub", "hub", "running", "pass", "RUNNING")]);
    report.verbose = true;
    insta::assert_snapshot!(verify(&report, PLAIN), @r"
    ok    hub  RUNNING
            running: running seen
    1 check passed, 0 failed, 0 unknown
    ");
}

fn up_report(operations: usize, verified: bool) -> Outcome {
    let summary =
        SummaryRow { gateways_running: 4, gateways: 4, pairs_connected: 1, pairs: 1, links_running: 4, links: 4 };
    Outcome::Up(UpReport {
        stack: "demo".into(),
        directory: "/p/demo".into(),
        simulated: true,
        operations,
        verified,
        seconds: 91.2,
        summary,
        urls: vec!["http://localhost:9088".into(), "http://localhost:9089".into()],
        admin_username: "admin".into(),
        admin_password_file: "demo/secrets/admin-password".into(),
        members: Vec::<MemberLine>::new(),
        notes: Vec::new(),
    })
}

#[test]
fn up_ends_with_what_was_proven_and_where_to_go() {
    insta::assert_snapshot!(outcome(&up_report(20, true), PLAIN, None), @r"
    verified in 1 min 31 s: 4 gateways RUNNING, 1 pair PEER CONNECTED: Yes, Sync Status: Good, 4 of 4 links
      SIMULATED gateways: nothing here is a real Ignition
      http://localhost:9088   http://localhost:9089
      user admin, password in demo/secrets/admin-password
    ");
    assert!(
        outcome(&up_report(0, true), PLAIN, None).starts_with("nothing to do: everything is as the project says\n")
    );
    let unproven = outcome(&up_report(20, false), PLAIN, None);
    assert!(unproven.starts_with("started, not verified (--no-wait); next: ignition-stack verify demo --wait 10m\n"));
    assert!(!unproven.contains("verified in"));
}

#[test]
fn a_failure_has_log_member_sight_and_advice_and_foreign_text_is_harmless() {
    let mut told = Failure::new(Class::NotAsItShouldBe, "crashed\nfor good")
        .of("hub")
        .seen("seen: container demo-hub-1 is exited")
        .advise("docker logs demo-hub-1");
    told.log = vec!["java \u{1b}[31mboom\u{7}".into()];
    insta::assert_snapshot!(failure(&told, PLAIN, None), @r"
      | java \x1b[31mboom\x07
    error: hub: crashed
      for good
      seen: container demo-hub-1 is exited
      try: docker logs demo-hub-1
    ");
}

#[test]
fn log_lines_of_a_failure_are_broken_between_words() {
    let mut told = Failure::new(Class::NotAsItShouldBe, "crashed").of("hub");
    told.log = vec![
        "INFO   | jvm 1    | 2026/12/01 10:00:00 | E [g.ModuleManager] Module com.example.someone failed, giving up"
            .into(),
    ];
    assert_eq!(failure(&told, PLAIN, None).lines().count(), 2);
    insta::assert_snapshot!(failure(&told, PLAIN, Some(40)), @r"
      | INFO   | jvm 1    | 2026/12/01
        10:00:00 | E [g.ModuleManager]
        Module com.example.someone failed,
        giving up
    error: hub: crashed
    ");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let report = up_report(20, true);
    let plain = outcome(&report, PLAIN, None);
    let painted = outcome(&report, Paint { on: true }, None);
    assert_ne!(plain, painted);
    assert_eq!(console::strip_ansi_codes(&painted), plain);
}

#[test]
fn tables_leave_out_what_nobody_has() {
    let row = |member: &str, peer: &str| StatusRow {
        member: member.into(),
        state: "RUNNING".into(),
        peer: peer.into(),
        address: "http://localhost:9088".into(),
        ..StatusRow::default()
    };
    let report = StatusReport {
        stack: "demo".into(),
        simulated: false,
        members: vec![row("hub", "yes"), row("spoke-1", "")],
        notes: Vec::new(),
    };
    insta::assert_snapshot!(status(&report, PLAIN, None), @r"
    MEMBER   STATE    PEER  ADDRESS
    hub      RUNNING  yes   http://localhost:9088
    spoke-1  RUNNING        http://localhost:9088
    ");
    assert_eq!(list(&[], None), "no stacks on this engine\n");
}

#[test]
fn a_snapshot_tells_what_is_in_it_and_how_to_bring_it_back() {
    let volume = |name: &str, bytes| VolumeRow { volume: name.into(), bytes, sha256: "00".into() };
    let report = SnapshotReport {
        stack: "demo".into(),
        file: "demo/snapshots/demo-20261124T125000Z.tar".into(),
        taken: "2026-11-24T12:50:00Z".into(),
        members: "paused".into(),
        volumes: vec![volume("demo_hub-data", 5_000_000), volume("demo_db-data", 300)],
    };
    let down = Outcome::Down {
        stack: "demo".into(),
        containers: 2,
        networks: 1,
        volumes: 2,
        kept_volumes: 0,
        snapshot: Some(report.file.clone()),
    };
    let all = [Outcome::Snapshot(report.clone()), Outcome::Restore(report), down];
    insta::assert_snapshot!(all.map(|one| outcome(&one, PLAIN, None)).concat(), @r"
    demo: wrote 2 volumes, 4.77 MiB, to demo/snapshots/demo-20261124T125000Z.tar
    demo: restored 2 volumes, 4.77 MiB, of 2026-11-24T12:50:00Z
      next: ignition-stack up demo
    demo: removed 2 containers, 1 network, 2 volumes
      their data is in demo/snapshots/demo-20261124T125000Z.tar
      bring it back: ignition-stack restore demo demo/snapshots/demo-20261124T125000Z.tar
    ");
}
