//! Waiting until containers are healthy: one list call for all of them, at most twice a second. Dropping the future ends it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Docker;
use super::observed::SeenContainer;
use crate::engine::{ContainerState, EngineError, Health};
use crate::stack::Name;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// How often in a row a container may be seen between two starts before nothing is hoped for any more.
const RESTARTS: u32 = 3;

/// What one look says of one container.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Verdict {
    Met,
    Pending(&'static str),
    /// It ended and is started again by its policy: hopeless when it goes on.
    Restarting,
    Failed(String),
}

fn judge(seen: Option<&SeenContainer>) -> Verdict {
    let Some(seen) = seen else { return Verdict::Failed("it was removed while others waited for it".to_owned()) };
    match (seen.state, seen.health) {
        (ContainerState::Running, None | Some(Health::Healthy)) => Verdict::Met,
        (ContainerState::Running, Some(Health::Starting)) => Verdict::Pending("its health check has not passed yet"),
        (ContainerState::Running, Some(Health::Unhealthy)) => {
            Verdict::Failed("its health check failed too often".to_owned())
        }
        (ContainerState::Created, _) => Verdict::Pending("it is not started yet"),
        (ContainerState::Paused, _) => Verdict::Failed("it is paused".to_owned()),
        (ContainerState::Restarting, _) => Verdict::Restarting,
        (ContainerState::Exited { code: Some(code) }, _) => Verdict::Failed(format!("it ended with exit code {code}")),
        (ContainerState::Exited { code: None } | ContainerState::Gone, _) => Verdict::Failed("it ended".to_owned()),
    }
}

impl Docker {
    pub(super) async fn wait(&self, containers: &[String], stack: &Name, timeout_s: u32) -> Result<(), EngineError> {
        let deadline = Instant::now() + Duration::from_secs(u64::from(timeout_s));
        let mut restarts: BTreeMap<&str, u32> = BTreeMap::new();
        loop {
            let seen = self.containers_of(stack).await?;
            let mut pending = None;
            for name in containers {
                let fail = |reason, timed_out| EngineError::NotHealthy {
                    container: name.clone(),
                    reason,
                    timed_out,
                    cause_id: None,
                };
                let reason = match judge(seen.iter().find(|c| &c.name == name)) {
                    Verdict::Met => continue,
                    Verdict::Failed(reason) => return Err(fail(reason, false)),
                    Verdict::Pending(reason) => reason,
                    Verdict::Restarting => {
                        let count = restarts.entry(name).or_insert(0);
                        *count += 1;
                        if *count >= RESTARTS {
                            return Err(fail("its process ends again and again".to_owned(), false));
                        }
                        "its process ended and is started again"
                    }
                };
                pending.get_or_insert_with(|| fail(format!("{reason}, after {timeout_s} s"), true));
            }
            match pending {
                None => return Ok(()),
                Some(error) if Instant::now() >= deadline => return Err(error),
                Some(_) => tokio::time::sleep(INTERVAL).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan_fixture::seen;
    use super::*;

    #[test]
    fn only_running_and_healthy_is_met() {
        let with = |state, health| {
            let mut container = seen("c", "db");
            container.state = state;
            container.health = health;
            judge(Some(&container))
        };
        assert_eq!(with(ContainerState::Running, None), Verdict::Met);
        assert_eq!(with(ContainerState::Running, Some(Health::Healthy)), Verdict::Met);
        assert!(matches!(with(ContainerState::Running, Some(Health::Starting)), Verdict::Pending(_)));
        assert!(matches!(with(ContainerState::Running, Some(Health::Unhealthy)), Verdict::Failed(_)));
        assert!(matches!(with(ContainerState::Created, None), Verdict::Pending(_)));
        assert!(matches!(with(ContainerState::Paused, None), Verdict::Failed(_)));
        assert_eq!(with(ContainerState::Restarting, None), Verdict::Restarting);
        let ended = with(ContainerState::Exited { code: Some(3) }, None);
        assert_eq!(ended, Verdict::Failed("it ended with exit code 3".to_owned()));
        assert!(matches!(judge(None), Verdict::Failed(_)));
    }
}
