//! One client per gateway, kept over a whole run so that its session is reused. Collects facts; judges none.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::error::{Fault, GatewayError, LoginFault};
use super::http::Http;
use super::login::login;
use super::parse;
use super::sighting::{Depth, GwInfo, Seen, Sighting};

/// Shortest time between two logins, so that a wrong session never becomes a storm of them.
const LOGIN_PAUSE: Duration = Duration::from_secs(2);
/// Limit for the whole ladder: each of its requests has its own.
const LOGIN_LIMIT: Duration = Duration::from_secs(10);
/// Refused passwords until no more are tried, before the gateway locks the account.
const MAX_REFUSALS: u8 = 3;

/// Name and password of the gateway's first administrator.
#[derive(Clone)]
pub struct Credentials {
    /// Name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The way to one gateway.
#[derive(Debug)]
pub struct GatewayClient {
    http: Http,
    credentials: Option<Credentials>,
    /// Names of the database connections that are asked about.
    databases: Vec<String>,
    session: Session,
    /// Kept while the gateway runs: it is an extra request, and the identity does not change meanwhile.
    local_uuid: Option<String>,
}

#[derive(Debug, Default)]
struct Session {
    open: bool,
    last_try: Option<Instant>,
    last_fault: Option<LoginFault>,
    refusals: u8,
}

impl GatewayClient {
    /// A client for the gateway at `base_url` (`http://127.0.0.1:9088`). Without credentials a full look still shows what
    /// is open to everybody.
    pub fn new(base_url: &str, credentials: Option<Credentials>) -> Result<Self, GatewayError> {
        Ok(Self {
            http: Http::new(base_url)?,
            credentials,
            databases: Vec::new(),
            session: Session::default(),
            local_uuid: None,
        })
    }

    /// The same, asking about these database connections too.
    #[must_use]
    pub fn with_databases(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.databases = names.into_iter().collect();
        self
    }

    /// The same gateway at another port of its host.
    pub fn move_to_port(&mut self, port: u16) -> Result<(), GatewayError> {
        self.move_to(&self.http.with_port(port))
    }

    /// The same gateway at another address; what was known of a session goes.
    pub fn move_to(&mut self, base_url: &str) -> Result<(), GatewayError> {
        if !self.http.is_at(base_url) {
            self.http = Http::new(base_url)?;
            self.session = Session::default();
            self.local_uuid = None;
        }
        Ok(())
    }

    /// Looks once. What could not be seen is in the sighting, with the reason. Where nobody answers the first question no other
    /// one is asked. A full look goes on to the REST API only when the gateway says RUNNING with no remark: while it starts or commissions, REST answers 503 and 400 (fact
    /// sheet 1.2).
    pub async fn look(&mut self, depth: Depth) -> Sighting {
        let ping = self.read("/StatusPing", parse::ping).await.into();
        let mut sighting = Sighting { ping, ..Sighting::default() };
        if depth > Depth::Ping && sighting.ping.fault().is_none_or(Fault::is_an_answer) {
            sighting.gwinfo = self.read("/system/gwinfo", parse::gwinfo).await.into();
            if sighting.ping.value().is_some_and(super::Ping::is_commissioning) {
                sighting.commissioning_steps = self.read("/bootstrap", parse::bootstrap).await.into();
            }
        }
        if !sighting.is_running() {
            // Whatever it was before, after a restart sessions, refusals and identity are to be asked anew.
            self.session = Session::default();
            self.local_uuid = None;
        } else if depth == Depth::Full {
            self.look_at_rest(&mut sighting).await;
        }
        sighting
    }

    /// Asks the gateway to hand its work to its peer: it must be the active node, or nothing happens (fact sheet 2.2). That it
    /// happened is seen by looking, not by the answer.
    pub async fn force_failover(&mut self) -> Result<(), Fault> {
        self.ensure_session().await.map_err(Fault::Login)?;
        let csrf = self.fetch(self.http.at("/data/app/session", None), parse::csrf_token).await?;
        let url = self.http.at("/data/api/v1/redundancy/gwaction/failover", None);
        match self.http.command(url, &csrf).await?.status {
            200 => Ok(()),
            status => Err(missing_route(Fault::Status(status))),
        }
    }

    async fn look_at_rest(&mut self, sighting: &mut Sighting) {
        if sighting.gwinfo.value().is_some_and(lacks_rest) {
            sighting.login = Seen::Failed(Fault::NotAvailable);
            refuse_all(sighting, &Fault::NotAvailable);
            sighting.trial = Seen::Failed(Fault::NotAvailable);
            return;
        }
        for attempt in 0..2 {
            if let Err(fault) = self.ensure_session().await {
                let fault = match fault {
                    LoginFault::NotAvailable => Fault::NotAvailable,
                    other => Fault::Login(other),
                };
                sighting.login = Seen::Failed(fault.clone());
                refuse_all(sighting, &fault);
                sighting.trial = self.read("/data/api/v1/trial", parse::trial).await.into();
                return;
            }
            sighting.login = Seen::Value(());
            self.ask_all(sighting).await;
            if !session_refused(sighting) {
                break;
            }
            self.session.open = false;
            if attempt == 1 {
                sighting.login = Seen::Failed(Fault::Login(LoginFault::SessionRejected));
            }
        }
        for name in &self.databases {
            let url =
                self.http.below(&["data", "api", "v1", "resources", "find", "ignition", "database-connection", name]);
            let seen = self.fetch(url, parse::health).await.map_err(missing_route);
            sighting.databases.insert(name.clone(), seen.into());
        }
        self.ask_identity(sighting).await;
    }

    /// Logs in when there is no session. At most one attempt every two seconds; in between the last answer stands.
    async fn ensure_session(&mut self) -> Result<(), LoginFault> {
        let Some(credentials) = &self.credentials else { return Err(LoginFault::NoPassword) };
        let session = &mut self.session;
        if session.open {
            return Ok(());
        }
        let too_soon = session.last_try.is_some_and(|at| at.elapsed() < LOGIN_PAUSE);
        if too_soon || session.refusals >= MAX_REFUSALS {
            return Err(session.last_fault.clone().unwrap_or(LoginFault::SessionRejected));
        }
        session.last_try = Some(Instant::now());
        let result = timeout(LOGIN_LIMIT, login(&self.http, credentials)).await.unwrap_or_else(|_| {
            Err(LoginFault::Step { step: 1, reason: "the login took longer than 10 s".to_owned() })
        });
        session.open = result.is_ok();
        session.refusals = match &result {
            Ok(()) => 0,
            Err(LoginFault::WrongPassword) => session.refusals + 1,
            Err(_) => session.refusals,
        };
        session.last_fault = result.as_ref().err().cloned();
        result
    }

    /// Two requests at a time: those of `StatusPing` and `gwinfo` have left as many connections, and with many gateways each
    /// further one costs more than it saves.
    async fn ask_all(&self, sighting: &mut Sighting) {
        let network = async {
            (
                self.rest("redundancy", parse::redundancy).await,
                self.rest("gateway-network/connections", parse::connections).await,
                self.rest("gateway-network/gateways", parse::gateways).await,
                self.rest("overview/gan", parse::gan).await,
            )
        };
        let own = async {
            (
                self.rest("gateway-info", parse::info).await,
                self.rest("trial", parse::trial).await,
                self.rest("modules/quarantined", parse::quarantined).await,
                self.rest("restart-tasks/pending", parse::restarts).await,
            )
        };
        let ((redundancy, connections, gateways, gan), (info, trial, quarantined, restarts)) =
            tokio::join!(network, own);
        sighting.redundancy = redundancy.into();
        sighting.connections = connections.into();
        sighting.gateways = gateways.into();
        sighting.gan = gan.into();
        sighting.info = info.into();
        sighting.trial = trial.into();
        sighting.quarantined = quarantined.into();
        sighting.restarts = restarts.into();
    }

    async fn ask_identity(&mut self, sighting: &mut Sighting) {
        if let Some(known) = &self.local_uuid {
            sighting.local_uuid = Seen::Value(known.clone());
            return;
        }
        let Some((id, remote)) = sighting
            .connections
            .value()
            .and_then(|all| all.iter().find_map(|c| Some((c.internal_id.as_deref()?, c.remote.as_deref()?))))
        else {
            return;
        };
        let url = self.http.below(&["data", "api", "v1", "gateway-network", "connectionDetails", id, remote]);
        let seen = self.fetch(url, parse::local_uuid).await.map_err(missing_route);
        self.local_uuid = seen.as_ref().ok().cloned();
        sighting.local_uuid = seen.into();
    }

    async fn rest<T>(&self, route: &str, parse: fn(&[u8]) -> Result<T, Fault>) -> Result<T, Fault> {
        // Lists come in pages whose default length is not recorded.
        let list = matches!(route, "gateway-network/connections" | "gateway-network/gateways" | "modules/quarantined");
        let url = self.http.at(&format!("/data/api/v1/{route}"), list.then_some("limit=1000"));
        self.fetch(url, parse).await.map_err(missing_route)
    }

    async fn read<T>(&self, path: &str, parse: fn(&[u8]) -> Result<T, Fault>) -> Result<T, Fault> {
        self.fetch(self.http.at(path, None), parse).await
    }

    async fn fetch<T>(&self, url: reqwest::Url, parse: fn(&[u8]) -> Result<T, Fault>) -> Result<T, Fault> {
        let answer = self.http.get(url).await?;
        match answer.status {
            200 => parse(&answer.body),
            status => Err(Fault::Status(status)),
        }
    }
}

/// Unknown REST paths answer 404 (fact sheet 2.1); so does all of 8.1.
fn missing_route(fault: Fault) -> Fault {
    if fault == Fault::Status(404) { Fault::NotAvailable } else { fault }
}

/// Whether the version is one without a REST API: all before 8.3 (fact sheet 2).
fn lacks_rest(gwinfo: &GwInfo) -> bool {
    let Some(version) = &gwinfo.version else { return false };
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) < (8, 3),
        _ => false,
    }
}

fn refuse_all(sighting: &mut Sighting, fault: &Fault) {
    sighting.redundancy = Seen::Failed(fault.clone());
    sighting.connections = Seen::Failed(fault.clone());
    sighting.gateways = Seen::Failed(fault.clone());
    sighting.gan = Seen::Failed(fault.clone());
    sighting.info = Seen::Failed(fault.clone());
    sighting.quarantined = Seen::Failed(fault.clone());
    sighting.restarts = Seen::Failed(fault.clone());
}

/// Whether any route that needs a session answered 401.
fn session_refused(sighting: &Sighting) -> bool {
    let refused = Some(&Fault::Status(401));
    sighting.redundancy.fault() == refused
        || sighting.connections.fault() == refused
        || sighting.gateways.fault() == refused
        || sighting.gan.fault() == refused
        || sighting.info.fault() == refused
        || sighting.quarantined.fault() == refused
        || sighting.restarts.fault() == refused
}

#[cfg(test)]
mod tests;
