//! Turns: when a gateway or a route is looked at again, and how much of it. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::gateway::{Depth, GatewayClient, GwInfo, ProxyClient, Seen, Sighting};
use crate::stack::{Name, Route, Stack};

/// Time between two looks at something, when there is little to look at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Added per gateway that is waited for, so that the client's load does not grow with their number.
const LOOK_PER_GATEWAY: Duration = Duration::from_millis(20);
/// The same for one that does not run yet: a look at it is one request or two.
const LOOK_PER_BOOTING_GATEWAY: Duration = Duration::from_millis(15);
/// Time between two looks at a gateway of which nothing is open while others are waited for.
const LOOK_AT_SETTLED_EVERY: Duration = Duration::from_secs(1);
/// Longest time between two looks.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(2);
/// What needs a login is asked of a settled gateway that often; in between only whether all the rest is as it was.
const WHOLE_AT_LEAST_EVERY: Duration = Duration::from_secs(10);
/// How often the route of a pair is asked in a row. Two would do for a proxy that takes turns and serves nobody else.
const FRESH_CLIENTS: usize = 4;

/// Says from when on looks count: what rests and was seen before that is looked at again at once.
pub(super) type Stale = watch::Receiver<Instant>;

/// When the next look is due, and what is known already.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// How long is rested before it.
    pub(super) after: Duration,
    /// When the last whole look began.
    pub(super) seen: Instant,
    /// What that look showed, when it is enough to see whether it is still so.
    pub(super) before: Option<Sighting>,
}

impl Turn {
    /// The first one: at once.
    pub(super) fn first() -> Self {
        Self { after: Duration::ZERO, seen: Instant::now(), before: None }
    }

    /// The next one at a gateway of which something is open. `open`: how many such gateways there are.
    pub(super) fn at_open(looked: &Looked, open: usize) -> Self {
        Self { after: pause(open, looked.sighting.is_running()), seen: looked.began, before: None }
    }

    /// The next one at a gateway of which nothing is open, of so many.
    pub(super) fn at_settled(looked: &Looked, gateways: usize) -> Self {
        let known = looked.began.elapsed() < WHOLE_AT_LEAST_EVERY;
        let before = known.then(|| looked.sighting.clone());
        Self { after: settled_pause(gateways), seen: looked.began, before }
    }
}

/// Time between two looks at a gateway of which something is open, when there are so many.
pub(super) fn pause(open: usize, runs: bool) -> Duration {
    let each = if runs { LOOK_PER_GATEWAY } else { LOOK_PER_BOOTING_GATEWAY };
    let count = u32::try_from(open).unwrap_or(u32::MAX);
    each.saturating_mul(count).clamp(LOOK_EVERY, LOOK_AT_LEAST_EVERY)
}

/// The same when nothing is open.
pub(super) fn settled_pause(gateways: usize) -> Duration {
    (2 * pause(gateways, true)).clamp(LOOK_AT_SETTLED_EVERY, LOOK_AT_LEAST_EVERY)
}

/// Rests, until its time is over or what was seen does not count any more; says whether it was that.
async fn rest(after: Duration, seen: Instant, mut stale: Stale) -> bool {
    tokio::select! {
        Ok(_) = stale.wait_for(|from| seen < *from) => true,
        () = sleep(after) => false,
    }
}

/// A look at a gateway.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) name: Name,
    pub(super) client: GatewayClient,
    pub(super) sighting: Sighting,
    /// When the look began that all of it is from.
    pub(super) began: Instant,
}

/// Looks at a gateway when it is its turn. Where it is enough that all is as before, everything is asked only when it is not.
pub(super) async fn look(name: Name, mut client: GatewayClient, turn: Turn, stale: Stale) -> Looked {
    let hurried = rest(turn.after, turn.seen, stale).await;
    if let Some(before) = turn.before.filter(|_| !hurried) {
        let now = client.look(Depth::Public).await;
        if now.is_running() && now.ping == before.ping && now.gwinfo == before.gwinfo {
            return Looked { name, client, sighting: before, began: turn.seen };
        }
    }
    let began = Instant::now();
    let sighting = client.look(Depth::Full).await;
    Looked { name, client, sighting, began }
}

/// What came back through the proxy.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) route: Route,
    pub(super) times: usize,
    pub(super) answers: Vec<Seen<GwInfo>>,
    /// When the first question was asked.
    pub(super) began: Instant,
}

/// The routes of a stack, each with how often it is asked in a row: a pair's as often as shows where fresh clients land.
pub(super) fn routes(stack: &Stack) -> impl Iterator<Item = (Route, usize)> {
    let own = stack.gateways.iter().filter_map(|gateway| Some((stack.route(gateway)?, 1)));
    let pairs = stack.pairs.iter().filter_map(|pair| Some((stack.pair_route(pair)?, FRESH_CLIENTS)));
    own.chain(pairs)
}

/// Asks a route when it is its turn.
pub(super) async fn ask(route: Route, times: usize, proxy: ProxyClient, turn: Turn, stale: Stale) -> Asked {
    rest(turn.after, turn.seen, stale).await;
    let began = Instant::now();
    let host = route.host();
    let mut answers = Vec::with_capacity(times);
    for _ in 0..times {
        answers.push(proxy.ask(&host).await);
        // Who does not answer once is not waited for again and again.
        if answers.last().is_some_and(|seen| seen.value().is_none()) {
            break;
        }
    }
    Asked { route, times, answers, began }
}

/// What is looked at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Of {
    Gateway(Name),
    Route(Route),
}

/// When the last whole look at each began, and, once everything holds, whose look is still to be repeated: all that were made before
/// the latest one. So the end is proven by looks of one moment, however seldom what was settled was looked at.
#[derive(Debug, Default)]
pub(super) struct Proof {
    began: BTreeMap<Of, Instant>,
    missing: Option<BTreeSet<Of>>,
    from: Option<Instant>,
}

impl Proof {
    /// Takes note of a whole look.
    pub(super) fn saw(&mut self, of: Of, began: Instant) {
        if let (Some(missing), Some(from)) = (&mut self.missing, self.from)
            && began >= from
        {
            missing.remove(&of);
        }
        self.began.insert(of, began);
    }

    /// Everything holds as far as was seen: from when on looks count.
    pub(super) fn begin(&mut self) -> Option<Instant> {
        if self.missing.is_none() {
            self.from = self.began.values().max().copied();
            let old = self.began.iter().filter(|(_, began)| Some(**began) < self.from);
            self.missing = Some(old.map(|(of, _)| of.clone()).collect());
        }
        self.from
    }

    /// Something does not hold any more.
    pub(super) fn end(&mut self) {
        (self.missing, self.from) = (None, None);
    }

    /// Whether everything was looked at again.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.as_ref().is_some_and(BTreeSet::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_get_rarer_with_the_number_of_gateways() {
        assert_eq!(pause(1, true), Duration::from_millis(200));
        assert_eq!(pause(50, true), Duration::from_secs(1));
        assert_eq!(pause(50, false), Duration::from_millis(750));
        assert_eq!(pause(10_000, true), Duration::from_secs(2));
        assert_eq!(settled_pause(2), Duration::from_secs(1));
        assert_eq!(settled_pause(50), Duration::from_secs(2));
        assert_eq!(settled_pause(10_000), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_rests_is_woken_when_it_does_not_count_any_more() {
        let first = Instant::now();
        let (hurry, stale) = watch::channel(first);
        let long = Duration::from_mins(1);
        let early = tokio::spawn(rest(long, first, stale.clone()));
        sleep(Duration::from_secs(1)).await;
        let late = tokio::spawn(rest(long, Instant::now(), stale));
        sleep(Duration::from_secs(1)).await;
        hurry.send_replace(first + Duration::from_secs(1));
        assert!(early.await.unwrap());
        assert_eq!(first.elapsed(), Duration::from_secs(2));
        assert!(!late.await.unwrap(), "it was seen late enough");
        assert_eq!(first.elapsed(), Duration::from_secs(61));
    }

    #[test]
    fn the_end_is_proven_by_looks_of_one_moment() {
        let of = |name: &str| Of::Gateway(Name::parse(name).unwrap());
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut proof = Proof::default();
        for (name, seconds) in [("hub", 1), ("early", 2), ("last", 9)] {
            proof.saw(of(name), at(seconds));
        }
        assert_eq!((proof.begin(), proof.is_whole()), (Some(at(9)), false));
        proof.saw(of("hub"), at(10));
        proof.saw(of("early"), at(8));
        assert!(!proof.is_whole(), "that look had begun before");
        proof.saw(of("early"), at(9));
        assert!(proof.is_whole());
        assert_eq!(proof.begin(), Some(at(9)), "it goes on");
        proof.end();
        assert_eq!((proof.begin(), proof.is_whole()), (Some(at(10)), false), "all over again");
        assert!(Proof::default().begin().is_none());
    }
}
