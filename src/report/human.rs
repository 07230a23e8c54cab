//! Outcomes and failures in words. Pure: text in, text out.

mod doctor;

use std::fmt::Write as _;
use std::time::Duration;

use super::foreign::harmless;
use super::outcome::{
    CheckRow, FilesRow, ListRow, Outcome, SnapshotReport, StatusReport, SummaryRow, UpReport, VerifyReport,
};
use super::paint::Paint;
use super::plan;
use super::source;
use super::table::table;
use super::wrap::fitting;
use crate::error::Failure;

/// Said wherever gateways are simulated.
const SIMULATED: &str = "SIMULATED gateways: nothing here is a real Ignition";

/// `width`: columns of the terminal, where there is one. Only tables depend on it; sentences are broken later.
pub(super) fn outcome(outcome: &Outcome, paint: Paint, width: Option<usize>) -> String {
    match outcome {
        Outcome::Create { stack, directory, files } => format!(
            "created {} ({} files)\n  next: ignition-stack up {stack}\n",
            paint.bold(&harmless(directory)),
            files.len()
        ),
        Outcome::Update { stack, directory, files } => update(stack, directory, files, paint),
        Outcome::Plan(report) => plan::text(report),
        Outcome::Up(report) => up(report, paint),
        Outcome::Verify(report) => verify(report, paint),
        Outcome::Status(report) => status(report, paint, width),
        Outcome::Doctor(report) => doctor::doctor(report, paint),
        Outcome::List { stacks } => list(stacks, width),
        Outcome::Acted { done, stack, members } if members.is_empty() => {
            format!("{stack}: nothing to do, nothing had to be {done}\n")
        }
        Outcome::Acted { done, stack, members } => {
            format!("{done} {} of {stack}: {}\n", count(members.len(), "container"), members.join(", "))
        }
        Outcome::Down { stack, containers, networks, volumes, kept_volumes, snapshot } => {
            let mut text =
                format!("{stack}: removed {}, {}", count(*containers, "container"), count(*networks, "network"));
            if *volumes > 0 {
                let _ = write!(text, ", {}", count(*volumes, "volume"));
            }
            if *kept_volumes > 0 {
                let _ = write!(text, "; kept {} with the data", count(*kept_volumes, "volume"));
            }
            if let Some(file) = snapshot {
                let _ = write!(text, "\n  their data is in {}", paint.bold(&harmless(file)));
                let _ = write!(text, "\n  bring it back: ignition-stack restore {stack} {}", harmless(file));
            }
            text + "\n"
        }
        Outcome::Snapshot(report) => format!(
            "{}: wrote {}, {}, to {}\n",
            report.stack,
            count(report.volumes.len(), "volume"),
            bytes(report),
            paint.bold(&harmless(&report.file))
        ),
        Outcome::Restore(report) => format!(
            "{}: restored {}, {}, of {}\n  next: ignition-stack up {}\n",
            report.stack,
            count(report.volumes.len(), "volume"),
            bytes(report),
            harmless(&report.taken),
            report.stack
        ),
        Outcome::Unlock { stack, held_by: None } => format!("{stack}: nothing to do, no run holds it\n"),
        Outcome::Unlock { stack, held_by: Some(holder) } => {
            format!("{stack}: released; it was held by {}\n", harmless(holder))
        }
        Outcome::Bundle { file, bytes, files, .. } => format!(
            "wrote {} ({}, {} KiB); secrets are masked, and yet look at it before you give it away\n",
            paint.bold(&harmless(file)),
            count(files.len(), "file"),
            bytes.div_ceil(1024)
        ),
        Outcome::Raw { text } => text.clone(),
        Outcome::Said => String::new(),
    }
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn bytes(report: &SnapshotReport) -> String {
    indicatif::HumanBytes(report.volumes.iter().map(|v| v.bytes).sum()).to_string()
}

fn update(stack: &str, directory: &str, files: &FilesRow, paint: Paint) -> String {
    let mut text = String::new();
    for (what, paths) in [("added", &files.added), ("changed", &files.written), ("removed", &files.removed)] {
        for path in paths {
            let _ = writeln!(text, "  {what:<8} {}", harmless(path));
        }
    }
    for path in &files.kept {
        let _ = writeln!(text, "  kept     {}   (edited by hand; --overwrite writes it anew)", harmless(path));
    }
    let changed = files.added.len() + files.written.len() + files.removed.len();
    let directory = paint.bold(&harmless(directory));
    if changed == 0 {
        let _ = writeln!(text, "{directory}: nothing to change");
    } else {
        let _ = writeln!(text, "updated {directory} ({})\n  next: ignition-stack up {stack}", count(changed, "file"));
    }
    text
}

/// `4 gateways RUNNING, 1 pair PEER CONNECTED: Yes, Sync Status: Good, 4 of 4 links`: the words of the gateway's own pages.
fn proven(s: &SummaryRow) -> String {
    let mut text = format!("{} RUNNING", count(s.gateways_running, "gateway"));
    if s.pairs > 0 {
        let _ = write!(text, ", {} PEER CONNECTED: Yes, Sync Status: Good", count(s.pairs_connected, "pair"));
    }
    if s.links > 0 {
        let _ = write!(text, ", {} of {} links", s.links_running, s.links);
    }
    text
}

fn up(report: &UpReport, paint: Paint) -> String {
    let mut text = String::new();
    if report.operations == 0 {
        text.push_str("nothing to do: everything is as the project says\n");
    }
    if report.verified {
        let took = took(Duration::from_secs_f64(report.seconds));
        let _ = writeln!(text, "{} in {took}: {}", paint.good("verified"), proven(&report.summary));
    } else {
        let _ = writeln!(
            text,
            "{}, not verified (--no-wait); next: ignition-stack verify {} --wait 10m",
            paint.warn("started"),
            report.stack
        );
    }
    for note in &report.notes {
        let _ = writeln!(text, "  {}", paint.warn(&harmless(note)));
    }
    if report.simulated {
        let _ = writeln!(text, "  {}", paint.warn(SIMULATED));
    }
    let _ = writeln!(
        text,
        "  {}\n  user {}, password in {}",
        report.urls.join("   "),
        harmless(&report.admin_username),
        harmless(&report.admin_password_file)
    );
    text
}

fn took(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{s} s"),
        _ => format!("{} min {} s", s / 60, s % 60),
    }
}

fn verify(report: &VerifyReport, paint: Paint) -> String {
    let mut text = String::new();
    let widest = report.checks.iter().map(|c| c.subject.chars().count()).max().unwrap_or(0);
    for subject in subjects(&report.checks) {
        let of: Vec<&CheckRow> = report.checks.iter().filter(|c| c.subject == subject).collect();
        if of.iter().all(|c| !is_open(c)) {
            let mut passed: Vec<&str> = of.iter().filter(|c| c.state == "pass").map(|c| c.text.as_str()).collect();
            passed = unique(passed);
            // What was only skipped was not checked, and is no "ok".
            if passed.is_empty() {
                continue;
            }
            let _ = writeln!(
                text,
                "{}    {:<widest$}  {}",
                paint.good("ok"),
                harmless(subject),
                harmless(&passed.join(", "))
            );
        }
        if report.verbose {
            for check in of.iter().filter(|c| !is_open(c)) {
                let _ =
                    writeln!(text, "        {}", paint.dim(&format!("{}: {}", check.condition, harmless(&check.seen))));
            }
        }
    }
    for note in &report.notes {
        let _ = writeln!(text, "{}", paint.warn(&format!("note  {}", harmless(note))));
    }
    let open = || report.checks.iter().filter(|c| is_open(c));
    for check in open().filter(|c| c.follows && c.state == "fail") {
        let _ = writeln!(text, "{}  {}   {}", paint.bad("FAIL"), harmless(&check.subject), harmless(&check.text));
    }
    let unseen = open().filter(|c| c.follows && c.state == "unknown").count();
    if unseen > 0 {
        let _ = writeln!(
            text,
            "      {}",
            paint.dim(&format!("{} could not be made because of what follows", count(unseen, "check")))
        );
    }
    for check in open().filter(|c| !c.follows) {
        let word = if check.state == "fail" { paint.bad("FAIL") } else { paint.warn("UNKNOWN") };
        root(&mut text, check, &word);
    }
    if report.simulated {
        let _ = writeln!(text, "{}", paint.warn(SIMULATED));
    }
    let last =
        format!("{} passed, {} failed, {} unknown", count(report.passed, "check"), report.failed, report.unknown);
    let _ = writeln!(text, "{}", if report.holds { paint.good(&last) } else { paint.bad(&last) });
    text
}

fn is_open(check: &CheckRow) -> bool {
    matches!(check.state.as_str(), "fail" | "unknown")
}

/// What the checks are about, each once, in their order.
fn subjects(checks: &[CheckRow]) -> Vec<&str> {
    unique(checks.iter().map(|c| c.subject.as_str()).collect())
}

fn unique(all: Vec<&str>) -> Vec<&str> {
    let mut seen = Vec::with_capacity(all.len());
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// A check at the root: with what was seen, the cause, and one thing to try.
fn root(text: &mut String, check: &CheckRow, word: &str) {
    let _ = writeln!(text, "{word}  {}   {}", harmless(&check.subject), harmless(&check.text));
    if !check.subject.contains(&check.member) {
        let _ = writeln!(text, "      of      {}", harmless(&check.member));
    }
    let cause = check.cause.as_ref().map(|cause| match &check.cause_id {
        Some(id) => format!("{cause} [{id}]"),
        None => cause.clone(),
    });
    for (name, value) in [("seen", Some(&check.seen)), ("cause", cause.as_ref()), ("try", check.advice.as_ref())] {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let _ = writeln!(text, "      {name:<6}  {}", harmless(value));
        }
    }
}

fn status(report: &StatusReport, paint: Paint, width: Option<usize>) -> String {
    let rows: Vec<Vec<String>> = report
        .members
        .iter()
        .map(|m| {
            [&m.member, &m.state, &m.role, &m.level, &m.sync, &m.peer, &m.links, &m.address, &m.trial]
                .map(Clone::clone)
                .to_vec()
        })
        .collect();
    let heading = ["MEMBER", "STATE", "ROLE", "LEVEL", "SYNC", "PEER", "LINKS", "ADDRESS", "TRIAL LEFT"];
    let mut text = table(&heading, &rows, width);
    for note in &report.notes {
        let _ = writeln!(text, "{}", paint.bad(&harmless(note)));
    }
    if report.simulated {
        let _ = writeln!(text, "{}", paint.warn(SIMULATED));
    }
    text
}

fn list(stacks: &[ListRow], width: Option<usize>) -> String {
    if stacks.is_empty() {
        return "no stacks on this engine\n".to_owned();
    }
    let rows: Vec<Vec<String>> = stacks
        .iter()
        .map(|s| {
            let directory = match (&s.directory, s.directory_exists) {
                (Some(directory), true) => directory.clone(),
                (Some(directory), false) => format!("{directory} (gone)"),
                (None, _) => "not known".to_owned(),
            };
            let simulated = if s.simulated { "simulated" } else { "" };
            vec![
                s.stack.clone(),
                format!("{} of {} running", s.running, s.containers),
                match (s.restore_unfinished, s.deletion_unfinished) {
                    (true, _) => format!("{}, restore did not end", s.volumes),
                    (_, true) => format!("{}, deletion did not end", s.volumes),
                    _ => s.volumes.to_string(),
                },
                simulated.to_owned(),
                directory,
            ]
        })
        .collect();
    table(&["STACK", "CONTAINERS", "VOLUMES", "KIND", "PROJECT"], &rows, width)
}

/// `width`: columns of the terminal, where there is one. Lines of files are left as they are.
pub(super) fn failure(failure: &Failure, paint: Paint, width: Option<usize>) -> String {
    let mut text = String::new();
    for line in &failure.log {
        let _ = writeln!(text, "  {} {}", paint.dim("|"), harmless(line));
    }
    text = fitting(text, width);
    let member = failure.member.as_ref().map(|m| format!("{}: ", paint.bold(&harmless(m)))).unwrap_or_default();
    let word = failure.cause_id.map_or_else(|| "error:".to_owned(), |id| format!("error[{id}]:"));
    let what = format!("{} {member}{}\n", paint.bad(&word), multiline(&failure.what));
    text.push_str(&fitting(what, width));
    text.push_str(&source::problems(failure.file.as_deref().unwrap_or_default(), &failure.problems, paint));
    let mut rest = String::new();
    for detail in &failure.details {
        let _ = writeln!(rest, "  {}", multiline(detail));
    }
    if let Some(advice) = &failure.advice {
        let _ = writeln!(rest, "  {} {}", paint.bold("try:"), harmless(advice));
    }
    text + &fitting(rest, width)
}

/// Our own line breaks stay, indented; everything else is made harmless.
fn multiline(text: &str) -> String {
    text.lines().map(|l| harmless(l).into_owned()).collect::<Vec<_>>().join("\n  ")
}

#[cfg(test)]
mod tests;
