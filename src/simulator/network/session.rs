//! The life of one gateway network connection once its WebSocket stands, the same for both ends: greeting, approval, pings.
//! How the socket came about is not known here, nor what a pair says on its redundancy connection.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::simulator::network::frame::{Condition, Frame, Identity, PROTOCOL, Purpose};
use crate::simulator::network::pings::{Beat, Pings};
use crate::simulator::network::policy::connection_id;
use crate::simulator::network::table::{ConnectionKey, Direction, LinkStatus, display_name};
use crate::simulator::network::wire::Wire;
use crate::simulator::node::{Node, epoch_ms, halted};
use crate::simulator::redundancy::talk::{Talk, Word};
use crate::simulator::start::options::is_system_name;

const LOGGER: &str = "gateway-network";

/// What both ends agreed on by opening the socket.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) key: ConnectionKey,
    pub(crate) generation: u64,
    pub(crate) direction: Direction,
    pub(crate) purpose: Purpose,
    pub(crate) ping_rate: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) ping_max_missed: u32,
    /// Longest silence before the WebSocket counts as idle and is closed; zero for ever.
    pub(crate) idle_timeout: Duration,
    /// Who knocked, on an incoming connection.
    pub(crate) caller: Option<Caller>,
}

/// Who a dialler said to be when it knocked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) uuid: String,
    /// It came over TLS.
    pub(crate) secure: bool,
}

/// Serves the connection until it ends, and puts the end into the table. Returns why it ended.
pub(crate) async fn serve(node: &Node, wire: &mut Wire, terms: Terms) -> String {
    let (key, generation) = (terms.key, terms.generation);
    let talk = (terms.purpose == Purpose::Redundancy).then(|| Talk::new(key, generation));
    let mut session = Session { node, terms, remote: None, running: false, silent: false, approval_due: None, talk };
    let end = session.run(wire).await;
    if let Some(talk) = &mut session.talk {
        talk.end(node, session.silent);
    }
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
    /// The remote's pings went unanswered.
    silent: bool,
    approval_due: Option<Instant>,
    talk: Option<Talk>,
}

impl Session<'_> {
    fn label(&self) -> String {
        let name = self.remote.as_ref().map_or_else(|| "?".to_owned(), |(id, _)| display_name(&id.name, id.role));
        format!("{} connection {} with '{name}'", self.terms.direction.as_str(), self.terms.key)
    }

    async fn run(&mut self, wire: &mut Wire) -> String {
        let mut halt = self.node.halt.subscribe();
        let mut news = self.node.news.subscribe();
        let mut nudge = self.node.switch.nudge.subscribe();
        let mut pings =
            Pings::new(self.terms.ping_rate, self.terms.ping_timeout, self.terms.ping_max_missed, Instant::now());
        let mut heard = Instant::now();
        let (identity, condition) = self.node.introduction();
        let hello = Frame::Hello { protocol: PROTOCOL, purpose: self.terms.purpose, identity, condition };
        if let Err(e) = wire.send(&hello).await {
            return e;
        }
        loop {
            let talk_due = self.talk.as_ref().and_then(Talk::wake);
            let idle_due = Some(heard + self.terms.idle_timeout).filter(|_| !self.terms.idle_timeout.is_zero());
            let wake = [talk_due, self.approval_due, idle_due].into_iter().flatten().fold(pings.wake(), Instant::min);
            // What has arrived comes first: a gateway that was frozen must not take its own absence for its peer's.
            let step = tokio::select! {
                biased;
                () = halted(&mut halt) => {
                    wire.close().await;
                    return "this gateway is stopping".to_owned();
                }
                frame = wire.receive() => match frame {
                    Ok(Frame::Pong) => {
                        heard = Instant::now();
                        self.note(pings.answered(heard))
                    }
                    Ok(frame) => {
                        heard = Instant::now();
                        match self.note(None) {
                            Ok(()) => self.take(wire, frame).await,
                            replaced => replaced,
                        }
                    }
                    Err(e) => Err(e),
                },
                _ = nudge.changed() => self.still_admitted(),
                _ = news.changed() => self.tell(wire).await,
                () = sleep_until(wake) => {
                    let now = Instant::now();
                    if idle_due.is_some_and(|due| due <= now) {
                        wire.close().await;
                        return "Session idle timeout expired".to_owned();
                    }
                    let mut result = self.due(wire, now).await;
                    if result.is_ok() {
                        result = match pings.beat(now) {
                            Beat::Quiet => Ok(()),
                            Beat::Ask => wire.send(&Frame::Ping).await,
                            Beat::Lost(missed) => {
                                self.silent = true;
                                return format!("{missed} pings were not answered");
                            }
                        };
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

    /// What changed may mean that this caller would not be let in any more.
    fn still_admitted(&self) -> Result<(), String> {
        self.may_go_on()?;
        let (Some(caller), true) = (&self.terms.caller, self.node.setup.network.enabled) else { return Ok(()) };
        // By the name that it knocked with: a backup's changes when it meets its master.
        self.node.would_admit(caller.secure, &caller.name, &caller.uuid).map_err(|refused| refused.word().to_owned())
    }

    fn may_go_on(&self) -> Result<(), String> {
        let (key, generation) = (self.terms.key, self.terms.generation);
        self.node.may_go_on(key, generation, self.terms.purpose).map_err(str::to_owned)
    }

    /// Notes that the remote gateway lives, unless a newer socket of the same identity took this one's place.
    fn note(&self, ping: Option<Duration>) -> Result<(), String> {
        self.may_go_on()?;
        let mut state = self.node.state();
        if let Some(connection) = state.connections.current(self.terms.key, self.terms.generation) {
            connection.last_comm = Some(epoch_ms());
            if let Some(time) = ping {
                connection.ping_ms = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            }
        }
        Ok(())
    }

    async fn tell(&mut self, wire: &mut Wire) -> Result<(), String> {
        let (identity, condition) = self.node.introduction();
        wire.send(&Frame::Status { name: identity.name, condition }).await?;
        let words = match self.talk.as_mut().filter(|_| self.running) {
            Some(talk) => talk.news(self.node),
            None => Vec::new(),
        };
        for word in words {
            Self::say(wire, Some(word)).await?;
        }
        Ok(())
    }

    async fn say(wire: &mut Wire, word: Option<Word>) -> Result<(), String> {
        match word {
            Some(content) => wire.send(&Frame::Redundancy { content }).await,
            None => Ok(()),
        }
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
            Frame::Approved { condition } if self.terms.direction == Direction::Outgoing => {
                if let Some((_, known)) = &mut self.remote {
                    *known = condition;
                }
                self.start()
            }
            Frame::Redundancy { content } => match self.talk.as_mut().filter(|_| self.running) {
                Some(talk) => {
                    let answer = talk.hear(self.node, content)?;
                    Self::say(wire, answer).await
                }
                None => Err("a word of redundancy out of turn".to_owned()),
            },
            Frame::Approved { .. } => Err("a frame out of turn".to_owned()),
        }
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
        if self.terms.caller.as_ref().is_some_and(|c| !c.uuid.eq_ignore_ascii_case(&identity.uuid)) {
            return Err("has another UUID than it connected with".to_owned());
        }
        if self.talk.is_some() {
            Talk::greet(self.node, identity)?;
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
        if identity.name != name {
            name.clone_into(&mut identity.name);
            self.node.state().connections.identify(self.terms.key, self.terms.generation, identity);
        }
        if let Some(talk) = self.talk.as_mut().filter(|_| self.running) {
            talk.changed(self.node, name, condition);
        }
        Ok(())
    }

    /// What time alone brings: approval, and what the talk of redundancy waits for.
    async fn due(&mut self, wire: &mut Wire, now: Instant) -> Result<(), String> {
        self.may_go_on()?;
        if self.approval_due.is_some_and(|due| due <= now) {
            self.approval_due = None;
            self.start()?;
            // Of a pair the accepting node decides first, and the other one follows what it says here.
            let (_, condition) = self.node.introduction();
            wire.send(&Frame::Approved { condition }).await?;
        }
        let word = self.talk.as_mut().and_then(|talk| talk.due(self.node, now));
        Self::say(wire, word).await
    }

    /// The connection is approved: it counts from now on.
    fn start(&mut self) -> Result<(), String> {
        let Some((identity, condition)) = self.remote.clone() else {
            return Err("an approval before the greeting".to_owned());
        };
        if self.running {
            return Ok(());
        }
        self.running = true;
        self.node.approve(connection_id(&identity.name, &identity.uuid));
        if let Some(caller) = &self.terms.caller {
            self.node.admitted(&caller.name, &caller.uuid);
        }
        if let Some(c) = self.node.state().connections.current(self.terms.key, self.terms.generation) {
            c.enter(LinkStatus::Running, "");
        }
        self.node.setup.log.info(LOGGER, &format!("{} changed to Running", self.label()));
        self.node.setup.log.info(LOGGER, "Ping to remote machine was successful");
        self.talk.as_mut().map_or(Ok(()), |talk| talk.start(self.node, identity, condition))
    }
}
