//! A listener whose open connections all end with the gateway's process that accepted them, as a dead process's sockets do. What
//! is said on them is not known here.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// Held by whoever may end every connection: they end when it is dropped.
pub(crate) struct Latch(watch::Sender<()>);

impl Latch {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Ties a listener's connections, those to come, to this latch.
    pub(crate) fn tie<L>(&self, listener: L) -> Door<L> {
        Door { listener, latch: self.0.subscribe() }
    }
}

/// A listener tied to a [`Latch`].
pub(crate) struct Door<L> {
    listener: L,
    latch: watch::Receiver<()>,
}

impl<L: Listener> Listener for Door<L> {
    type Io = Severable<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = self.listener.accept().await;
        let mut latch = self.latch.clone();
        // Nothing is ever sent on the channel: it changes only by its end.
        let severed = Box::pin(async move { while latch.changed().await.is_ok() {} });
        (Severable { stream, severed, over: false }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A stream that breaks when its latch is dropped.
pub(crate) struct Severable<S> {
    stream: S,
    severed: Pin<Box<dyn Future<Output = ()> + Send>>,
    over: bool,
}

impl<S> Severable<S> {
    /// The stream below, for settings of its socket.
    pub(crate) fn inner(&self) -> &S {
        &self.stream
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        // A future that was ready must not be asked again.
        self.over = self.over || self.severed.as_mut().poll(cx).is_ready();
        if self.over { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Severable<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Severable<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_dropped_latch_ends_what_waits_and_what_would_begin() {
        let latch = Latch::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut door = latch.tie(listener);
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut io, _) = door.accept().await;
        io.write_all(b"hello").await.unwrap();
        let mut heard = [0; 5];
        client.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");
        let waiting = tokio::spawn(async move {
            let ended = io.read_u8().await.unwrap_err().kind();
            (ended, io.write_all(b"x").await.unwrap_err().kind())
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(latch);
        let ended = timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
        assert_eq!(ended, (io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionReset));
    }
}
