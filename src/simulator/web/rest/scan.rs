//! Scans and their locks over REST (fact sheet 2.3).

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::simulator::config::scan::{Area, LastScan, Lock, LockRefused};
use crate::simulator::unknown::CONFIG_SCAN_FINDS_MODULES;
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("/scan/config", |call| status(call.node.scans.last(Area::Config))),
    Route::read("/scan/projects", |call| status(call.node.scans.last(Area::Projects))),
    Route::new(Verb::Post, "/scan/config", Need::Write, |call| {
        status(call.node.scans.scan(Area::Config, || {
            call.node.store.rescan();
            if CONFIG_SCAN_FINDS_MODULES {
                call.node.look_for_modules();
            }
        }))
    }),
    // Projects are not simulated: there is nothing that a scan could find.
    Route::new(Verb::Post, "/scan/projects", Need::Write, |call| status(call.node.scans.scan(Area::Projects, || {}))),
    Route::read("/scan-lock/config", |call| held(call, Area::Config)),
    Route::read("/scan-lock/projects", |call| held(call, Area::Projects)),
    Route::later(Verb::Post, "/scan-lock/config", Need::Write, |call| Box::pin(acquire(call, Area::Config))),
    Route::later(Verb::Post, "/scan-lock/projects", Need::Write, |call| Box::pin(acquire(call, Area::Projects))),
];

/// The lock that is asked for; both times in seconds, which is the simulator's reading.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wanted {
    acquire_timeout: u32,
    hold_timeout: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { acquire_timeout: 10, hold_timeout: 60 }
    }
}

fn status(last: LastScan) -> Answer {
    Answer::json(json!({"scanActive": false, "lastScanTimestamp": last.timestamp, "lastScanDuration": last.duration}))
}

fn held(call: &Call, area: Area) -> Answer {
    call.node.scans.lock(area).map_or(Answer::Empty(StatusCode::NO_CONTENT), |lock| shown(&lock))
}

async fn acquire(call: Call, area: Area) -> Answer {
    let wanted: Wanted = match call.json() {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let seconds = |n: u32| Duration::from_secs(u64::from(n));
    let (wait, hold) = (seconds(wanted.acquire_timeout), seconds(wanted.hold_timeout));
    match call.node.scans.acquire(area, call.caller.actor(), wait, hold).await {
        Ok(lock) => shown(&lock),
        Err(LockRefused::Timeout) => Answer::problem(StatusCode::REQUEST_TIMEOUT, "Somebody else holds the lock"),
        Err(LockRefused::Held) => Answer::problem(StatusCode::CONFLICT, "The lock is held by the caller already"),
    }
}

fn shown(lock: &Lock) -> Answer {
    Answer::json(json!({"timestamp": lock.timestamp, "remaining": lock.remaining().as_secs(), "actor": lock.actor}))
}
