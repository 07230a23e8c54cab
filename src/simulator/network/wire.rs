//! A WebSocket of the gateway network, whoever opened it and over whatever transport: frames in, frames out. Knows no meaning.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::ws;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, tungstenite};

use crate::simulator::knobs::{DropFrames, Knobs};
use crate::simulator::network::frame::Frame;
use crate::simulator::network::tls::alert;

/// Longest time that one frame may take to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time that the farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(200);
const CLOSED: &str = "connection closed by the remote gateway";
const BINARY: &str = "unexpected binary frame";

/// The byte stream below a dialled WebSocket: plain or TLS.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A dialled WebSocket.
pub(crate) type Dialled = WebSocketStream<Box<dyn Transport>>;

enum Socket {
    Accepted(Box<ws::WebSocket>),
    Dialled(Box<Dialled>),
}

/// A WebSocket, whoever opened it.
pub(crate) struct Wire {
    socket: Socket,
    /// They may want frames to be lost.
    knobs: Knobs,
    /// Some were: what was said is not what was heard, so that only another connection can go on when none are lost any more.
    lossy: bool,
}

impl Wire {
    pub(crate) fn accepted(socket: ws::WebSocket, knobs: Knobs) -> Self {
        Self { socket: Socket::Accepted(Box::new(socket)), knobs, lossy: false }
    }

    pub(crate) fn dialled(socket: Dialled, knobs: Knobs) -> Self {
        Self { socket: Socket::Dialled(Box::new(socket)), knobs, lossy: false }
    }

    /// Whether a frame in that direction is lost now.
    fn loses(&mut self, direction: DropFrames) -> Result<bool, String> {
        let lost = self.knobs.read(|v| v.drop_frames);
        if lost == direction || lost == DropFrames::Both {
            self.lossy = true;
            Ok(true)
        } else if self.lossy && lost == DropFrames::None {
            Err("frames were lost on this connection".to_owned())
        } else {
            Ok(false)
        }
    }

    /// The next frame, or why there is none. Loses nothing when dropped while waiting.
    pub(crate) async fn receive(&mut self) -> Result<Frame, String> {
        loop {
            let frame = match &mut self.socket {
                Socket::Accepted(socket) => match socket.next().await {
                    Some(Ok(ws::Message::Text(text))) => Frame::decode(&text),
                    Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => continue,
                    Some(Ok(ws::Message::Close(_))) | None => return Err(CLOSED.to_owned()),
                    Some(Ok(ws::Message::Binary(_))) => return Err(BINARY.to_owned()),
                    Some(Err(e)) => return Err(e.to_string()),
                },
                Socket::Dialled(socket) => match socket.next().await {
                    Some(Ok(tungstenite::Message::Text(text))) => Frame::decode(&text),
                    Some(Ok(tungstenite::Message::Close(_))) | None => return Err(CLOSED.to_owned()),
                    Some(Ok(tungstenite::Message::Binary(_))) => return Err(BINARY.to_owned()),
                    Some(Ok(_)) => continue,
                    Some(Err(tungstenite::Error::Io(e))) => {
                        return Err(alert::within(&e).unwrap_or_else(|| e.to_string()));
                    }
                    Some(Err(e)) => return Err(e.to_string()),
                },
            };
            if !self.loses(DropFrames::Incoming)? {
                return frame.map_err(|e| format!("unreadable frame: {e}"));
            }
        }
    }

    /// Sends one frame. Pings and their answers, which are sent all the time, are sent from where they stand.
    pub(crate) async fn send(&mut self, frame: &Frame) -> Result<(), String> {
        if self.loses(DropFrames::Outgoing)? {
            return Ok(());
        }
        let text = frame.encode();
        let sending = async {
            match &mut self.socket {
                Socket::Accepted(socket) => {
                    let text = match text {
                        Cow::Borrowed(fixed) => ws::Utf8Bytes::from_static(fixed),
                        Cow::Owned(text) => text.into(),
                    };
                    socket.send(ws::Message::Text(text)).await.map_err(|e| e.to_string())
                }
                Socket::Dialled(socket) => {
                    let text = match text {
                        Cow::Borrowed(fixed) => tungstenite::Utf8Bytes::from_static(fixed),
                        Cow::Owned(text) => text.into(),
                    };
                    socket.send(tungstenite::Message::Text(text)).await.map_err(|e| e.to_string())
                }
            }
        };
        timeout(SEND_TIMEOUT, sending).await.unwrap_or_else(|_| Err("the remote gateway takes no data".to_owned()))
    }

    /// Says goodbye, if that can still be said.
    pub(crate) async fn close(&mut self) {
        let closing = async {
            // The connection ends either way.
            let _ = match &mut self.socket {
                Socket::Accepted(socket) => socket.send(ws::Message::Close(None)).await.map_err(|e| e.to_string()),
                Socket::Dialled(socket) => {
                    socket.send(tungstenite::Message::Close(None)).await.map_err(|e| e.to_string())
                }
            };
        };
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }
}
