//! `verify`: the conditions of `up`, judged once, or again and again with `--wait`.

use std::time::Duration;

use super::{Context, data, open, preflight, rows};
use crate::cli::VerifyArgs;
use crate::engine::docker::{Docker, Scope};
use crate::error::Failure;
use crate::lifecycle::condition::{Check, Condition, Subject, left_over};
use crate::lifecycle::line;
use crate::lifecycle::listing::Listing;
use crate::lifecycle::wait::{self, Ended, GiveUp, Snapshot};
use crate::project;
use crate::report::junit;
use crate::report::outcome::{CheckRow, VerifyReport};
use crate::report::{Event, Outcome};
use crate::stack::Stack;

/// How long the turn of a pair may take; the gateways' own take less.
const TURNS_WITHIN: Duration = Duration::from_secs(5);
/// Time between two looks meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

pub(super) async fn run(args: &VerifyArgs, context: &Context) -> Result<Outcome, Failure> {
    let name = open::optional_name(args.name.as_ref())?;
    let docker = context.engine().await?;
    let project = open::project_or_label(&context.settings, &docker, name.as_ref()).await?;
    let stack = &project.stack;
    let password = known_password(&project, context);
    let host = docker.endpoint().remote_host();
    for warning in preflight::warnings(preflight::reach(&docker, stack, false).as_slice()) {
        context.event(Event::Warning(warning));
    }
    let scope = Scope { stack: stack.name.clone(), id: Some(stack.id) };
    let snapshot = match args.wait {
        None => settled(&docker, &project, password.as_deref()).await?,
        Some(limit) => {
            let began = std::time::Instant::now();
            let tell = |snapshot: &Snapshot| {
                context.event(Event::Members(line::lines(stack, snapshot, |_, _| began.elapsed())));
            };
            let clients = open::clients(stack, password.as_deref(), host.as_deref())?;
            let listing = Listing::new(&docker, stack, &*context.reporter);
            let ended = tokio::select! {
                ended = wait::until(listing, stack, clients, limit, GiveUp::AtTheDeadline, tell) => Some(ended?),
                () = data::left_half_done(&docker, &scope) => None,
            };
            match ended {
                Some(Ended::Holds(snapshot) | Ended::Hopeless(snapshot, _)) => snapshot,
                Some(Ended::TimedOut(snapshot)) if !snapshot.checks.is_empty() => snapshot,
                _ => wait::once(&docker, stack, open::clients(stack, password.as_deref(), host.as_deref())?).await?,
            }
        }
    };
    let unfinished = data::not_whole(&docker, &scope).await?;
    let report = report(stack, &snapshot, unfinished, context.settings.verbose > 0);
    if let Some(path) = &args.junit {
        let path = context.settings.cwd.join(path);
        project::replace(&path, junit::junit(&report).as_bytes())?;
    }
    Ok(Outcome::Verify(report))
}

/// One look, and more of them while nothing but the turn of a pair is open: two answers of one node, or of its two nodes, that come
/// before and after the other one takes over belong to no state of the pair. Each look is judged alone: what an earlier one showed
/// does not count.
async fn settled(docker: &Docker, project: &open::Project, password: Option<&str>) -> Result<Snapshot, Failure> {
    let host = docker.endpoint().remote_host();
    let began = std::time::Instant::now();
    loop {
        let clients = open::clients(&project.stack, password, host.as_deref())?;
        let snapshot = wait::once(docker, &project.stack, clients).await?;
        if !turns(&snapshot.checks) || began.elapsed() >= TURNS_WITHIN {
            return Ok(snapshot);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Whether checks are open, and all of them about which node of a pair is at work, with no cause that is known: it changes just now.
fn turns(checks: &[Check]) -> bool {
    let mut open = checks.iter().filter(|check| !check.verdict.is_settled()).peekable();
    let changing = |check: &Check| {
        check.condition == Condition::ActivityLevel
            && check.verdict.reason().is_some_and(|reason| reason.cause.is_none())
    };
    open.peek().is_some() && open.all(changing)
}

/// The administrator's password; when the project has none, a warning says what that means.
pub(super) fn known_password(project: &open::Project, context: &Context) -> Option<String> {
    open::password(&project.directory)
        .map_err(|failure| {
            context.event(Event::Warning(format!("{}; what needs a login stays unknown", failure.what)));
        })
        .ok()
}

/// `unfinished`: that a restore or a deletion did not end, when one did not. Then nothing else counts: whatever runs has half the data.
fn report(stack: &Stack, snapshot: &Snapshot, unfinished: Option<Failure>, verbose: bool) -> VerifyReport {
    let mut checks = rows::check_rows(stack, &snapshot.checks);
    if let Some(failure) = unfinished {
        for check in checks.iter_mut().filter(|check| matches!(check.state.as_str(), "fail" | "unknown")) {
            check.follows = true;
        }
        checks.insert(0, unfinished_row(stack, failure));
    }
    let count = |state: &str| checks.iter().filter(|c| c.state == state).count();
    let (passed, failed, unknown, skipped) = (count("pass"), count("fail"), count("unknown"), count("skip"));
    VerifyReport {
        stack: stack.name.to_string(),
        simulated: stack.simulated(),
        holds: failed == 0 && unknown == 0 && passed > 0,
        passed,
        failed,
        unknown,
        skipped,
        summary: rows::summary(stack, &snapshot.checks),
        checks,
        notes: left_over(stack, &snapshot.sightings),
        verbose,
    }
}

fn unfinished_row(stack: &Stack, failure: Failure) -> CheckRow {
    CheckRow {
        subject: Subject::Stack.to_string(),
        member: stack.name.to_string(),
        condition: "data".to_owned(),
        state: "fail".to_owned(),
        text: failure.what,
        seen: format!("its mark is still there: a volume {}_..., or the container that fills the volumes", stack.name),
        cause_id: None,
        cause: None,
        advice: failure.advice,
        follows: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Cause;
    use crate::engine::Undone;
    use crate::lifecycle::condition::{Reason, Verdict};
    use crate::stack::Name;

    fn check(condition: Condition, verdict: Verdict) -> Check {
        let gateway = Name::parse("hub").unwrap();
        let subject = Subject::Gateway(gateway.clone());
        Check { subject, condition, verdict, evidence: String::new(), gateway, peer: None }
    }

    fn reason(cause: Option<Cause>) -> Reason {
        Reason { text: "t".to_owned(), seen: String::new(), cause, hopeless_after: None }
    }

    #[test]
    fn only_the_turn_of_a_pair_is_looked_at_again() {
        let changing = || check(Condition::ActivityLevel, Verdict::Pending(reason(None)));
        let met = || check(Condition::Running, Verdict::Met);
        assert!(turns(&[met(), changing()]));
        assert!(turns(&[changing(), check(Condition::ActivityLevel, Verdict::Unknown(reason(None)))]));
        assert!(!turns(&[met()]), "nothing is open");
        assert!(!turns(&[]));
        let known = check(Condition::ActivityLevel, Verdict::Pending(reason(Some(Cause::SplitBrain))));
        assert!(!turns(&[changing(), known]));
        assert!(!turns(&[changing(), check(Condition::PeerConnected, Verdict::Pending(reason(None)))]));
    }

    #[test]
    fn a_restore_that_did_not_end_fails_whatever_else_is_seen() {
        let stack = crate::render::fixture::stack();
        let all_met = Snapshot { checks: vec![check(Condition::Running, Verdict::Met)], ..Snapshot::default() };
        assert!(report(&stack, &all_met, None, false).holds);
        let scope = Scope { stack: stack.name.clone(), id: Some(stack.id) };
        let told = report(&stack, &all_met, Some(data::half_done(&scope, Undone::Restore)), false);
        assert_eq!((told.holds, told.failed, told.checks[0].condition.as_str()), (false, 1, "data"));
        let open =
            Snapshot { checks: vec![check(Condition::Running, Verdict::Pending(reason(None)))], ..Snapshot::default() };
        let told = report(&stack, &open, Some(data::half_done(&scope, Undone::Restore)), false);
        assert_eq!(told.checks.iter().map(|c| c.follows).collect::<Vec<_>>(), [false, true]);
    }
}
