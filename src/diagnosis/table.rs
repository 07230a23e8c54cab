//! What is said about each cause: one row each. Nothing is decided here.

use std::fmt;

use super::Cause;

/// What is known of a cause. Texts hold `{stack}`, `{member}`, `{container}`, `{peer}` and `{peer_container}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The cause.
    pub cause: Cause,
    /// Stable word for machines.
    pub id: &'static str,
    /// What is wrong.
    pub text: &'static str,
    /// One thing to try.
    pub advice: &'static str,
    /// Exit code of a run that ends with it.
    pub exit: u8,
    /// How long `up` waits for it to heal by itself.
    pub patience: Patience,
    /// Section of the fact sheet.
    pub section: &'static str,
}

const fn row(
    cause: Cause,
    id: &'static str,
    text: &'static str,
    advice: &'static str,
    exit: u8,
    section: &'static str,
) -> Entry {
    Entry { cause, id, text, advice, exit, patience: patience(cause), section }
}

/// How long `up` waits for something to heal by itself while it stays pending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all.
    None,
    /// So many milliseconds, and why.
    For(u64, &'static str),
    /// As long as `--timeout` allows.
    UntilTheTimeout,
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::For(ms, why) => write!(f, "{} s: {why}", ms / 1000),
            Self::UntilTheTimeout => f.write_str("until `--timeout`"),
        }
    }
}

/// The one place of these times, with their reasons out of the fact sheet.
const fn patience(cause: Cause) -> Patience {
    match cause {
        Cause::Commissioning | Cause::CommissioningEula | Cause::CommissioningPassword | Cause::CommissioningModule => {
            Patience::For(1_000, "a look may fall into the moment of its end")
        }
        Cause::NameDiffers => Patience::For(10_000, "a name is set while the gateway starts"),
        Cause::LoginRefused => Patience::For(10_000, "a user source may still be loading"),
        Cause::RestNotAvailable => Patience::For(15_000, "routes come a moment after RUNNING"),
        Cause::LinkRefused | Cause::LinkPendingApproval => {
            Patience::For(15_000, "an approval takes 10 to 12 s by itself")
        }
        Cause::LinkNotDefined => Patience::For(15_000, "connections are defined at the start"),
        Cause::PairCertificate | Cause::LinkCertificate | Cause::LinkCertificateRefused | Cause::LinkTrustEmpty => {
            Patience::For(60_000, "a certificate that somebody approves counts about 30 s later")
        }
        Cause::SplitBrain => Patience::For(
            90_000,
            "both are Active for a moment while a master takes over again, and longer when they boot at different speeds",
        ),
        Cause::IncompatibleVersions | Cause::IncompatibleEditions => {
            Patience::For(30_000, "a restart may be under way")
        }
        Cause::DatabaseInvalid => Patience::For(60_000, "a server that still starts is there by then"),
        Cause::PortNotReachable
        | Cause::NotAGateway
        | Cause::StuckStarting
        | Cause::Stopping
        | Cause::LoginFailed
        | Cause::PeerNotConnected
        | Cause::PeerUnresolvable
        | Cause::NoActiveNode
        | Cause::SyncNotGood
        | Cause::IncompatibleModules
        | Cause::LinkFaulted
        | Cause::LinkNotFormed
        | Cause::ServiceStarting
        | Cause::RestartPending
        | Cause::AnswerUnreadable => Patience::UntilTheTimeout,
        _ => Patience::None,
    }
}

pub(super) const TABLE: &[Entry] = &[
    row(
        Cause::EngineUnreachable,
        "engine-unreachable",
        "the Docker engine does not answer at its endpoint",
        "start Docker, or name the engine that is meant: DOCKER_HOST, DOCKER_CONTEXT",
        4,
        "",
    ),
    row(
        Cause::EngineRefused,
        "engine-refused",
        "the engine refused a call for the reason seen",
        "mend what the engine names, then ignition-stack up {stack}   (what was made is kept)",
        4,
        "",
    ),
    row(
        Cause::ForeignObject,
        "foreign-object",
        "the engine has an object of a name that the stack wants, and it was not made for this stack",
        "choose another name; or see whose it is (ignition-stack list) and take that down, when it is not needed",
        3,
        "",
    ),
    row(
        Cause::PortTaken,
        "port-taken",
        "a port that {member} publishes is in use by something else",
        "end what listens there (ss -ltnp shows it), or change http_port of {member} in .ignition-stack/config.json, then ignition-stack up {stack}",
        4,
        "",
    ),
    row(
        Cause::ImageMissing,
        "image-missing",
        "an image of the stack is not on this engine and could not be pulled",
        "check the name and the network, or load the image (docker load), then ignition-stack up {stack}",
        4,
        "",
    ),
    row(
        Cause::ConfigurationDiffers,
        "configuration-differs",
        "the record was changed after {member}'s container was made",
        "ignition-stack up {stack}   (makes it anew; its volume stays)",
        1,
        "",
    ),
    row(
        Cause::NotInRecord,
        "not-in-record",
        "{member} was taken out of the record and still has a container",
        "ignition-stack up {stack}   (takes the container away; its volume stays)",
        1,
        "",
    ),
    row(
        Cause::ContainerMissing,
        "container-missing",
        "{member} has no container",
        "ignition-stack up {stack}   (creates what is missing; volumes stay)",
        1,
        "",
    ),
    row(
        Cause::ContainerExited,
        "container-exited",
        "the process of {member} ended with an error",
        "mend what the last log lines of {member} name (its env, modules and memory_mb are in .ignition-stack/config.json), then ignition-stack up {stack}",
        1,
        "6",
    ),
    row(Cause::StoppedByHand, "stopped", "{member} was stopped", "ignition-stack start {stack} {member}", 1, ""),
    row(
        Cause::CrashLoop,
        "crash-loop",
        "{member} ends and is started again and again",
        "mend what the log lines of {member} before each restart name (ignition-stack logs {stack} {member}), then ignition-stack up {stack}",
        1,
        "6",
    ),
    row(
        Cause::OutOfMemory,
        "out-of-memory",
        "{member} wanted more memory than the limit of its container, and the kernel killed it",
        "raise memory_mb of {member} in .ignition-stack/config.json, then ignition-stack up {stack}   (heap and limit grow with it; the volume stays)",
        1,
        "6.5",
    ),
    row(
        Cause::Killed,
        "killed",
        "{member} was killed from outside (exit code 137), not for its memory limit",
        "ignition-stack up {stack}   (starts it again)",
        1,
        "",
    ),
    row(Cause::Paused, "paused", "{member} is paused", "docker unpause {container}", 1, ""),
    row(
        Cause::Detached,
        "detached",
        "{member} is not connected to its networks",
        "ignition-stack up {stack}   (connects it again)",
        1,
        "",
    ),
    row(
        Cause::PortNotReachable,
        "port-not-reachable",
        "{member} runs, but its port does not answer",
        "docker logs --tail 50 {container}   (a gateway opens its port about half a minute after its start)",
        5,
        "1.2",
    ),
    row(
        Cause::NotAGateway,
        "not-a-gateway",
        "what answers on the port of {member} is not an Ignition gateway",
        "docker port {container}   (compare with who else listens on that port)",
        1,
        "1.2",
    ),
    row(
        Cause::Commissioning,
        "commissioning",
        "{member} waits in the commissioning wizard",
        "docker logs {container} 2>&1 | grep -i 'needing commissioning'   (names what is missing)",
        1,
        "1.5",
    ),
    row(
        Cause::CommissioningEula,
        "commissioning-eula",
        "{member} waits for the licence agreement: it was first started without ACCEPT_IGNITION_EULA=Y",
        "finish the wizard on its page (/welcome), because a variable counts at the first start only; or, when its data may go: take ACCEPT_IGNITION_EULA out of its env in the record, docker rm -f {container}, docker volume rm {stack}_{member}-data, ignition-stack up {stack}",
        1,
        "1.5, 6.4",
    ),
    row(
        Cause::CommissioningPassword,
        "commissioning-password",
        "{member} waits for a first administrator: it was given no admin password",
        "finish the wizard on its page (/welcome), because a variable counts at the first start only; or, when its data may go: docker rm -f {container}, docker volume rm {stack}_{member}-data, ignition-stack up {stack}",
        1,
        "1.5, 6.4",
    ),
    row(
        Cause::CommissioningModule,
        "commissioning-module",
        "{member} waits for the acceptance of a module's licence or certificate",
        "accept it in the wizard on its page (/welcome), because ACCEPT_MODULE_CERTS and ACCEPT_MODULE_LICENSES count at the first start only; or take the module's file out of its modules folder and ignition-stack restart {stack} {member}",
        1,
        "1.2, 6.4",
    ),
    row(
        Cause::Faulted,
        "faulted",
        "{member} is FAULTED and will not come up by itself",
        "docker logs --tail 50 {container}   (a FAULTED gateway says why at its start)",
        1,
        "1.2",
    ),
    row(
        Cause::StuckStarting,
        "starting",
        "{member} is still starting",
        "ignition-stack logs {stack} {member} -f   (see where it stands; or give it a longer --timeout)",
        5,
        "1.2",
    ),
    row(Cause::Stopping, "stopping", "{member} is shutting down", "ignition-stack start {stack} {member}", 1, "1.2"),
    row(
        Cause::VersionDiffers,
        "version-differs",
        "{member} runs another version than its image's tag says",
        "ignition-stack up {stack}   (makes it anew when the image under its tag is another one; else name the image that is meant in the record)",
        1,
        "1.3",
    ),
    row(
        Cause::EditionDiffers,
        "edition-differs",
        "{member} runs another edition than planned",
        "take IGNITION_EDITION out of the env of {member} in .ignition-stack/config.json, docker rm -f {container}, then ignition-stack up {stack}   (sets ignition_edition of the record)",
        1,
        "6.2",
    ),
    row(
        Cause::NameDiffers,
        "name-differs",
        "{member} has another system name than planned",
        "docker rm -f {container}, then ignition-stack up {stack}   (passes the name with -n; the volume stays)",
        1,
        "5.4",
    ),
    row(
        Cause::LoginRefused,
        "login-refused",
        "{member} refuses the password in secrets/admin-password: it was commissioned with another one",
        "write the password that {member} knows into secrets/admin-password, then ignition-stack verify {stack}",
        1,
        "2.1",
    ),
    row(
        Cause::LoginFailed,
        "login-failed",
        "the login at {member} did not work",
        "open its web page and log in as the administrator, then ignition-stack verify {stack}",
        1,
        "2.1",
    ),
    row(
        Cause::RestNotAvailable,
        "no-rest-api",
        "{member} has no REST API: before 8.3 this cannot be seen from outside",
        "compare with the Redundancy and Gateway Network pages of {member}, or use an image of 8.3 or later",
        1,
        "2",
    ),
    row(
        Cause::RoleIndependent,
        "role-independent",
        "{member} has no redundancy.xml: it runs as Independent where a node of a pair is planned",
        "docker rm -f {container}, then ignition-stack up {stack}   (seeds redundancy.xml again; the volume stays)",
        1,
        "5.1",
    ),
    row(
        Cause::RoleDiffers,
        "role-differs",
        "{member} has another redundancy role than planned",
        "docker rm -f {container}, then ignition-stack up {stack}   (seeds redundancy.xml again; the volume stays)",
        1,
        "5.1",
    ),
    row(
        Cause::PeerNotConnected,
        "peer-not-connected",
        "{member} and {peer} are not connected to each other",
        "ignition-stack logs {stack} {member} {peer}   (look for Redundancy and GatewayNetwork lines)",
        5,
        "2.2",
    ),
    row(
        Cause::PeerUnresolvable,
        "peer-unresolvable",
        "{member} cannot resolve the name of {peer}",
        "docker exec {container} getent hosts {peer}   (must print an address; if not, the two share no network)",
        1,
        "8",
    ),
    row(
        Cause::SplitBrain,
        "split-brain",
        "{member} and {peer} are both Active: they do not see each other",
        "ignition-stack restart {stack} {peer}   (the node that comes back must find the other one)",
        1,
        "5.2",
    ),
    row(
        Cause::NoActiveNode,
        "no-active-node",
        "neither {member} nor {peer} is Active",
        "ignition-stack logs {stack} {member} {peer}   (each says why it does not become Active)",
        5,
        "5.2",
    ),
    row(
        Cause::SyncNotGood,
        "sync-not-good",
        "the configuration of {member} and {peer} is not in sync",
        "ignition-stack logs {stack} {peer}   (look for 'full sync'; a pull may take minutes)",
        5,
        "5.2",
    ),
    row(
        Cause::IncompatibleVersions,
        "incompatible-versions",
        "{member} and {peer} run different versions",
        "docker rm -f {container} {peer_container}, then ignition-stack up {stack} --pull always   (one image for both)",
        1,
        "5.2",
    ),
    row(
        Cause::IncompatibleEditions,
        "incompatible-editions",
        "{member} and {peer} have different editions",
        "docker rm -f {container} {peer_container}, then ignition-stack up {stack}   (one edition for both)",
        1,
        "5.4",
    ),
    row(
        Cause::IncompatibleModules,
        "incompatible-modules",
        "{member} and {peer} have different modules",
        "ignition-stack logs {stack} {peer}   (the backup installs its master's modules and restarts; that takes minutes)",
        5,
        "5.2",
    ),
    row(
        Cause::LinkRefused,
        "link-refused",
        "{peer} refuses the link: GATEWAY_NETWORK_REQUIRESSL=false or GATEWAY_NETWORK_SECURITYPOLICY=Unrestricted is not in its environment",
        "docker rm -f {peer_container}, then ignition-stack up {stack}   (makes it with the open policy; the volume stays)",
        1,
        "4.4",
    ),
    row(
        Cause::PairCertificate,
        "pair-certificate",
        "{member} and {peer} do not trust each other's certificates: one is not what this stack's authority has signed",
        "docker rm -f {container} {peer_container}, then ignition-stack up {stack}   (puts secrets/{member}.pfx, secrets/{peer}.pfx and the authority in place again)",
        1,
        "4.4, 4.5",
    ),
    row(
        Cause::LinkCertificate,
        "link-certificate",
        "{member} does not trust the certificate that {peer} shows: it is not what this stack's authority has signed",
        "docker rm -f {peer_container}, then ignition-stack up {stack}   (puts secrets/{peer}.pfx in place again; the volume stays)",
        1,
        "4.4, 4.5",
    ),
    row(
        Cause::LinkCertificateRefused,
        "link-certificate-refused",
        "{peer} does not trust the certificate that {member} shows: it is not what this stack's authority has signed",
        "docker rm -f {container}, then ignition-stack up {stack}   (puts secrets/{member}.pfx in place again; the volume stays)",
        1,
        "4.4, 4.5",
    ),
    row(
        Cause::LinkTrustEmpty,
        "link-trust-empty",
        "{member} trusts no certificate at all: this stack's authority is not in its trust folder",
        "docker rm -f {container}, then ignition-stack up {stack}   (puts secrets/gateway-network-ca.crt in place again; the volume stays)",
        1,
        "4.4, 4.5",
    ),
    row(
        Cause::LinkPendingApproval,
        "link-pending-approval",
        "{peer} waits for a person to approve the connection of {member}: its policy is ApprovedOnly",
        "docker rm -f {peer_container}, then ignition-stack up {stack}   (sets GATEWAY_NETWORK_SECURITYPOLICY=Unrestricted)",
        1,
        "4.4",
    ),
    row(
        Cause::LinkFaulted,
        "link-faulted",
        "the connection from {member} to {peer} is broken",
        "ignition-stack logs {stack} {member}   (look for the lines that name {peer})",
        5,
        "4.4",
    ),
    row(
        Cause::LinkNotFormed,
        "link-not-formed",
        "the connection from {member} to {peer} has not formed",
        "ignition-stack logs {stack} {member} {peer}   (look for GatewayNetwork lines)",
        5,
        "4.4",
    ),
    row(
        Cause::LinkNotDefined,
        "link-not-defined",
        "{member} has no outgoing connection to {peer}",
        "docker rm -f {container}, then ignition-stack up {stack}   (defines it by GATEWAY_NETWORK_<n>_HOST; the volume stays)",
        1,
        "4.1",
    ),
    row(
        Cause::DuplicateIdentity,
        "duplicate-identity",
        "{member} and {peer} have one and the same gateway-network identity: a data volume was copied",
        "ignition-stack down {stack}, docker volume rm {stack}_{peer}-data, ignition-stack up {stack}   (the data of {peer} is lost)",
        1,
        "8",
    ),
    row(
        Cause::ServiceUnhealthy,
        "service-unhealthy",
        "the health check of {member} fails",
        "mend what its health check and its last log lines say (its image and env are in .ignition-stack/config.json), then ignition-stack up {stack}",
        1,
        "",
    ),
    row(
        Cause::ServiceStarting,
        "service-starting",
        "{member} is still starting",
        "docker logs --tail 50 {container}",
        5,
        "",
    ),
    row(
        Cause::DatabaseInvalid,
        "database-invalid",
        "{member} cannot use its database connection, for the reason seen",
        "ignition-stack logs {stack} {member}   (then look at the database: its password is in the project's secrets)",
        1,
        "2.5",
    ),
    row(
        Cause::TrialExpired,
        "trial-expired",
        "the two-hour trial of {member} has expired",
        "open the web page of {member}, log in, and choose Reset Trial   (a restart does not reset it)",
        1,
        "2.3",
    ),
    row(
        Cause::LicenseInvalid,
        "license-invalid",
        "the licence of {member} is invalid",
        "open the Licensing page of {member} and activate it again",
        1,
        "2.3",
    ),
    row(
        Cause::ModuleQuarantined,
        "module-quarantined",
        "{member} has put a module in quarantine",
        "take away what the reason seen names: GATEWAY_MODULES_ENABLED out of the env of {member} in the record, or the module's file out of its modules folder; then docker rm -f {container}, ignition-stack up {stack}   (the volume stays)",
        1,
        "2.3",
    ),
    row(
        Cause::RestartPending,
        "restart-pending",
        "a change at {member} takes effect only after a restart",
        "ignition-stack restart {stack} {member}",
        1,
        "2.3",
    ),
    row(
        Cause::ProxyNotListening,
        "proxy-not-listening",
        "nothing takes requests where the reverse proxy of {stack} should listen",
        "start the proxy (docker compose up -d in its project); when it listens elsewhere: ignition-stack up {stack} --proxy-address HOST:PORT",
        1,
        "",
    ),
    row(
        Cause::RouteUnknown,
        "route-unknown",
        "what listens there knows no such route: it is not the proxy of {member}'s network, or does not read the engine's containers",
        "docker inspect {container}   (its labels say what a Traefik must know; when the proxy listens elsewhere: ignition-stack up {stack} --proxy-address HOST:PORT)",
        1,
        "",
    ),
    row(
        Cause::RouteDead,
        "route-dead",
        "the proxy knows the route, and gets no answer from {member}",
        "docker inspect {container}   (the proxy must be on the network that the label traefik.docker.network names)",
        1,
        "",
    ),
    row(
        Cause::RouteCrossed,
        "route-crossed",
        "the proxy sends the callers of {member} to {peer}",
        "look through the proxy's own configuration for a route of that name; what the labels say is in: docker inspect {container}",
        1,
        "",
    ),
    row(
        Cause::RouteStranger,
        "route-stranger",
        "at the end of the route stands something else than {member}",
        "look through the proxy's own configuration, and for another stack whose gateway is called {member} on the proxy's network",
        1,
        "",
    ),
    row(
        Cause::RouteWithoutActive,
        "route-without-active",
        "the pair's route leads to its standby node only",
        "see that the proxy has both {container} and {peer_container} behind the pair's route",
        1,
        "",
    ),
    row(
        Cause::AnswerUnreadable,
        "answer-unreadable",
        "{member} runs, but does not answer a question of the check",
        "ignition-stack verify {stack} -v   (shows each request); if it stays, ignition-stack restart {stack} {member}",
        5,
        "2",
    ),
];
