//! What is asked of the nodes of pairs while they are made anew one after the other, and how long is waited for it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::condition::{Check, Condition, Look, Subject, Verdict, judge};
use super::execute::Gateways;
use super::parting::{self, Parting};
use super::patience::Patience;
use super::standing::{Standing, concerns, only_active, standing};
use super::wait::{self, follow_all};
use crate::blueprint;
use crate::diagnosis::Cause;
use crate::engine::{ContainerState, Engine, EngineError, MemberState, PairSeen};
use crate::gateway::{self, ActivityLevel, Depth, Fault, GatewayClient, Sighting};
use crate::plan::GatewayStep;
use crate::report::{Event, Events};
use crate::stack::{Name, Pair, Stack};

/// Time between two looks at a pair.
const EVERY: Duration = Duration::from_millis(300);
/// How long two nodes that run may stay apart. A pair connects within about a minute (fact sheet 5.3); what has not by then will not
/// before both are of one configuration, as when the transport between them changed.
const APART: Duration = Duration::from_secs(75);
/// The same for a state that both must leave together, as another version.
const INCOMPATIBLE: Duration = Duration::from_secs(10);
/// A forced failover is seen within 130 ms (fact sheet 5.3).
const FAILOVER: Duration = Duration::from_secs(10);

/// The pairs of a stack, while a plan is carried out.
pub struct Pairs<'a, E> {
    engine: &'a E,
    stack: &'a Stack,
    clients: RefCell<Clients>,
    events: &'a dyn Events,
    limit: Duration,
}

/// Whether a pair may lose its backup, and what was seen of each node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parted {
    /// Whether it may.
    pub parting: Parting,
    /// A line for each node.
    pub nodes: Vec<String>,
}

/// Clients of gateways by name.
type Clients = BTreeMap<Name, GatewayClient>;

/// One look at a pair.
struct Seen {
    members: Vec<MemberState>,
    sightings: BTreeMap<Name, Sighting>,
    checks: Vec<Check>,
}

impl Seen {
    fn standing(&self, pair: &Pair) -> Standing {
        standing(pair, &self.checks, |name| self.sightings.get(name))
    }

    /// Whether a gateway has the role in its pair that it shall have.
    fn is_node(&self, name: &Name) -> bool {
        let of = |check: &&Check| check.condition == Condition::Role && check.subject == Subject::Gateway(name.clone());
        self.checks.iter().find(of).is_some_and(|check| check.verdict == Verdict::Met)
    }
}

impl<'a, E: Engine> Pairs<'a, E> {
    /// Those of a stack; waits for one at most for `limit`.
    pub fn new(
        engine: &'a E,
        stack: &'a Stack,
        clients: wait::Clients,
        events: &'a dyn Events,
        limit: Duration,
    ) -> Self {
        Self { engine, stack, clients: RefCell::new(clients.gateways), events, limit }
    }

    /// How a pair stands now.
    pub async fn look(&self, pair: &Pair) -> Result<PairSeen, EngineError> {
        let mut clients = self.take(pair);
        let seen = self.once(pair, &mut clients).await;
        self.clients.borrow_mut().extend(clients);
        let seen = seen?;
        let active = match seen.standing(pair) {
            Standing::Redundant(active) => Ok(active),
            Standing::Incompatible(why) | Standing::Apart(why) | Standing::Unfinished(why) => Err(why),
        };
        let working = only_active(pair, |name| seen.sightings.get(name));
        // One that is no node of a pair yet, as when its backup is new, cannot be waited for by the other one.
        let only_active = working.filter(|name| seen.is_node(name));
        Ok(PairSeen { pair: pair.clone(), active, only_active })
    }

    /// Whether a pair may lose its backup now; `decided`: a run found that before, and did not end.
    pub async fn part(&self, pair: &Pair, decided: bool) -> Result<Parted, EngineError> {
        let mut clients = self.take(pair);
        let seen = self.once(pair, &mut clients).await;
        self.clients.borrow_mut().extend(clients);
        let Seen { members, sightings, checks } = seen?;
        let runs = members.iter().any(|m| m.member == pair.backup && m.state == ContainerState::Running);
        let node = |name| parting::node(name, pair, &checks, sightings.get(name));
        Ok(Parted {
            parting: parting::parting(pair, decided, runs, &checks, |name| sightings.get(name)),
            nodes: [&pair.master, &pair.backup].map(node).into(),
        })
    }

    fn take(&self, pair: &Pair) -> Clients {
        let mut all = self.clients.borrow_mut();
        [&pair.master, &pair.backup].into_iter().filter_map(|name| all.remove_entry(name)).collect()
    }

    async fn once(&self, pair: &Pair, clients: &mut Clients) -> Result<Seen, EngineError> {
        let members = self.engine.members(&self.stack.name, Some(&self.stack.id)).await?;
        follow_all(self.stack, &members, clients);
        follow_ports(&members, clients);
        let looks = clients.iter_mut().map(|(name, client)| look(name, client));
        let sightings = futures_util::future::join_all(looks).await.into_iter().collect();
        let checks = self.checks(pair, &members, &sightings);
        Ok(Seen { members, sightings, checks })
    }

    /// The checks about a pair. Whether its containers are of the record's configuration is not asked: one of them is not, yet.
    fn checks(&self, pair: &Pair, members: &[MemberState], sightings: &BTreeMap<Name, Sighting>) -> Vec<Check> {
        let planned = members.iter().filter_map(|m| Some((m.member.clone(), m.config_hash.clone()?))).collect();
        let mut checks = judge(self.stack, &Look { members, sightings, routes: &BTreeMap::new(), planned: &planned });
        checks.retain(|check| concerns(pair, check));
        checks
    }

    /// Waits until a pair is redundant, or cannot be before its other node is made anew as well. A node that does not come up is
    /// a failure: then the other one is left as it is.
    async fn in_sync(&self, node: &Name, pair: &Pair, clients: &mut Clients) -> Result<(), EngineError> {
        let began = Instant::now();
        let mut patience = Patience::default();
        let mut both_run = None;
        loop {
            let seen = self.once(pair, clients).await?;
            let now = Instant::now();
            let why = match seen.standing(pair) {
                Standing::Redundant(_) => return Ok(()),
                Standing::Incompatible(why) if now - *both_run.get_or_insert(now) >= INCOMPATIBLE => {
                    self.goes_on(node, &why);
                    return Ok(());
                }
                Standing::Apart(why) if now - *both_run.get_or_insert(now) >= APART => {
                    self.goes_on(node, &why);
                    return Ok(());
                }
                Standing::Unfinished(why) => {
                    both_run = None;
                    why
                }
                Standing::Incompatible(why) | Standing::Apart(why) => why,
            };
            // What the two of them are waiting for has its own time above.
            let of_nodes: Vec<Check> =
                seen.checks.into_iter().filter(|c| matches!(c.subject, Subject::Gateway(_))).collect();
            let lost = patience.lost(&of_nodes, now);
            let timed_out = now - began >= self.limit;
            if lost.is_some() || timed_out {
                return Err(not_back(self.stack, node, why, lost.as_ref()));
            }
            self.events.event(Event::Doing(format!("wait for {node}: {why}")));
            sleep(EVERY).await;
        }
    }

    fn goes_on(&self, node: &Name, why: &str) {
        self.events
            .event(Event::Warning(format!("{node} runs and is not in sync ({why}): it goes on with the other node")));
    }

    /// Lets the active node hand over. When it cannot, the plan goes on: its peer takes over when it stops (fact sheet 5.2).
    async fn hand_over(&self, from: &Name, to: &Name, clients: &mut Clients) {
        let found = self.engine.members(&self.stack.name, Some(&self.stack.id)).await;
        follow_ports(&found.unwrap_or_default(), clients);
        // After a node came back it may have taken over by itself.
        if self.is_active(to, clients).await && !self.is_active(from, clients).await {
            return;
        }
        let asked = match clients.get_mut(from) {
            Some(client) => client.force_failover().await,
            None => Err(Fault::NotAvailable),
        };
        let why = match asked {
            Ok(()) if self.seen_active(to, clients).await => return,
            Ok(()) => format!("{to} is not Active after {} s", FAILOVER.as_secs()),
            Err(fault) => fault.to_string(),
        };
        self.events
            .event(Event::Warning(format!("{from} did not hand over ({why}): {to} takes over when {from} stops")));
    }

    async fn seen_active(&self, node: &Name, clients: &mut Clients) -> bool {
        let began = Instant::now();
        while began.elapsed() < FAILOVER {
            if self.is_active(node, clients).await {
                return true;
            }
            sleep(EVERY).await;
        }
        false
    }

    async fn is_active(&self, node: &Name, clients: &mut Clients) -> bool {
        let Some(client) = clients.get_mut(node) else { return false };
        let sighting = client.look(Depth::Full).await;
        sighting.gwinfo.value().is_some_and(|g| g.activity == Some(ActivityLevel::Active))
    }
}

impl<E: Engine> Gateways for Pairs<'_, E> {
    async fn carry_out(&self, step: &GatewayStep) -> Result<(), EngineError> {
        let Some(pair) = self.stack.pair_of(step.node()) else { return Ok(()) };
        let mut clients = self.take(pair);
        let done = match step {
            GatewayStep::WaitInSync { node, .. } => self.in_sync(node, pair, &mut clients).await,
            GatewayStep::HandOver { from, to } => {
                self.hand_over(from, to, &mut clients).await;
                Ok(())
            }
        };
        self.clients.borrow_mut().extend(clients);
        done
    }
}

/// A node that does not come back; `lost`: the check that cannot be met any more.
fn not_back(stack: &Stack, node: &Name, why: String, lost: Option<&Check>) -> EngineError {
    let cause = lost.and_then(|check| check.verdict.reason()).and_then(|reason| reason.cause);
    // The node that the check is about may be the other one.
    let of = lost.map_or(node, |check| &check.gateway);
    let reason = lost.and_then(|check| check.verdict.reason()).map_or(why, |reason| reason.text.clone());
    EngineError::NotHealthy {
        container: blueprint::container_name(stack, of),
        reason,
        timed_out: lost.is_none(),
        cause_id: cause.map(Cause::id),
    }
}

/// A node that is not made anew yet may publish another port than the record gives it.
fn follow_ports(members: &[MemberState], clients: &mut Clients) {
    for member in members {
        let published = member.published.get(&blueprint::HTTP_PORT);
        if let (Some(client), Some((ip, port))) = (clients.get_mut(&member.member), published) {
            // An address of the engine always makes a URL; if not, the old one stays and does not answer. On every address it is
            // where the client looks already, which may be another machine.
            let _ = if ip.is_unspecified() {
                client.move_to_port(*port)
            } else {
                client.move_to(&gateway::url(*ip, *port))
            };
        }
    }
}

async fn look(name: &Name, client: &mut GatewayClient) -> (Name, Sighting) {
    (name.clone(), client.look(Depth::Full).await)
}
