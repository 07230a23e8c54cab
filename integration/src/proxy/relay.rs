//! One connection: request after request to the engine, answer after answer back, with what the rules say in between.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::Shared;
use super::call::Call;
use super::head::{Body, Head};
use super::rule::{Fault, Then};

const PIECE: usize = 16 * 1024;

/// Both ways of one side.
struct Side {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

impl Side {
    fn new(stream: UnixStream) -> Self {
        let (from, to) = stream.into_split();
        Self { from: BufReader::new(from), to }
    }
}

/// Ends with either side, or with the first request that a rule cuts.
pub(super) async fn relay(client: UnixStream, shared: &Shared) -> io::Result<()> {
    let mut client = Side::new(client);
    let mut engine: Option<Side> = None;
    while let Some(request) = Head::read(&mut client.from).await? {
        shared.thawed().await;
        let call = Call::read(&request.line());
        let fault = shared.note(&call);
        match &fault {
            None | Some(Fault::DropAfter | Fault::After(_)) => {}
            Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
            Some(Fault::DropBefore) => return Ok(()),
            Some(Fault::Answer { status, message }) => {
                copy_body(&mut client.from, &mut tokio::io::sink(), request.request_body(), shared).await?;
                client.to.write_all(&answer(*status, message)).await?;
                if request.last {
                    return Ok(());
                }
                continue;
            }
            Some(Fault::Before(block)) => {
                if asked(block.clone(), call.clone()).await == Then::Drop {
                    return Ok(());
                }
            }
        }
        let side = match &mut engine {
            Some(side) => side,
            None => engine.insert(Side::new(UnixStream::connect(&shared.engine).await?)),
        };
        side.to.write_all(&request.bytes).await?;
        // An engine that refuses early does not read everything; its answer counts.
        if shared.keeps(&call) {
            let mut whole = request.bytes.clone();
            let head = whole.len();
            let _ = copy_body(&mut client.from, &mut whole, request.request_body(), shared).await;
            let _ = side.to.write_all(&whole[head..]).await;
            shared.keep(whole);
        } else {
            let _ = copy_body(&mut client.from, &mut side.to, request.request_body(), shared).await;
        }
        let answered = match fault {
            Some(Fault::DropAfter) => held_answer(side, &request, shared).await.map(|_| None)?,
            Some(Fault::After(block)) => {
                let held = held_answer(side, &request, shared).await?;
                let go = asked(block, call).await == Then::Go;
                if go {
                    shared.thawed().await;
                    client.to.write_all(&held.1).await?;
                }
                go.then_some(held.0)
            }
            _ => tokio::select! {
                answered = pass_answer(side, &mut client.to, &request, shared) => Some(answered?),
                // The engine must see that nobody waits any more, as it would without us.
                () = closed(&mut client.from) => None,
            },
        };
        let Some(response) = answered else { return Ok(()) };
        if response.status() == 101 || (request.upgrade && response.response_body(&request) == Body::UntilClose) {
            return both_ways(client, engine.take()).await;
        }
        if request.last || response.last || response.response_body(&request) == Body::UntilClose {
            return Ok(());
        }
    }
    Ok(())
}

/// Asks a block, without holding up the other connections.
async fn asked(block: std::sync::Arc<dyn Fn(&Call) -> Then + Send + Sync>, call: Call) -> Then {
    // A block that panics is a failed expectation of the test: the test sees it as a lost call.
    tokio::task::spawn_blocking(move || block(&call)).await.unwrap_or(Then::Drop)
}

/// Passes the answer on as it comes.
async fn pass_answer(
    engine: &mut Side,
    client: &mut OwnedWriteHalf,
    request: &Head,
    shared: &Shared,
) -> io::Result<Head> {
    loop {
        let response = next_head(engine).await?;
        shared.thawed().await;
        client.write_all(&response.bytes).await?;
        if is_interim(&response) {
            continue;
        }
        let upgraded = response.status() == 101 || request.upgrade;
        let body = response.response_body(request);
        if !(upgraded && body == Body::UntilClose) {
            copy_body(&mut engine.from, client, body, shared).await?;
        }
        return Ok(response);
    }
}

/// The whole answer, kept back: afterwards the engine has done what was asked.
async fn held_answer(engine: &mut Side, request: &Head, shared: &Shared) -> io::Result<(Head, Vec<u8>)> {
    let mut held = Vec::new();
    loop {
        let response = next_head(engine).await?;
        held.extend_from_slice(&response.bytes);
        if is_interim(&response) {
            continue;
        }
        copy_body(&mut engine.from, &mut held, response.response_body(request), shared).await?;
        return Ok((response, held));
    }
}

async fn next_head(engine: &mut Side) -> io::Result<Head> {
    Head::read(&mut engine.from).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Another head follows for the same request.
fn is_interim(response: &Head) -> bool {
    matches!(response.status(), 100 | 102..=199)
}

/// Returns when the client is gone; never while it has more to say.
async fn closed(client: &mut BufReader<OwnedReadHalf>) {
    if let Ok([_, ..]) = client.fill_buf().await {
        std::future::pending::<()>().await;
    }
}

async fn copy_body(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    body: Body,
    shared: &Shared,
) -> io::Result<()> {
    match body {
        Body::None => Ok(()),
        Body::Length(length) => copy_bytes(from, to, Some(length), shared).await,
        Body::UntilClose => copy_bytes(from, to, None, shared).await,
        Body::Chunked => loop {
            let size = copy_line(from, to, shared).await?;
            let text = String::from_utf8_lossy(&size);
            let digits = text.trim().split(';').next().unwrap_or_default();
            match u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)? {
                // The trailers, and the empty line after them.
                0 => loop {
                    if copy_line(from, to, shared).await?.trim_ascii().is_empty() {
                        return Ok(());
                    }
                },
                length => copy_bytes(from, to, Some(length + 2), shared).await?,
            }
        },
    }
}

async fn copy_line(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    shared: &Shared,
) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    shared.thawed().await;
    to.write_all(&line).await?;
    Ok(line)
}

/// Copies so many bytes, or all until the end.
async fn copy_bytes(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    length: Option<u64>,
    shared: &Shared,
) -> io::Result<()> {
    let mut left = length;
    let mut piece = vec![0; PIECE];
    while left != Some(0) {
        let most = left.map_or(PIECE, |left| usize::try_from(left).unwrap_or(PIECE).min(PIECE));
        let read = from.read(&mut piece[..most]).await?;
        if read == 0 {
            return if left.is_none() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        shared.thawed().await;
        to.write_all(&piece[..read]).await?;
        left = left.map(|left| left - read as u64);
    }
    Ok(())
}

/// Whatever the two say, each way until its end.
async fn both_ways(mut client: Side, engine: Option<Side>) -> io::Result<()> {
    let Some(mut engine) = engine else { return Ok(()) };
    let there = async {
        let done = tokio::io::copy_buf(&mut client.from, &mut engine.to).await;
        let _ = engine.to.shutdown().await;
        done
    };
    let back = async {
        let done = tokio::io::copy_buf(&mut engine.from, &mut client.to).await;
        let _ = client.to.shutdown().await;
        done
    };
    // Once the engine has said everything nothing is waited for any more.
    tokio::select! {
        done = back => done.map(|_| ()),
        done = async { let _ = there.await; std::future::pending::<io::Result<u64>>().await } => done.map(|_| ()),
    }
}

/// An answer in the engine's form.
fn answer(status: u16, message: &str) -> Vec<u8> {
    let body = serde_json::json!({ "message": message }).to_string();
    let head = "Content-Type: application/json\r\nContent-Length";
    format!("HTTP/1.1 {status} Chosen\r\n{head}: {}\r\n\r\n{body}", body.len()).into_bytes()
}
