//! Whether a gateway runs with all that belongs to it: modules, pending restarts, licence.

use super::verdict::{Judged, Reason};
use super::view::{View, unseen_or_old};
use crate::diagnosis::Cause;
use crate::gateway::Trial;
use crate::stack::Gateway;

/// No module is in quarantine.
pub(super) fn quarantined(view: View<'_>, gateway: &Gateway) -> Judged {
    let sighting = match view.ready(&gateway.name) {
        Ok(sighting) => sighting,
        Err(judged) => return judged,
    };
    let Some(modules) = sighting.quarantined.value() else {
        return unseen_or_old(sighting, &sighting.quarantined, "/modules/quarantined");
    };
    let Some(first) = modules.first() else {
        return Judged::met("/modules/quarantined is empty");
    };
    let shown: Vec<String> = modules
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
