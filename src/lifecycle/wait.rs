//! Looks and judges until everything holds, something is hopeless, or time is up. Deadline and patience live here, not in the conditions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::condition::{Check, Condition, Look, Subject, Verdict, judge};
use super::listing::{Heard, Listing};
use crate::blueprint;
use crate::engine::{Engine, EngineError, MemberState};
use crate::gateway::{Depth, GatewayClient, GwInfo, ProxyClient, Seen, Sighting};
use crate::stack::{Name, Network, Route, Stack};

/// Time between two looks at a gateway, when there are few.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Added per gateway, so that the client's load does not grow with their number.
const LOOK_PER_GATEWAY: Duration = Duration::from_millis(20);
/// Time between two looks at a gateway of which nothing is open while others are waited for.
const LOOK_AT_SETTLED_EVERY: Duration = Duration::from_secs(1);
/// Longest time between two looks at a gateway.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(2);
/// How often the route of a pair is asked in a row. Two would do for a proxy that takes turns and serves nobody else.
const FRESH_CLIENTS: usize = 4;

/// Nothing is judged until every gateway was looked at once, or this long.
const FIRST_LOOKS: Duration = Duration::from_secs(1);
/// The same when the containers are known to be there: then everybody is going to answer.
const FIRST_LOOKS_AT_KNOWN: Duration = Duration::from_secs(5);

/// When waiting ends before everything holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GiveUp {
    /// As soon as something cannot be met any more.
    Early,
    /// At the deadline only: somebody else may mend it meanwhile.
    AtTheDeadline,
}

/// How waiting ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything holds.
    Holds(Snapshot),
    /// One check cannot be met any more.
    Hopeless(Snapshot, Box<Check>),
    /// Time is up.
    TimedOut(Snapshot),
}

/// What was seen last, and what it means.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Containers.
    pub members: Vec<MemberState>,
    /// Gateways.
    pub sightings: BTreeMap<Name, Sighting>,
    /// What came back through the reverse proxy.
    pub routes: BTreeMap<Route, Vec<Seen<GwInfo>>>,
    /// The configuration hash that each member should carry.
    pub planned: BTreeMap<Name, String>,
    /// Every check.
    pub checks: Vec<Check>,
}

impl Snapshot {
    /// The pure view that is judged.
    pub fn look(&self) -> Look<'_> {
        Look { members: &self.members, sightings: &self.sightings, routes: &self.routes, planned: &self.planned }
    }
}

/// Who is asked.
#[derive(Debug, Default)]
pub struct Clients {
    /// One client per gateway.
    pub gateways: BTreeMap<Name, GatewayClient>,
    /// The reverse proxy in front of them; without it nothing is known of its routes.
    pub proxy: Option<ProxyClient>,
}

/// Looks once at everything and judges.
pub async fn once<E: Engine>(engine: &E, stack: &Stack, clients: Clients) -> Result<Snapshot, EngineError> {
    let Clients { mut gateways, proxy } = clients;
    if stack.proxy.is_some() {
        follow_all(stack, &engine.members(&stack.name, Some(&stack.id)).await?, &mut gateways);
    }
    let looks: FuturesUnordered<_> =
        gateways.into_iter().map(|(name, client)| look(name, client, Duration::ZERO)).collect();
    let asked: FuturesUnordered<_> =
        routes(stack, proxy).map(|(route, times, proxy)| ask(route, times, proxy, Duration::ZERO)).collect();
    let (members, seen, asked) = futures_util::future::join3(
        engine.members(&stack.name, Some(&stack.id)),
        looks.collect::<Vec<_>>(),
        asked.collect::<Vec<_>>(),
    )
    .await;
    let mut snapshot = Snapshot {
        members: members?,
        sightings: seen.into_iter().map(|(name, _, sighting)| (name, sighting)).collect(),
        routes: asked.into_iter().map(|(route, _, answers)| (route, answers)).collect(),
        planned: planned(stack),
        checks: Vec::new(),
    };
    snapshot.checks = judge(stack, &snapshot.look());
    Ok(snapshot)
}

/// Looks until everything holds, at most for `limit`. `tell` hears of every new look.
///
/// A limit that is over before everything was looked at once ends with no checks. While the engine does not answer nothing is judged:
/// what the containers do is not known then.
pub async fn until<E: Engine>(
    mut listing: Listing<'_, E>,
    stack: &Stack,
    clients: Clients,
    limit: Duration,
    give_up: GiveUp,
    mut tell: impl FnMut(&Snapshot),
) -> Result<Ended, EngineError> {
    let first = Instant::now();
    let deadline = first + limit;
    let Clients { mut gateways, proxy } = clients;
    // Whose checks are open; before the first judgement everybody's.
    let mut open: BTreeSet<Name> = gateways.keys().cloned().collect();
    let settled_pause = settled_pause(gateways.len());
    if stack.proxy.is_some() {
        follow_all(stack, &listing.now().await?, &mut gateways);
    }
    let mut looks: FuturesUnordered<_> =
        gateways.into_iter().map(|(name, client)| look(name, client, Duration::ZERO)).collect();
    let mut asked: FuturesUnordered<_> =
        routes(stack, proxy.clone()).map(|(route, times, proxy)| ask(route, times, proxy, Duration::ZERO)).collect();
    let mut snapshot = Snapshot { planned: planned(stack), ..Snapshot::default() };
    let first_looks = if listing.is_known() { FIRST_LOOKS_AT_KNOWN } else { FIRST_LOOKS };
    let mut listed = listing.is_known();
    if listed {
        snapshot.members = listing.now().await?;
    }
    let mut patience = Patience::default();
    loop {
        // Nothing new was seen: what was judged still stands.
        let mut same = false;
        tokio::select! {
            Some((name, mut client, sighting)) = looks.next() => {
                follow(stack, &snapshot.members, &name, &mut client);
                let after = if open.contains(&name) { pause(open.len()) } else { settled_pause };
                looks.push(look(name.clone(), client, after));
                same = snapshot.sightings.get(&name) == Some(&sighting);
                snapshot.sightings.insert(name, sighting);
            }
            Some((route, times, answers)) = asked.next() => {
                same = snapshot.routes.get(&route) == Some(&answers);
                snapshot.routes.insert(route.clone(), answers);
                asked.extend(proxy.clone().map(|proxy| ask(route, times, proxy, pause(open.len()))));
            }
            heard = listing.next() => match heard? {
                Heard::Members(members) => (snapshot.members, listed) = (members, true),
                Heard::Back(members) => {
                    (snapshot.members, listed) = (members, true);
                    // An engine that was started again starts the containers again, too: everything has its time anew.
                    patience = Patience::default();
                }
                Heard::Away => {}
            },
            () = tokio::time::sleep_until(deadline) => {
                return listing.unreachable().map_or(Ok(Ended::TimedOut(snapshot)), Err);
            }
        }
        let looked = snapshot.sightings.len() >= stack.gateways.len() || first.elapsed() >= first_looks;
        // Patience and what is told go by time: every list has its judgement, twice a second.
        if !looked || !listed || listing.unreachable().is_some() || (same && !snapshot.checks.is_empty()) {
            continue;
        }
        snapshot.checks = judge(stack, &snapshot.look());
        open = open_ones(&snapshot.checks);
        tell(&snapshot);
        if snapshot.checks.iter().all(|c| c.verdict.is_settled()) && listing.is_fresh() {
            return Ok(Ended::Holds(snapshot));
        }
        listing.no_longer_known();
        if give_up == GiveUp::Early
            && let Some(check) = patience.lost(&snapshot.checks, Instant::now())
        {
            return Ok(Ended::Hopeless(snapshot, Box::new(check)));
        }
    }
}

/// Turns each client to where its gateway is now.
pub(super) fn follow_all(stack: &Stack, members: &[MemberState], clients: &mut BTreeMap<Name, GatewayClient>) {
    for (name, client) in clients {
        follow(stack, members, name, client);
    }
}

/// A gateway behind a proxy publishes no port and is looked at where its container is: on a network of the stack, at an address
/// that changes with its starts.
fn follow(stack: &Stack, members: &[MemberState], name: &Name, client: &mut GatewayClient) {
    let Some(gateway) = stack.gateway(name).filter(|_| stack.proxy.is_some()) else { return };
    let Some(member) = members.iter().find(|member| &member.member == name) else { return };
    let on = |network: &Network| member.addresses.get(&blueprint::network_name(&stack.name, *network));
    if let Some(address) = gateway.networks.iter().find_map(on) {
        let url = format!("http://{}", SocketAddr::new(*address, blueprint::HTTP_PORT));
        // An address of the engine always makes a URL; if not, the old one stays and does not answer.
        let _ = client.move_to(&url);
    }
}

/// Gateways whose next look may settle something: of an open check those that it is about, and the other one.
fn open_ones(checks: &[Check]) -> BTreeSet<Name> {
    let open = checks.iter().filter(|check| !check.verdict.is_settled());
    open.flat_map(|check| std::iter::once(&check.gateway).chain(&check.peer)).cloned().collect()
}

fn planned(stack: &Stack) -> BTreeMap<Name, String> {
    blueprint::build(stack).containers.into_iter().map(|c| (c.member, c.config_hash)).collect()
}

fn pause(gateways: usize) -> Duration {
    let count = u32::try_from(gateways).unwrap_or(u32::MAX);
    LOOK_PER_GATEWAY.saturating_mul(count).clamp(LOOK_EVERY, LOOK_AT_LEAST_EVERY)
}

fn settled_pause(gateways: usize) -> Duration {
    (2 * pause(gateways)).clamp(LOOK_AT_SETTLED_EVERY, LOOK_AT_LEAST_EVERY)
}

async fn look(name: Name, mut client: GatewayClient, after: Duration) -> (Name, GatewayClient, Sighting) {
    tokio::time::sleep(after).await;
    let sighting = client.look(Depth::Full).await;
    (name, client, sighting)
}

/// The routes of a stack, each with how often it is asked in a row: a pair's as often as shows where fresh clients land.
fn routes(stack: &Stack, proxy: Option<ProxyClient>) -> impl Iterator<Item = (Route, usize, ProxyClient)> {
    let own = stack.gateways.iter().filter_map(|gateway| Some((stack.route(gateway)?, 1)));
    let pairs = stack.pairs.iter().filter_map(|pair| Some((stack.pair_route(pair)?, FRESH_CLIENTS)));
    own.chain(pairs).filter_map(move |(route, times)| Some((route, times, proxy.clone()?)))
}

async fn ask(route: Route, times: usize, proxy: ProxyClient, after: Duration) -> (Route, usize, Vec<Seen<GwInfo>>) {
    tokio::time::sleep(after).await;
    let host = route.host();
    let mut answers = Vec::with_capacity(times);
    for _ in 0..times {
        answers.push(proxy.ask(&host).await);
        // Who does not answer once is not waited for again and again.
        if answers.last().is_some_and(|seen| seen.value().is_none()) {
            break;
        }
    }
    (route, times, answers)
}

/// Since when each check has been pending for the same cause.
#[derive(Default)]
pub(super) struct Patience {
    since: HashMap<(Subject, Condition, Name), (Option<&'static str>, Instant)>,
}

impl Patience {
    /// The first check that failed, or has been pending for longer than its cause deserves.
    pub(super) fn lost(&mut self, checks: &[Check], now: Instant) -> Option<Check> {
        let mut lost = None;
        for check in checks {
            let key = (check.subject.clone(), check.condition, check.gateway.clone());
            let gone = match &check.verdict {
                Verdict::Met | Verdict::Skipped(_) => {
                    self.since.remove(&key);
                    false
                }
                Verdict::Failed(_) => true,
                Verdict::Pending(reason) | Verdict::Unknown(reason) => {
                    let cause = reason.cause.as_ref().map(|c| c.id());
                    let entry = self.since.entry(key).or_insert((cause, now));
                    if entry.0 != cause {
                        *entry = (cause, now);
                    }
                    reason.hopeless_after.is_some_and(|patience| now - entry.1 >= patience)
                }
            };
            if gone && lost.is_none() {
                lost = Some(check.clone());
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Reason;
    use super::*;
    use crate::diagnosis::Cause;

    fn check(verdict: Verdict) -> Check {
        let hub = Name::parse("hub").unwrap();
        Check {
            subject: Subject::Gateway(hub.clone()),
            condition: Condition::Running,
            verdict,
            evidence: String::new(),
            gateway: hub,
            peer: None,
        }
    }

    fn pending(cause: Cause, patience: Option<u64>) -> Vec<Check> {
        let reason = Reason {
            text: String::new(),
            seen: String::new(),
            cause: Some(cause),
            hopeless_after: patience.map(Duration::from_secs),
        };
        vec![check(Verdict::Pending(reason))]
    }

    #[test]
    fn patience_runs_out_for_one_cause_that_stays() {
        let mut patience = Patience::default();
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(0)).is_none());
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(14)).is_none());
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(15)).is_some());
    }

    #[test]
    fn another_cause_or_a_moment_of_health_begins_anew() {
        let mut patience = Patience::default();
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(patience.lost(&pending(Cause::LinkRefused, Some(15)), at(0)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(14)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(16)).is_none());
        assert!(patience.lost(&[check(Verdict::Met)], at(20)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(30)).is_none());
        assert!(patience.lost(&pending(Cause::LinkFaulted, Some(15)), at(45)).is_some());
    }

    #[test]
    fn what_has_no_limit_is_left_to_the_deadline_and_what_failed_is_lost_at_once() {
        let mut patience = Patience::default();
        let start = Instant::now();
        for s in [0, 60, 6000] {
            assert!(patience.lost(&pending(Cause::StuckStarting, None), start + Duration::from_secs(s)).is_none());
        }
        let reason = Reason { text: String::new(), seen: String::new(), cause: None, hopeless_after: None };
        assert!(patience.lost(&[check(Verdict::Failed(reason))], start).is_some());
    }

    #[test]
    fn looks_get_rarer_with_the_number_of_gateways() {
        assert_eq!(pause(1), Duration::from_millis(200));
        assert_eq!(pause(50), Duration::from_secs(1));
        assert_eq!(pause(10_000), Duration::from_secs(2));
        assert_eq!(settled_pause(2), Duration::from_secs(1));
        assert_eq!(settled_pause(50), Duration::from_secs(2));
        assert_eq!(settled_pause(10_000), Duration::from_secs(2));
    }

    #[test]
    fn of_an_open_check_both_gateways_are_looked_at_often() {
        let name = |text: &str| Name::parse(text).unwrap();
        let mut checks = pending(Cause::LinkRefused, None);
        checks[0].peer = Some(name("spoke"));
        checks.push(Check { gateway: name("settled"), ..check(Verdict::Met) });
        assert_eq!(open_ones(&checks), BTreeSet::from([name("hub"), name("spoke")]));
    }
}
