//! A container's state, exit code and health out of the engine's words. Pure.

use std::time::Duration;

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

/// How long a container has been up at least, out of the list's `Status`: `Up 12 seconds (healthy)`.
pub(super) fn up(text: &str) -> Option<Duration> {
    let text = text.strip_prefix("Up ")?;
    let mut words = text.split(' ');
    let (count, unit) = (words.next()?, words.next()?);
    // `Less than a second`; `About a minute`, `About an hour`.
    let (count, unit) = match count {
        "Less" => return Some(Duration::ZERO),
        "About" => (1, words.next()?),
        count => (count.parse::<u64>().ok()?, unit),
    };
    let unit_s = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        "year" => 365 * 86_400,
        _ => return None,
    };
    // From an hour on the engine rounds to the nearest.
    let seconds = count.checked_mul(unit_s)?;
    Some(Duration::from_secs(if unit_s >= 3_600 { seconds.saturating_sub(unit_s / 2) } else { seconds }))
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

    #[test]
    fn ages_are_read_as_the_least_they_can_be() {
        let seconds = |text| up(text).map(|d| d.as_secs());
        assert_eq!(seconds("Up Less than a second"), Some(0));
        assert_eq!(seconds("Up 1 second (health: starting)"), Some(1));
        assert_eq!(seconds("Up 59 seconds"), Some(59));
        assert_eq!(seconds("Up About a minute (Paused)"), Some(60));
        assert_eq!(seconds("Up 12 minutes"), Some(720));
        assert_eq!(seconds("Up About an hour"), Some(1_800));
        assert_eq!(seconds("Up 3 weeks"), Some(21 * 86_400 - 302_400));
        for text in ["Exited (1) 3 seconds ago", "Created", "Restarting (3) 1 second ago", "Up", "Up soon enough"] {
            assert_eq!(up(text), None, "{text}");
        }
    }
}
