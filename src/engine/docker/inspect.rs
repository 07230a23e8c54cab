//! One container looked at closely: what the list does not say. Asked for only where there is a reason, one call each.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::models::{ContainerInspectResponse, HealthStatusEnum};
use bollard::query_parameters::{EventsOptionsBuilder, InspectContainerOptions};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::Instant;

use super::Docker;
use super::observed::SeenContainer;
use crate::engine::{ContainerState, Ended, EngineError};

/// How much of a health check's last words is kept, in characters.
const MAX_SAID: usize = 1_000;

/// What is worth knowing of a container in trouble. No environment and no arguments: secrets may be in them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Excerpt {
    /// Its name.
    pub container: String,
    /// Identity on the engine.
    pub id: String,
    /// The reference that it was made from.
    pub image: String,
    /// The image behind it.
    pub image_id: String,
    /// `running`, `exited`, `restarting`.
    pub state: String,
    /// Exit code of its process; 0 while it runs.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed it for its memory.
    pub oom_killed: bool,
    /// How often the engine started it again by itself.
    pub restart_count: u32,
    /// When it was made, as the engine writes it.
    pub created: Option<String>,
    /// When its process was started last.
    pub started_at: Option<String>,
    /// When its process ended last.
    pub finished_at: Option<String>,
    /// The engine's own words on why it could not be started.
    pub error: Option<String>,
    /// `healthy`, `unhealthy`, `starting`; nothing without a health check.
    pub health: Option<String>,
    /// What the health check said last. Foreign text.
    pub health_said: Option<String>,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// Restart policy.
    pub restart_policy: Option<String>,
    /// Names of the networks that it is connected to.
    pub networks: Vec<String>,
    /// Names of its volumes, and where each is mounted.
    pub volumes: Vec<String>,
}

impl Excerpt {
    fn read(seen: ContainerInspectResponse) -> Self {
        let state = seen.state.unwrap_or_default();
        let host = seen.host_config.unwrap_or_default();
        let health =
            state.health.filter(|h| !matches!(h.status, None | Some(HealthStatusEnum::NONE | HealthStatusEnum::EMPTY)));
        let said = health.as_ref().and_then(|h| h.log.as_ref()?.last()?.output.clone());
        let mut networks: Vec<String> =
            seen.network_settings.and_then(|s| s.networks).unwrap_or_default().into_keys().collect();
        networks.sort();
        let volume =
            |m: bollard::models::MountPoint| Some(format!("{} at {}", m.name?, m.destination.unwrap_or_default()));
        let text = |t: Option<String>| t.filter(|t| !t.is_empty());
        Self {
            container: seen.name.unwrap_or_default().trim_start_matches('/').to_owned(),
            id: seen.id.unwrap_or_default(),
            image: seen.config.and_then(|c| c.image).unwrap_or_default(),
            image_id: seen.image.unwrap_or_default(),
            state: state.status.map(|s| s.to_string()).unwrap_or_default(),
            exit_code: state.exit_code,
            oom_killed: state.oom_killed.unwrap_or(false),
            restart_count: seen.restart_count.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            created: seen.created.map(|t| t.to_string()),
            started_at: text(state.started_at),
            finished_at: text(state.finished_at).filter(|t| !t.starts_with("0001-")),
            error: text(state.error),
            health: health.and_then(|h| h.status).map(|s| s.to_string()),
            health_said: said.map(|s| s.trim().chars().take(MAX_SAID).collect()),
            memory_limit: host.memory.and_then(|b| u64::try_from(b).ok()).filter(|b| *b > 0),
            restart_policy: host.restart_policy.and_then(|p| p.name).map(|n| n.to_string()),
            networks,
            volumes: seen.mounts.unwrap_or_default().into_iter().filter_map(volume).collect(),
        }
    }
}

/// What an earlier list showed of a container: since when its process has run at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    at: Instant,
    up: Duration,
    /// Its end, once it was looked at.
    ended: Option<Ended>,
}

/// Ages in the list are cut to whole seconds.
const ROUNDING: Duration = Duration::from_millis(1_300);

/// Whether a process is younger than it would be had it run on.
fn restarted(before: &Known, up: Duration, now: Instant) -> bool {
    up + ROUNDING < before.up + (now - before.at)
}

impl Docker {
    /// One container, closely.
    pub async fn excerpt(&self, container: &str) -> Result<Excerpt, EngineError> {
        let seen = self.client.inspect_container(container, None::<InspectContainerOptions>).await;
        seen.map(Excerpt::read).map_err(|e| self.fault(&format!("look at {container}"), &e))
    }

    /// How a container's process ended by itself, where the list gives reason to ask: it ended with an error, it is between
    /// two starts, or its process is younger than it was, because the engine started it again between two lists.
    pub(super) async fn ended(&self, seen: &SeenContainer) -> Option<Ended> {
        let now = Instant::now();
        let before = self.known(&seen.id);
        let again = match (&before, seen.up) {
            (Some(before), Some(up)) => restarted(before, up, now),
            _ => false,
        };
        let kept = before.as_ref().and_then(|b| b.ended);
        let ask = match seen.state {
            ContainerState::Restarting => true,
            ContainerState::Exited { code } => !matches!(code, Some(0 | 130 | 143)),
            ContainerState::Running => again,
            _ => false,
        };
        let ended = if ask { self.last_end(&seen.id, kept).await } else { kept };
        // Somebody who starts it by hand begins anew.
        let ended = ended.filter(|e| seen.state != ContainerState::Running || e.restarts > 0);
        let at_least = before.filter(|_| !again).map_or(Duration::ZERO, |b| b.up + (now - b.at));
        let up = seen.up.map_or(Duration::ZERO, |up| up.max(at_least.saturating_sub(ROUNDING)));
        self.remember(&seen.id, Known { at: now, up, ended });
        ended
    }
}

/// How far back the engine is asked for the end of a process that runs again.
const RECENT: Duration = Duration::from_mins(2);

impl Docker {
    async fn last_end(&self, id: &str, before: Option<Ended>) -> Option<Ended> {
        let excerpt = self.excerpt(id).await.ok()?;
        // A process that runs again has exit code 0: how the last one ended is among the engine's events.
        let code = if excerpt.state == "running" { self.last_exit_code(id).await } else { excerpt.exit_code };
        Some(end(&excerpt, code, before))
    }

    async fn last_exit_code(&self, id: &str) -> Option<i64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let filters = HashMap::from([("container", vec![id]), ("event", vec!["die"])]);
        let options = EventsOptionsBuilder::default()
            .since(&now.saturating_sub(RECENT).as_secs().to_string())
            // To the nanosecond: a later moment would be waited for.
            .until(&format!("{}.{:09}", now.as_secs(), now.subsec_nanos()))
            .filters(&filters)
            .build();
        let events: Vec<_> = self.client.events(Some(options)).collect().await;
        let last = events.into_iter().filter_map(Result::ok).next_back()?;
        last.actor?.attributes?.get("exitCode")?.parse().ok()
    }
}

fn end(excerpt: &Excerpt, code: Option<i64>, before: Option<Ended>) -> Ended {
    Ended {
        code: code.or_else(|| before.and_then(|b| b.code)),
        out_of_memory: excerpt.oom_killed || before.is_some_and(|b| b.out_of_memory),
        restarts: excerpt.restart_count,
        memory_limit: excerpt.memory_limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(up: u64, at: Instant) -> Known {
        Known { at, up: Duration::from_secs(up), ended: None }
    }

    #[test]
    fn a_process_that_runs_on_is_never_taken_for_another() {
        let start = Instant::now();
        for (ms, up) in [(500, 20), (1000, 20), (1500, 21), (60_000, 80)] {
            let now = start + Duration::from_millis(ms);
            assert!(!restarted(&known(20, start), Duration::from_secs(up), now), "{ms} ms: {up} s");
        }
        assert!(restarted(&known(20, start), Duration::ZERO, start + Duration::from_millis(500)));
        assert!(restarted(&known(0, start), Duration::ZERO, start + Duration::from_millis(1_400)));
    }

    #[test]
    fn what_ended_is_read_and_what_runs_again_keeps_its_last_end() {
        let inspected = r#"{"Id": "1b", "Name": "/demo-hub-1", "RestartCount": 2, "Image": "sha256:a",
            "Config": {"Image": "i:1", "Env": ["SECRET=x"]},
            "HostConfig": {"Memory": 1342177280, "RestartPolicy": {"Name": "unless-stopped"}},
            "State": {"Status": "restarting", "ExitCode": 137, "OOMKilled": true, "Error": "",
                      "FinishedAt": "2026-01-01T00:00:00Z", "StartedAt": "0001-01-01T00:00:00Z"}}"#;
        let excerpt = Excerpt::read(serde_json::from_str(inspected).unwrap());
        assert!(!serde_json::to_string(&excerpt).unwrap().contains("SECRET"));
        let ended = end(&excerpt, excerpt.exit_code, None);
        let wanted = Ended { code: Some(137), out_of_memory: true, restarts: 2, memory_limit: Some(1_342_177_280) };
        assert_eq!(ended, wanted);
        let runs =
            Excerpt { state: "running".into(), exit_code: Some(0), oom_killed: false, restart_count: 3, ..excerpt };
        let then = end(&runs, None, Some(ended));
        assert_eq!((then.code, then.out_of_memory, then.restarts), (Some(137), true, 3));
    }
}
