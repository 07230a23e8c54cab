//! A container's state, exit code and health out of the engine's words. Pure.

use bollard::models::ContainerSummaryStateEnum as Word;

use crate::engine::{ContainerState, Health};

/// State of a container out of the list's `State` and `Status` (`Exited (137) 3 seconds ago`).
pub(super) fn state(word: Option<Word>, text: &str) -> ContainerState {
    match word {
        Some(Word::CREATED) => ContainerState::Created,
        Some(Word::RUNNING | Word::STOPPING) => ContainerState::Running,
        Some(Word::PAUSED) => ContainerState::Paused,
        Some(Word::RESTARTING) => ContainerState::Restarting,
        Some(Word::EXITED) => ContainerState::Exited { code: exit_code(text) },
        Some(Word::REMOVING | Word::DEAD | Word::EMPTY) | None => ContainerState::Gone,
    }
}

/// Result of the health check out of the list's `Status` (`Up 5 minutes (healthy)`); the list of engines below API 1.52
/// has it nowhere else.
pub(super) fn health(text: &str) -> Option<Health> {
    if text.ends_with("(healthy)") {
        Some(Health::Healthy)
    } else if text.ends_with("(unhealthy)") {
        Some(Health::Unhealthy)
    } else if text.ends_with("(health: starting)") {
        Some(Health::Starting)
    } else {
        None
    }
}

fn exit_code(text: &str) -> Option<i64> {
    text.split_once('(')?.1.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_states() {
        assert_eq!(state(Some(Word::CREATED), "Created"), ContainerState::Created);
        assert_eq!(state(Some(Word::EXITED), "Exited (137) 3 seconds ago"), ContainerState::Exited { code: Some(137) });
        assert_eq!(state(Some(Word::EXITED), "Exited"), ContainerState::Exited { code: None });
        assert_eq!(state(Some(Word::EXITED), "Exited )("), ContainerState::Exited { code: None });
        assert_eq!(state(Some(Word::RESTARTING), "Restarting (1) 2 seconds ago"), ContainerState::Restarting);
        assert_eq!(state(Some(Word::PAUSED), "Up 2 minutes (Paused)"), ContainerState::Paused);
        assert_eq!(state(Some(Word::DEAD), "Dead"), ContainerState::Gone);
        assert_eq!(state(None, ""), ContainerState::Gone);
    }

    #[test]
    fn health_is_read_out_of_the_status() {
        assert_eq!(health("Up 5 minutes (healthy)"), Some(Health::Healthy));
        assert_eq!(health("Up 5 minutes (unhealthy)"), Some(Health::Unhealthy));
        assert_eq!(health("Up 1 second (health: starting)"), Some(Health::Starting));
        assert_eq!(health("Up 5 minutes"), None);
        assert_eq!(health("Up 5 minutes (Paused)"), None);
    }
}
