//! Checks -> rows of a report and failures: the judge's words filled with names.

use crate::error::{Class, Failure};
use crate::lifecycle::condition::{self, Check, Condition, Reason, Verdict};
use crate::lifecycle::roots::Roots;
use crate::report::outcome::{CheckRow, SummaryRow};
use crate::stack::Stack;

/// Every check as a row.
pub(super) fn check_rows(stack: &Stack, checks: &[Check]) -> Vec<CheckRow> {
    let roots = Roots::of(checks);
    checks.iter().map(|c| check_row(stack, c, roots.follows(c))).collect()
}

fn check_row(stack: &Stack, check: &Check, follows: bool) -> CheckRow {
    let (state, reason) = match &check.verdict {
        Verdict::Met => ("pass", None),
        Verdict::Skipped(_) => ("skip", None),
        Verdict::Pending(reason) | Verdict::Failed(reason) => ("fail", Some(reason)),
        Verdict::Unknown(reason) => ("unknown", Some(reason)),
    };
    let text = match (&check.verdict, reason) {
        (Verdict::Skipped(why), _) => why.clone(),
        (_, Some(reason)) => reason.text.clone(),
        _ if failed_over(check) => FAILED_OVER.to_owned(),
        _ => holds(check.condition).to_owned(),
    };
    let (cause, advice) = words(stack, check, reason);
    CheckRow {
        subject: check.subject.to_string(),
        member: check.gateway.to_string(),
        condition: check.condition.to_string(),
        state: state.to_owned(),
        text,
        seen: reason.map_or_else(|| check.evidence.clone(), |r| r.seen.clone()),
        cause_id: reason.and_then(|r| r.cause).map(|cause| cause.id().to_owned()),
        cause,
        advice,
        follows: follows && !check.verdict.is_settled(),
    }
}

const FAILED_OVER: &str = "the backup is active (failed over)";

/// Whether a pair is redundant with its backup at work.
fn failed_over(check: &Check) -> bool {
    check.condition == Condition::ActivityLevel
        && check.verdict == Verdict::Met
        && check.evidence.contains("(failed over)")
}

/// What is true and yet worth knowing.
pub(super) fn notes(checks: &[Check]) -> Vec<String> {
    let mut notes: Vec<String> =
        checks.iter().filter(|c| failed_over(c)).map(|c| format!("{}: {FAILED_OVER}", c.subject)).collect();
    notes.dedup();
    notes
}

/// What a condition that holds is called on one line, in the words of the gateway's pages.
fn holds(condition: Condition) -> &'static str {
    match condition {
        Condition::Configuration => "as recorded",
        Condition::ServiceHealthy => "healthy",
        Condition::Reachable => "reachable",
        Condition::Networks => "networks",
        Condition::Running => "RUNNING",
        Condition::Version => "version",
        Condition::Edition => "edition",
        Condition::SystemName => "system name",
        Condition::Login => "login",
        Condition::Role => "role",
        Condition::SyncState => "Sync Status: Good",
        Condition::ActivityLevel => "Activity Level",
        Condition::PeerConnected => "PEER CONNECTED: Yes",
        Condition::LinkRunning => "Running",
        Condition::Remotes => "remotes",
        Condition::LinkAccepted => "accepted",
        Condition::Database => "database valid",
        Condition::Modules => "modules",
        Condition::RestartTasks => "no restart pending",
        Condition::Trial => "licence or trial",
        Condition::Route => "route through the proxy",
        Condition::PairRoute => "the pair's route reaches the active node",
        Condition::FreshClient => "lands on the active node",
        Condition::Identities => "distinct identities",
    }
}

fn words(stack: &Stack, check: &Check, reason: Option<&Reason>) -> (Option<String>, Option<String>) {
    let Some(cause) = reason.and_then(|r| r.cause) else { return (None, None) };
    let names = check.names(stack);
    (Some(cause.text(&names)), Some(cause.advice(&names)))
}

pub(super) fn summary(stack: &Stack, checks: &[Check]) -> SummaryRow {
    let s = condition::summary(stack, checks);
    SummaryRow {
        gateways_running: s.gateways_running,
        gateways: s.gateways,
        pairs_connected: s.pairs_connected,
        pairs: s.pairs,
        links_running: s.links_running,
        links: s.links,
    }
}

/// The failure of a run that ended with `check`; the other open checks follow in a line each.
pub(super) fn failure(stack: &Stack, checks: &[Check], check: &Check, class: Class) -> Failure {
    let row = check_row(stack, check, false);
    let mut failure = Failure::new(class, format!("{}: {}", row.subject, row.text)).of(row.member.clone());
    if row.subject == row.member {
        failure.what.clone_from(&row.text);
    }
    failure.cause_id = check.verdict.reason().and_then(|r| r.cause).map(crate::diagnosis::Cause::id);
    if !row.seen.is_empty() {
        failure = failure.seen(format!("seen: {}", row.seen));
    }
    if let Some(cause) = row.cause {
        failure = failure.seen(format!("cause: {cause}"));
    }
    let roots = Roots::of(checks);
    let others: Vec<_> = checks
        .iter()
        .filter(|c| !c.verdict.is_settled() && *c != check && !roots.follows(c))
        .map(|c| check_row(stack, c, false))
        .collect();
    for other in others.iter().take(OTHERS_SHOWN) {
        failure = failure.seen(format!("also: {}: {}", other.subject, other.text));
    }
    if others.len() > OTHERS_SHOWN {
        failure = failure.seen(format!("and {} more", others.len() - OTHERS_SHOWN));
    }
    match row.advice {
        Some(advice) => failure.advise(advice),
        None => failure.advise(format!("ignition-stack logs {} {}", stack.name, check.gateway)),
    }
}

/// How many other open checks a failure names.
const OTHERS_SHOWN: usize = 6;
