//! The life of one gateway network connection once its WebSocket stands, the same for both ends: greeting, approval, pings,
//! redundancy talk. How the socket came about is not known here.

use std::time::Duration;

use axum::extract::ws;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::{WebSocketStream, tungstenite};
use uuid::Uuid;

use crate::simulator::network::frame::{Condition, Frame, Identity, PROTOCOL, Purpose};
use crate::simulator::network::policy::connection_id;
use crate::simulator::network::table::{ConnectionKey, Direction, LinkStatus, display_name};
use crate::simulator::node::{Node, PeerLink, epoch_ms, halted};
use crate::simulator::redundancy::machine::Role;
use crate::simulator::start::options::is_system_name;

/// Longest time that one frame may take to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const LOGGER: &str = "gateway-network";
const REPLACED: &str = "replaced by a newer connection of the same identity";

/// A WebSocket, whoever opened it.
pub(crate) enum Wire {
    Accepted(Box<ws::WebSocket>),
    Dialled(Box<WebSocketStream<TcpStream>>),
}

impl Wire {
    /// The next text, or why there is none. Loses nothing when dropped while waiting.
    async fn receive(&mut self) -> Result<String, String> {
        loop {
            match self {
                Self::Accepted(socket) => match socket.next().await {
                    Some(Ok(ws::Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => {}
                    Some(Ok(ws::Message::Close(_))) | None => {
                        return Err("connection closed by the remote gateway".to_owned());
                    }
                    Some(Ok(ws::Message::Binary(_))) => return Err("unexpected binary frame".to_owned()),
                    Some(Err(e)) => return Err(e.to_string()),
                },
                Self::Dialled(socket) => match socket.next().await {
                    Some(Ok(tungstenite::Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    Some(Ok(tungstenite::Message::Close(_))) | None => {
                        return Err("connection closed by the remote gateway".to_owned());
                    }
                    Some(Ok(tungstenite::Message::Binary(_))) => return Err("unexpected binary frame".to_owned()),
                    Some(Ok(_)) => {}
                    Some(Err(e)) => return Err(e.to_string()),
                },
            }
        }
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), String> {
        let text = frame.encode();
        let sending = async {
            match self {
                Self::Accepted(socket) => socket.send(ws::Message::Text(text.into())).await.map_err(|e| e.to_string()),
                Self::Dialled(socket) => {
                    socket.send(tungstenite::Message::Text(text.into())).await.map_err(|e| e.to_string())
                }
            }
        };
        timeout(SEND_TIMEOUT, sending).await.unwrap_or_else(|_| Err("the remote gateway takes no data".to_owned()))
    }

    async fn close(&mut self) {
        let closing = async {
            // The connection ends either way.
            let _ = match self {
                Self::Accepted(socket) => socket.send(ws::Message::Close(None)).await.map_err(|e| e.to_string()),
                Self::Dialled(socket) => {
                    socket.send(tungstenite::Message::Close(None)).await.map_err(|e| e.to_string())
                }
            };
        };
        let _ = timeout(Duration::from_millis(200), closing).await;
    }
}

/// What both ends agreed on by opening the socket.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) key: ConnectionKey,
    pub(crate) generation: u64,
    pub(crate) direction: Direction,
    pub(crate) purpose: Purpose,
    pub(crate) ping_rate: Duration,
    pub(crate) ping_max_missed: u32,
    /// Identity that the dialler gave when it knocked.
    pub(crate) expected_uuid: Option<String>,
}

/// Serves the connection until it ends, and puts the end into the table. Returns why it ended.
pub(crate) async fn serve(node: &Node, wire: &mut Wire, terms: Terms) -> String {
    let (key, generation) = (terms.key, terms.generation);
    let mut session =
        Session { node, terms, remote: None, running: false, pulling: false, sync_due: None, approval_due: None };
    let end = session.run(wire).await;
    node.peer_lost(key, generation);
    let news = node.state().connections.fault(key, generation, &end);
    if news {
        node.setup.log.warn(LOGGER, &format!("{} changed to Faulted: {end}", session.label()));
    }
    end
}

struct Session<'a> {
    node: &'a Node,
    terms: Terms,
    remote: Option<(Identity, Condition)>,
    running: bool,
    /// The master's answer to a pull is awaited.
    pulling: bool,
    sync_due: Option<Instant>,
    approval_due: Option<Instant>,
}

impl Session<'_> {
    fn label(&self) -> String {
        let name = self.remote.as_ref().map_or_else(|| "?".to_owned(), |(id, _)| display_name(&id.name, id.role));
        format!("{} connection {} with '{name}'", self.terms.direction.as_str(), self.terms.key)
    }

    async fn run(&mut self, wire: &mut Wire) -> String {
        let mut halt = self.node.halt.subscribe();
        let mut news = self.node.news.subscribe();
        let rate = self.terms.ping_rate.max(Duration::from_millis(10));
        let mut ping_due = Instant::now() + rate;
        let mut asked: Option<Instant> = None;
        let mut missed = 0;
        let (identity, condition) = self.node.introduction();
        let hello = Frame::Hello { protocol: PROTOCOL, purpose: self.terms.purpose, identity, condition };
        if let Err(e) = wire.send(&hello).await {
            return e;
        }
        loop {
            let wake =
                [Some(ping_due), self.sync_due, self.approval_due].into_iter().flatten().min().unwrap_or(ping_due);
            // What has arrived comes first: a gateway that was frozen must not take its own absence for its peer's.
            let step = tokio::select! {
                biased;
                () = halted(&mut halt) => {
                    wire.close().await;
                    return "this gateway is stopping".to_owned();
                }
                text = wire.receive() => match text.map(|t| Frame::decode(&t)) {
                    Ok(Ok(Frame::Pong)) => {
                        missed = 0;
                        self.note(asked.take())
                    }
                    Ok(Ok(frame)) => match self.note(None) {
                        Ok(()) => self.take(wire, frame).await,
                        replaced => replaced,
                    },
                    Ok(Err(e)) => Err(format!("unreadable frame: {e}")),
                    Err(e) => Err(e),
                },
                _ = news.changed() => self.tell(wire).await,
                () = sleep_until(wake) => {
                    let now = Instant::now();
                    let mut result = self.due(wire, now).await;
                    if result.is_ok() && now >= ping_due {
                        ping_due = now + rate;
                        missed = if asked.is_some() { missed + 1 } else { 0 };
                        if missed >= self.terms.ping_max_missed.max(1) {
                            return format!("{missed} pings were not answered");
                        }
                        asked = Some(asked.unwrap_or(now));
                        result = wire.send(&Frame::Ping).await;
                    }
                    result
                }
            };
            if let Err(reason) = step {
                wire.close().await;
                return reason;
            }
        }
    }

    /// Notes that the remote gateway lives, unless a newer socket of the same identity took this one's place.
    fn note(&self, asked: Option<Instant>) -> Result<(), String> {
        let mut state = self.node.state();
        let connection = state.connections.current(self.terms.key, self.terms.generation).ok_or(REPLACED)?;
        connection.last_comm = Some(epoch_ms());
        if let Some(asked) = asked {
            connection.ping_ms = Some(u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    async fn tell(&self, wire: &mut Wire) -> Result<(), String> {
        let (identity, condition) = self.node.introduction();
        wire.send(&Frame::Status { name: identity.name, condition }).await
    }

    async fn take(&mut self, wire: &mut Wire, frame: Frame) -> Result<(), String> {
        match frame {
            Frame::Hello { protocol, purpose, identity, condition } => {
                if let Err(reason) = self.greet(protocol, purpose, &identity) {
                    // The remote learns the reason if it can still be told.
                    let _ = wire.send(&Frame::Refuse { reason: reason.clone() }).await;
                    return Err(reason);
                }
                self.remote = Some((identity, condition));
                Ok(())
            }
            Frame::Ping => wire.send(&Frame::Pong).await,
            Frame::Pong => Ok(()),
            Frame::Refuse { reason } => Err(format!("refused by the remote gateway: {reason}")),
            Frame::Status { name, condition } => self.changed(&name, condition),
            Frame::Approved if self.terms.direction == Direction::Outgoing => self.start(wire).await,
            Frame::Pull if self.running && self.terms.purpose == Purpose::Redundancy => {
                let content = self.content().ok_or("a pull from a node that is no master")?;
                wire.send(&content).await
            }
            Frame::Content { name, admin } if self.pulling => {
                if !is_system_name(&name) {
                    return Err("the master's name cannot be a system name".to_owned());
                }
                self.node.adopt(name, admin);
                self.pulling = false;
                self.sync_due = Some(Instant::now() + self.node.setup.timings.sync);
                Ok(())
            }
            Frame::Approved | Frame::Pull | Frame::Content { .. } => Err("a frame out of turn".to_owned()),
        }
    }

    /// What replicates to a backup.
    fn content(&self) -> Option<Frame> {
        let state = self.node.state();
        let content = Frame::Content { name: state.name.clone(), admin: state.record.admin.clone() };
        (state.machine.role() == Role::Master).then_some(content)
    }

    fn greet(&mut self, protocol: u32, purpose: Purpose, identity: &Identity) -> Result<(), String> {
        if self.remote.is_some() || purpose != self.terms.purpose {
            return Err("a greeting out of turn".to_owned());
        }
        if protocol != PROTOCOL {
            return Err(format!(
                "speaks version {protocol} of the protocol between simulated gateways, not {PROTOCOL}"
            ));
        }
        if !is_system_name(&identity.name) || Uuid::parse_str(&identity.uuid).is_err() {
            return Err("has no proper name or UUID".to_owned());
        }
        if self.terms.expected_uuid.as_ref().is_some_and(|uuid| !uuid.eq_ignore_ascii_case(&identity.uuid)) {
            return Err("has another UUID than it connected with".to_owned());
        }
        if purpose == Purpose::Redundancy {
            self.node.may_pair(identity)?;
        }
        let (key, generation) = (self.terms.key, self.terms.generation);
        self.node.state().connections.identify(key, generation, identity);
        if self.terms.direction == Direction::Incoming {
            let id = connection_id(&identity.name, &identity.uuid);
            self.approval_due = Some(Instant::now() + self.node.approval_delay(&id));
        }
        Ok(())
    }

    fn changed(&mut self, name: &str, condition: Condition) -> Result<(), String> {
        let Some((identity, known)) = &mut self.remote else { return Err("a status before the greeting".to_owned()) };
        if !is_system_name(name) {
            return Err("has no proper name".to_owned());
        }
        *known = condition;
        let (key, generation) = (self.terms.key, self.terms.generation);
        if identity.name != name {
            name.clone_into(&mut identity.name);
            self.node.state().connections.identify(key, generation, identity);
        }
        if self.running && self.terms.purpose == Purpose::Redundancy {
            self.node.peer_changed(key, generation, name, condition);
        }
        Ok(())
    }

    /// What time alone brings: approval, the end of a pull, and the end of a socket that a newer one replaced.
    async fn due(&mut self, wire: &mut Wire, now: Instant) -> Result<(), String> {
        if self.node.state().connections.current(self.terms.key, self.terms.generation).is_none() {
            return Err(REPLACED.to_owned());
        }
        if self.approval_due.is_some_and(|due| due <= now) {
            self.approval_due = None;
            wire.send(&Frame::Approved).await?;
            self.start(wire).await?;
        }
        if self.sync_due.is_some_and(|due| due <= now) {
            self.sync_due = None;
            self.node.pulled();
        }
        Ok(())
    }

    /// The connection is approved: it counts from now on.
    async fn start(&mut self, wire: &mut Wire) -> Result<(), String> {
        let Some((identity, condition)) = self.remote.clone() else {
            return Err("an approval before the greeting".to_owned());
        };
        if self.running {
            return Ok(());
        }
        let (key, generation) = (self.terms.key, self.terms.generation);
        // Another node may have taken the place since the greeting.
        if self.terms.purpose == Purpose::Redundancy {
            self.node.may_pair(&identity)?;
        }
        self.running = true;
        self.node.approve(connection_id(&identity.name, &identity.uuid));
        if let Some(c) = self.node.state().connections.current(key, generation) {
            c.status = LinkStatus::Running;
            c.last_error.clear();
        }
        self.node.setup.log.info(LOGGER, &format!("{} changed to Running", self.label()));
        self.node.setup.log.info(LOGGER, "Ping to remote machine was successful");
        if self.terms.purpose == Purpose::Redundancy
            && self.node.peer_connected(PeerLink { key, generation, identity, condition })
        {
            let log = &self.node.setup.log;
            log.info(
                "Redundancy.SyncManager",
                "Will perform full pull. Reason: redundant provider on local side has no data.",
            );
            log.info("Redundancy.SyncManager", "Performing full sync...");
            self.pulling = true;
            wire.send(&Frame::Pull).await?;
        }
        Ok(())
    }
}
