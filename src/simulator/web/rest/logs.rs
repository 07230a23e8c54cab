//! The gateway's log over REST (fact sheet 2.3): the latest lines, by level, logger and time.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::simulator::log::ring::{Entry, Level};
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::list::list;
use crate::simulator::web::routes::Route;

pub(crate) const ROUTES: &[Route] = &[Route::read("/logs", logs)];

fn logs(call: &Call) -> Answer {
    match wish(call) {
        Ok(wish) => {
            let entries = call.node.setup.log.select(|entry| wish.fits(entry));
            list(entries.iter().map(line).collect(), &call.query)
        }
        Err(reason) => Answer::problem(StatusCode::BAD_REQUEST, &reason),
    }
}

struct Wish<'a> {
    level: Level,
    logger: Option<&'a str>,
    from: u64,
    to: u64,
}

/// Times are epoch milliseconds.
fn wish(call: &Call) -> Result<Wish<'_>, String> {
    let time = |key: &str, default: u64| match call.query(key) {
        Some(text) => text.parse().map_err(|_| format!("{key} must be epoch milliseconds")),
        None => Ok(default),
    };
    let level = call.query("minLevel").map_or(Ok(Level::Trace), |word| {
        Level::from_word(word).ok_or_else(|| "minLevel must be TRACE, DEBUG, INFO, WARN or ERROR".to_owned())
    });
    Ok(Wish {
        level: level?,
        logger: call.query("logger"),
        from: time("startTime", 0)?,
        to: time("endTime", u64::MAX)?,
    })
}

impl Wish<'_> {
    /// A logger stands for those below it as well.
    fn fits(&self, entry: &Entry) -> bool {
        let below = |wanted: &str| {
            entry.logger.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        entry.level >= self.level && (self.from..=self.to).contains(&entry.timestamp) && self.logger.is_none_or(below)
    }
}

fn line(entry: &Entry) -> Value {
    json!({
        "timestamp": entry.timestamp, "loggerName": entry.logger, "level": entry.level.word(),
        "message": entry.message, "stack": null, "mdc": {},
    })
}
