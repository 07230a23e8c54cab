//! When something became a fact, by the engine's or the gateway's own clock: what `up` is measured against.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::query_parameters::{EventsOptionsBuilder, LogsOptionsBuilder};
use futures_util::StreamExt as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::engine::Engine;

/// A moment since the epoch.
pub type Moment = Duration;

/// This moment.
pub fn now() -> Moment {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Engine {
    /// When the engine first told of an event of a container (`die`, `oom`, `health_status: unhealthy`) since a moment.
    pub fn first_event(&self, container: &str, event: &str, since: Moment) -> Option<Moment> {
        let filters = [("container".to_owned(), vec![container.to_owned()])].into();
        let until = now().as_secs() + 1;
        let options = EventsOptionsBuilder::default()
            .since(&since.as_secs().to_string())
            .until(&until.to_string())
            .filters(&filters)
            .build();
        let all = self.wait(self.docker.events(Some(options)).collect::<Vec<_>>());
        let of = |e: bollard::models::EventMessage| Some((e.action?, e.time_nano?));
        let mut times = all.into_iter().flatten().filter_map(of).filter(|(action, _)| action.starts_with(event));
        times.find_map(|(_, nanos)| Some(Duration::from_nanos(u64::try_from(nanos).ok()?)))
    }

    /// When a container first logged a line with a text.
    pub fn first_logged(&self, container: &str, text: &str) -> Option<Moment> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).timestamps(true).build();
        let parts = self.wait(self.docker.logs(container, Some(options)).collect::<Vec<_>>());
        let all: String = parts.into_iter().flatten().map(|part| part.to_string()).collect();
        let line = all.lines().find(|line| line.contains(text))?;
        let at = OffsetDateTime::parse(line.split_whitespace().next()?, &Rfc3339).ok()?;
        Some(Duration::from_nanos(u64::try_from(at.unix_timestamp_nanos()).ok()?))
    }
}
