//! A WebSocket of the gateway network, whoever opened it and over whatever transport: frames in, frames out. Knows no meaning.

use std::time::Duration;

use axum::extract::ws;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, tungstenite};

use crate::simulator::network::frame::Frame;

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

/// A WebSocket, whoever opened it.
pub(crate) enum Wire {
    Accepted(Box<ws::WebSocket>),
    Dialled(Box<Dialled>),
}

impl Wire {
    /// The next frame, or why there is none. Loses nothing when dropped while waiting.
    pub(crate) async fn receive(&mut self) -> Result<Frame, String> {
        let read = |text: &str| Frame::decode(text).map_err(|e| format!("unreadable frame: {e}"));
        loop {
            match self {
                Self::Accepted(socket) => match socket.next().await {
                    Some(Ok(ws::Message::Text(text))) => return read(text.as_str()),
                    Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => {}
                    Some(Ok(ws::Message::Close(_))) | None => return Err(CLOSED.to_owned()),
                    Some(Ok(ws::Message::Binary(_))) => return Err(BINARY.to_owned()),
                    Some(Err(e)) => return Err(e.to_string()),
                },
                Self::Dialled(socket) => match socket.next().await {
                    Some(Ok(tungstenite::Message::Text(text))) => return read(text.as_str()),
                    Some(Ok(tungstenite::Message::Close(_))) | None => return Err(CLOSED.to_owned()),
                    Some(Ok(tungstenite::Message::Binary(_))) => return Err(BINARY.to_owned()),
                    Some(Ok(_)) => {}
                    Some(Err(e)) => return Err(e.to_string()),
                },
            }
        }
    }

    /// Sends one frame.
    pub(crate) async fn send(&mut self, frame: &Frame) -> Result<(), String> {
        let text = frame.encode();
        let sending = async {
            match self {
                Self::Accepted(socket) => {
                    socket.send(ws::Message::Text(text.into_owned().into())).await.map_err(|e| e.to_string())
                }
                Self::Dialled(socket) => {
                    socket.send(tungstenite::Message::Text(text.into_owned().into())).await.map_err(|e| e.to_string())
                }
            }
        };
        timeout(SEND_TIMEOUT, sending).await.unwrap_or_else(|_| Err("the remote gateway takes no data".to_owned()))
    }

    /// Says goodbye, if that can still be said.
    pub(crate) async fn close(&mut self) {
        let closing = async {
            // The connection ends either way.
            let _ = match self {
                Self::Accepted(socket) => socket.send(ws::Message::Close(None)).await.map_err(|e| e.to_string()),
                Self::Dialled(socket) => {
                    socket.send(tungstenite::Message::Close(None)).await.map_err(|e| e.to_string())
                }
            };
        };
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }
}
