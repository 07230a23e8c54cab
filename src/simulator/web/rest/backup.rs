//! Backup and restore over REST (fact sheet 2.3).

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::simulator::backup::info::Info;
use crate::simulator::backup::layout::ARCHIVE_LIMIT;
use crate::simulator::backup::make::{self, Source};
use crate::simulator::backup::refusal::BackupError;
use crate::simulator::backup::stage::{Host, Wishes, stage};
use crate::simulator::node::{Node, epoch_ms};
use crate::simulator::redundancy::machine::Role;
use crate::simulator::unknown::{BAD_BACKUP_STATUS, LONELY_MASTER_MAKES_NO_BACKUP};
use crate::simulator::web::answer::Answer;
use crate::simulator::web::call::Call;
use crate::simulator::web::routes::{Need, Route, Verb};

/// Longest silence of a client that sends a backup.
const SILENCE: Duration = Duration::from_secs(10);
/// Least bytes per second that it must send on the whole, once [`SILENCE`] is over.
const FLOOR: u64 = 16 * 1024;

pub(crate) const ROUTES: &[Route] = &[
    Route::later(Verb::Get, "/backup", Need::Read, |call| Box::pin(download(call))),
    Route::streaming(Verb::Post, "/backup", Need::Write, |call, body| Box::pin(restore(call, body))),
];

async fn download(call: Call) -> Answer {
    let node = call.node.as_ref();
    let peer_local = match call.truth("includePeerLocal") {
        Ok(peer_local) => peer_local,
        Err(reason) => return Answer::problem(StatusCode::BAD_REQUEST, &reason),
    };
    if misses_its_backup(node) && (peer_local || LONELY_MASTER_MAKES_NO_BACKUP) {
        return Answer::problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "The backup node of the redundant pair is not connected",
        );
    }
    // Others wait: each takes a thread and the configuration's size of memory.
    let _turn = node.backups.making.lock().await;
    let setup = &node.setup;
    let name = node.state().name.clone();
    let source = Source {
        data: setup.data.clone(),
        store: node.store.clone(),
        info: Info::new(&setup.version, &setup.edition, &name, epoch_ms(), peer_local),
        trial_left_s: node.trial_left_s(),
    };
    match spawn_blocking(move || make::make(&source)).await.map_err(io::Error::other).flatten() {
        Ok(archive) => Answer::File {
            kind: "application/octet-stream",
            name: Some(format!("{name}.gwbk")),
            file: archive.file,
            length: archive.length,
        },
        Err(e) => Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, &e.to_string()),
    }
}

/// Whether this is a master without its backup.
fn misses_its_backup(node: &Node) -> bool {
    let state = node.state();
    state.machine.role() == Role::Master && state.machine.peer().is_none()
}

async fn restore(call: Call, body: Body) -> Answer {
    let node = call.node.as_ref();
    if node.state().machine.role() == Role::Backup {
        return refuse_after(body, StatusCode::FORBIDDEN, "A backup node of a redundant pair cannot be restored").await;
    }
    let flags =
        ["restoreDisabled", "restoreLocal", "renameEnabled", "disableTempProjectBackup"].map(|key| call.truth(key));
    let [Ok(disabled), Ok(local), Ok(renamed), Ok(_)] = flags else {
        let reason = flags.into_iter().find_map(Result::err).unwrap_or_default();
        return refuse_after(body, StatusCode::BAD_REQUEST, &reason).await;
    };
    let Some(_place) = node.backups.arriving.place() else {
        return refuse_after(body, StatusCode::CONFLICT, &BackupError::Busy.to_string()).await;
    };
    // Nothing here makes a temporary backup of the projects: what was there is kept until the new is in its place anyway.
    let wishes =
        Wishes { disabled, local, name: renamed.then(|| call.query("newName").unwrap_or_default().to_owned()) };
    match take_in(node, body, wishes).await {
        Ok(()) => {
            node.request_restart("a backup was restored");
            Answer::ok()
        }
        Err(e) => Answer::problem(status(&e), &e.to_string()),
    }
}

async fn take_in(node: &Node, body: Body, wishes: Wishes) -> Result<(), BackupError> {
    let setup = &node.setup;
    let archive = receive(body, tempfile::tempfile_in(setup.data.path(""))?).await?;
    let (data, mode) = (setup.data.clone(), setup.mode.clone());
    // Whoever still sends holds nobody up.
    let _turn = node.backups.restoring.try_lock().map_err(|_| BackupError::Busy)?;
    let host = Host { data, mode, version: setup.version.clone(), log: setup.log.clone() };
    // Whoever is gone before the end has restored nothing: what is staged is dropped with the answer.
    let staged = spawn_blocking(move || stage(archive, &host, &wishes)).await.map_err(io::Error::other)??;
    staged.commit(&setup.data)
}

/// Until when the next piece of a body must be here.
fn patience(begun: Instant, received: u64) -> Instant {
    (Instant::now() + SILENCE).min(begun + SILENCE + Duration::from_secs(received / FLOOR))
}

/// The body, in a file.
async fn receive(body: Body, mut file: File) -> Result<File, BackupError> {
    let mut pieces = body.into_data_stream();
    let mut left = ARCHIVE_LIMIT;
    let begun = Instant::now();
    let slow = |_| BackupError::Slow { silence_s: SILENCE.as_secs(), floor: FLOOR };
    while let Some(piece) = timeout_at(patience(begun, ARCHIVE_LIMIT - left), pieces.next()).await.map_err(slow)? {
        let piece = piece.map_err(BackupError::broken)?;
        let too_large = || BackupError::TooLarge { limit: format!("{ARCHIVE_LIMIT} bytes") };
        left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
        file.write_all(&piece)?;
    }
    Ok(file)
}

/// Refuses once the body is read, so that the client hears of it while it still sends.
async fn refuse_after(body: Body, status: StatusCode, message: &str) -> Answer {
    let mut pieces = body.into_data_stream();
    let mut left = ARCHIVE_LIMIT;
    let begun = Instant::now();
    while let Ok(Some(Ok(piece))) = timeout_at(patience(begun, ARCHIVE_LIMIT - left), pieces.next()).await
        && left >= piece.len() as u64
    {
        left -= piece.len() as u64;
    }
    Answer::problem(status, message)
}

fn status(error: &BackupError) -> StatusCode {
    match error {
        BackupError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BackupError::Busy => StatusCode::CONFLICT,
        BackupError::Slow { .. } => StatusCode::REQUEST_TIMEOUT,
        BackupError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
        BackupError::Foreign { .. }
        | BackupError::Broken { .. }
        | BackupError::Hostile { .. }
        | BackupError::Newer { .. }
        | BackupError::Name => StatusCode::from_u16(BAD_BACKUP_STATUS).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;
    use futures_util::stream;

    use super::*;

    /// A body that sends pieces of so many bytes with a pause before each, and how its arrival ended after how long.
    async fn arrival(count: usize, bytes: usize, pause: Duration) -> (Result<File, BackupError>, Duration) {
        let pieces = stream::unfold(0, move |n| async move {
            (n < count).then_some(())?;
            tokio::time::sleep(pause).await;
            Some((Ok::<_, Infallible>(Bytes::from(vec![7; bytes])), n + 1))
        });
        let begun = Instant::now();
        let outcome = receive(Body::from_stream(pieces), tempfile::tempfile().unwrap()).await;
        (outcome, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_hardly_comes_is_given_up() {
        let seconds = Duration::from_secs;
        for (count, bytes, pause, limit) in
            [(1000, 1, seconds(1), 10), (2, 1_000_000, seconds(11), 10), (1000, 8192, seconds(1), 21)]
        {
            let (outcome, after) = arrival(count, bytes, pause).await;
            assert!(matches!(outcome, Err(ref e @ BackupError::Slow { .. }) if status(e) == 408), "{count} {bytes}");
            assert!(after <= seconds(limit), "{after:?}");
        }
        let (outcome, after) = arrival(60, 32 * 1024, seconds(1)).await;
        assert_eq!((outcome.unwrap().metadata().unwrap().len(), after), (60 * 32 * 1024, seconds(60)));
        assert!(arrival(1, 1, seconds(9)).await.0.is_ok());
    }
}
