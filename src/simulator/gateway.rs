//! A simulated gateway's life from start to stop: opens the port, walks through the phases, starts the tasks, ends them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, sleep, sleep_until};

use crate::simulator::access::commissioning::missing_steps;
use crate::simulator::config::system_name;
use crate::simulator::database;
use crate::simulator::error::SimulatorError;
use crate::simulator::knobs::follow::follow;
use crate::simulator::knobs::{Hang, Moment};
use crate::simulator::modules::Module;
use crate::simulator::network;
use crate::simulator::node::{Node, Phase, halted};
use crate::simulator::redundancy::machine::{Event, Role};
use crate::simulator::redundancy::sentry;
use crate::simulator::start::setup::Setup;
use crate::simulator::web::door::Latch;
use crate::simulator::web::server;

/// How often the trial clock is written down.
const TRIAL_SAVE_INTERVAL: Duration = Duration::from_mins(1);
/// Longest time that open connections get to say goodbye.
const FAREWELL: Duration = Duration::from_millis(500);

/// How a gateway's process ends when nothing went wrong.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was told to stop.
    Stopped,
    /// It must be started again, for that reason.
    Restart(String),
}

/// Plays one process of the gateway until `stop` is ready, a restart is asked for, or a fault that was asked for strikes.
/// `begun`: when the container started.
pub(crate) async fn play(
    setup: Setup,
    stop: impl Future<Output = ()>,
    begun: Instant,
) -> Result<Ended, SimulatorError> {
    let address = own_address(&setup).await;
    announce(&setup);
    let node = Arc::new(Node::new(setup, address));
    let knobs = &node.setup.knobs;
    knobs.begin(begun);
    // Dropped last: what still hangs on to a connection then loses it.
    let latch = Latch::new();
    let mut life = pin!(live(&node, &latch).fuse());
    let ended = tokio::select! {
        biased;
        () = stop => Ok(Ended::Stopped),
        error = knobs.exit() => Err(error),
        never = follow(&node) => match never {},
        reason = wanted(node.restart.subscribe()) => Ok(Ended::Restart(reason)),
        error = &mut life => Err(error),
    };
    if let Err(error) = &ended {
        node.setup.log.error("IgnitionGateway", &error.to_string());
        return ended;
    }
    let ran = node.phase() == Phase::Running;
    node.enter(Phase::Stopping);
    if ran {
        node.hand_trial_over();
    }
    // The web server goes on while the context shuts down, so that STOPPING can be seen.
    tokio::select! {
        _ = &mut life => {}
        () = knobs.stay(Instant::now(), |t| t.stopping, Hang::Stopping) => {}
        error = knobs.exit() => return Err(error),
    }
    node.halt.send_replace(true);
    // The web server finishes the answers that it began; every link holds a receiver until it has said goodbye.
    let farewell = async {
        tokio::join!(&mut life, node.halt.closed());
    };
    tokio::select! {
        () = farewell => {}
        () = sleep(FAREWELL) => {}
    }
    ended
}

/// Ready when a restart is asked for.
async fn wanted(mut restart: watch::Receiver<Option<String>>) -> String {
    match restart.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(reason)) => reason.clone(),
        _ => std::future::pending().await,
    }
}

fn announce(setup: &Setup) {
    let log = &setup.log;
    log.init("This is a SIMULATED gateway: no Ignition runs here");
    log.init(&format!(
        "Playing Ignition {} as '{}', role {}",
        setup.version,
        setup.system_name,
        setup.redundancy.role.as_str()
    ));
}

/// Everything but the end. Returns an error, or when the gateway halts.
async fn live(node: &Arc<Node>, latch: &Latch) -> SimulatorError {
    let knobs = &node.setup.knobs;
    knobs.stay(Instant::now(), |_| node.setup.timings().port_closed, Hang::PortClosed).await;
    let port = node.setup.http_port;
    let listener = match TcpListener::bind((node.setup.bind, port)).await {
        Ok(listener) => listener,
        Err(source) => return SimulatorError::Port { port, source },
    };
    knobs.reached(Moment::Starting);
    let service = server::router(Arc::clone(node)).into_make_service_with_connect_info::<SocketAddr>();
    // Pings are small and must not wait for company; a socket that refuses serves all the same.
    let listener = latch.tie(listener).tap_io(|socket| drop(socket.inner().set_nodelay(true)));
    let mut halt = node.halt.subscribe();
    let serve =
        async { axum::serve(listener, service).with_graceful_shutdown(async move { halted(&mut halt).await }).await };
    tokio::select! {
        ended = serve => SimulatorError::System {
            what: "web server",
            source: ended.err().unwrap_or_else(|| std::io::Error::other("ended by itself")),
        },
        never = context(node) => match never {},
    }
}

/// The gateway's context: phases, then the clocks that run for ever.
async fn context(node: &Arc<Node>) -> std::convert::Infallible {
    let knobs = &node.setup.knobs;
    knobs.stay(Instant::now(), |_| node.setup.timings().starting, Hang::Starting).await;
    if let Some(reason) = &node.setup.fault {
        node.setup.log.error("IgnitionGateway", reason);
        node.enter(Phase::Faulted);
        return std::future::pending().await;
    }
    let kept_back = knobs.read(|v| v.hang_in == Some(Hang::Commissioning));
    let steps: Vec<_> = missing_steps(node).iter().map(|step| step.name).collect();
    let waits = !node.setup.record.commissioned || !steps.is_empty();
    if waits || kept_back {
        node.setup.log.info("Commissioning", &format!("Resources needing commissioning: {}", steps.join(", ")));
        node.enter(Phase::Commissioning);
        if waits {
            node.commissioned.notified().await;
        }
        knobs.stay(Instant::now(), |_| Duration::ZERO, Hang::Commissioning).await;
        node.enter(Phase::Starting);
        sleep(node.setup.timings().commission).await;
    }
    say_modules(node);
    node.enter(Phase::Running);
    knobs.reached(Moment::Running);
    node.redundancy(Event::Started);
    if node.setup.redundancy.role == Role::Backup && node.setup.redundancy.gan.host.is_empty() {
        node.setup.log.warn("Redundancy", "redundancy.gan.host is empty: this backup has no master to connect to");
    }
    tokio::select! {
        never = redundancy_clock(node) => never,
        never = trial_clock(node) => never,
        never = network::run(node) => never,
        never = database::keeper::keep(node) => never,
        never = system_name::follow(node) => never,
        never = sentry::keep(node) => never,
    }
}

/// Says in the log which modules start and which do not (fact sheet 6.5).
fn say_modules(node: &Node) {
    let (modules, log) = (node.modules.now(), &node.setup.log);
    for Module { id, name, .. } in &modules.healthy {
        log.info("ModuleManager", &format!("Starting up module '{id}' ... module-name={name}"));
    }
    for held in &modules.quarantined {
        log.warn("ModuleManager", &format!("Module '{}' is quarantined: {}", held.module.id, held.reason));
    }
}

/// Wakes the redundancy machine exactly when time alone may change it.
async fn redundancy_clock(node: &Node) -> std::convert::Infallible {
    loop {
        let deadline = node.state().machine.next_deadline();
        match deadline {
            Some(at) => tokio::select! {
                () = node.clock.notified() => {}
                () = sleep_until(node.instant(at)) => {
                    node.redundancy(Event::Tick);
                }
            },
            None => node.clock.notified().await,
        }
    }
}

async fn trial_clock(node: &Node) -> std::convert::Infallible {
    let mut tick = tokio::time::interval_at(Instant::now() + TRIAL_SAVE_INTERVAL, TRIAL_SAVE_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        node.save_trial();
    }
}

/// The address that this host's name resolves to, as peers see it; the address listened on when that is a certain one.
async fn own_address(setup: &Setup) -> String {
    if !setup.bind.is_unspecified() {
        return setup.bind.to_string();
    }
    let found = tokio::net::lookup_host((setup.hostname.as_str(), 0)).await;
    let address = found.ok().and_then(|mut all| all.find(|a| !a.ip().is_loopback()));
    address.map_or_else(|| "127.0.0.1".to_owned(), |a| a.ip().to_string())
}
