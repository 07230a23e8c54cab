//! The engine itself: how it was found, its API, its platform, its clock. Pure.

use std::time::Duration;

use super::super::facts::Question;
use super::super::finding::{Finding, Topic};
use crate::error::Class;

/// Oldest API that this program knows how to use: that of Docker 20.10.
const OLDEST_API: (u32, u32) = (1, 41);
/// Clocks may differ by this much without harm.
const CLOCK_MAY_DIFFER: Duration = Duration::from_secs(5);

pub(super) fn engine(question: &Question<'_>) -> Vec<Finding> {
    let facts = question.engine;
    let (major, minor) = OLDEST_API;
    let seen = format!("{}, Docker {}, API {}", question.endpoint, facts.engine_version, facts.api_version);
    let mut found = vec![match version(&facts.api_version) {
        None => Finding::unknown(Topic::Engine, format!("{seen}: the version of its API is not understood"))
            .advise("docker version shows what it says of itself"),
        Some(api) if api < OLDEST_API => {
            Finding::problem(Topic::Engine, Class::Engine, format!("{seen}: older than {major}.{minor} (Docker 20.10)"))
                .advise("update the engine")
        }
        Some(_) => Finding::ok(Topic::Engine, seen),
    }];
    let platform = platform(question);
    found.push(match facts.os.as_str() {
        "linux" => Finding::ok(Topic::Platform, format!("containers of {platform}")),
        "" => Finding::unknown(Topic::Platform, "the engine does not say what its containers are"),
        other => {
            Finding::problem(Topic::Platform, Class::Engine, format!("containers of {other}, gateways need Linux"))
                .advise("switch the engine to Linux containers")
        }
    });
    found
}

/// The engine's platform in the words of images: `linux/amd64`.
pub(super) fn platform(question: &Question<'_>) -> String {
    let architecture = match question.engine.architecture.as_str() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" => "arm",
        other => other,
    };
    format!("{}/{architecture}", question.engine.os)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

pub(super) fn clock(question: &Question<'_>) -> Finding {
    let Some(ahead_ms) = question.engine.clock_ahead_ms else {
        return Finding::unknown(Topic::Clock, "the engine does not tell its time");
    };
    let difference = Duration::from_millis(ahead_ms.unsigned_abs());
    if difference < CLOCK_MAY_DIFFER {
        return Finding::ok(Topic::Clock, format!("differs by less than {} s from here", CLOCK_MAY_DIFFER.as_secs()));
    }
    let way = if ahead_ms > 0 { "ahead of" } else { "behind" };
    let took = humantime::format_duration(Duration::from_secs(difference.as_secs()));
    Finding::warning(Topic::Clock, format!("the engine's clock is {took} {way} this machine's")).advise(
        "set both by NTP: certificates, trial times and logs --since go by them (a virtual machine may need a restart)",
    )
}
