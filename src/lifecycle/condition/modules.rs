//! Whether a gateway runs with all that belongs to it: modules, pending restarts, licence.

use super::verdict::{Judged, Reason};
use super::view::{View, unseen_or_old};
use crate::catalog::builtin::BuiltIn;
use crate::diagnosis::Cause;
use crate::gateway::Trial;
use crate::stack::Gateway;

/// No module is in quarantine but those that the stack disables.
pub(super) fn quarantined(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let Some(modules) = sighting.quarantined.value() else {
        return unseen_or_old(sighting, &sighting.quarantined, "/modules/quarantined");
    };
    // A strict whitelist holds back what the stack says it shall (fact sheet 8).
    let planned: Vec<String> = gateway.disabled.iter().map(BuiltIn::identifier).collect();
    let unplanned: Vec<_> = modules.iter().filter(|m| !m.id.as_ref().is_some_and(|id| planned.contains(id))).collect();
    let Some(first) = unplanned.first() else {
        return Judged::met(match modules.len() {
            0 => "/modules/quarantined is empty".to_owned(),
            held => format!("/modules/quarantined: the {held} that the stack disables"),
        });
    };
    let shown: Vec<String> = unplanned
        .iter()
        .take(10)
        .map(|m| m.reason.as_ref().map_or_else(|| m.name.clone(), |reason| format!("{} ({reason})", m.name)))
        .collect();
    Reason::new(format!("module {} quarantined", first.name), format!("/modules/quarantined: {}", shown.join(", ")))
        .because(Cause::ModuleQuarantined)
        .failed()
        .into()
}

/// No change waits for a restart.
pub(super) fn restart_tasks(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    match sighting.restarts.value() {
        None => unseen_or_old(sighting, &sighting.restarts, "/restart-tasks/pending"),
        Some(tasks) if tasks.is_empty() => Judged::met("/restart-tasks/pending is empty"),
        Some(tasks) => {
            let shown: Vec<&str> = tasks.iter().take(10).map(String::as_str).collect();
            Reason::new("restart pending", format!("/restart-tasks/pending: {}", shown.join(", ")))
                .because(Cause::RestartPending)
                .pending()
                .into()
        }
    }
}

/// Licensed, or the trial still runs. Each node of a pair has its own clock (fact sheet 8).
pub(super) fn trial(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let Some(trial) = sighting.trial.value() else {
        return unseen_or_old(sighting, &sighting.trial, "/trial");
    };
    let seen = described(trial);
    let mode = trial.mode.as_deref().unwrap_or_default().to_ascii_lowercase();
    match (mode.as_str(), trial.expired) {
        ("invalid", _) => Reason::new("licence invalid", seen).because(Cause::LicenseInvalid).failed().into(),
        (_, Some(true)) => Reason::new("trial expired", seen).because(Cause::TrialExpired).failed().into(),
        ("activated" | "free", _) => Judged::met(format!("licensed; {seen}")),
        ("trial", Some(false)) => match trial.seconds_left {
            Some(seconds) => Judged::met(format!("trial, {} min left; {seen}", seconds / 60)),
            None => Judged::met(format!("trial; {seen}")),
        },
        _ => Reason::new("licence not clear", seen).because(Cause::AnswerUnreadable).unknown().into(),
    }
}

fn described(trial: &Trial) -> String {
    let mut parts = Vec::new();
    if let Some(mode) = &trial.mode {
        parts.push(format!("licenseMode={mode}"));
    }
    if let Some(expired) = trial.expired {
        parts.push(format!("expired={expired}"));
    }
    if let Some(seconds) = trial.seconds_left {
        parts.push(format!("trialSecondsLeft={seconds}"));
    }
    format!("/trial {}", parts.join(" "))
}
