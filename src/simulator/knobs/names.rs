//! Names of the simulator's own variables. What they do is described in `docs/simulated-gateway.md`; how they are read, elsewhere.

/// The Ignition version to play; the image sets it.
pub const VERSION: &str = "SIMULATED_VERSION";
/// Data directory instead of the image's; for tests.
pub const DATA_DIR: &str = "SIMULATED_DATA_DIR";
/// Address to listen on instead of all; for tests.
pub const BIND_ADDRESS: &str = "SIMULATED_BIND_ADDRESS";
/// Address and port of the control port; `off` for none.
pub const CONTROL_ADDRESS: &str = "SIMULATED_CONTROL_ADDRESS";

/// Milliseconds from process start to RUNNING in all: the next two, and every time below but the retry of links and the check
/// of databases, in the proportion that they have to the documented 63 s. A time that has a variable of its own keeps it.
pub const BOOT_MS: &str = "SIMULATED_BOOT_MS";
/// Milliseconds until the port opens: 28 s (fact sheet 1.2).
pub const PORT_CLOSED_MS: &str = "SIMULATED_PORT_CLOSED_MS";
/// Milliseconds in STARTING: 35 s, so that RUNNING comes after 63 s (fact sheet 6.5).
pub const STARTING_MS: &str = "SIMULATED_STARTING_MS";
/// Milliseconds from the end of the commissioning wizard to RUNNING: 120 s (fact sheet 1.5).
pub const COMMISSION_MS: &str = "SIMULATED_COMMISSION_MS";
/// Milliseconds until an accepted link is approved and Running: 10 s (fact sheet 4.4).
pub const LINK_APPROVAL_MS: &str = "SIMULATED_LINK_APPROVAL_MS";
/// Milliseconds between attempts of an outgoing link: 1.5 s (the fact sheet names no number).
pub const LINK_RETRY_MS: &str = "SIMULATED_LINK_RETRY_MS";
/// Milliseconds between attempts of an outgoing connection for which a certificate is not trusted: 30 s (fact sheet 4.5).
pub const CERTIFICATE_RETRY_MS: &str = "SIMULATED_CERTIFICATE_RETRY_MS";
/// Milliseconds from the master's return to its being active: 14 s (fact sheet 5.3).
pub const RECOVERY_MS: &str = "SIMULATED_RECOVERY_MS";
/// Milliseconds from the loss of the active node to its peer being active: 1 s (fact sheet 5.3, 9).
pub const TAKEOVER_MS: &str = "SIMULATED_TAKEOVER_MS";
/// Milliseconds for which both nodes are active when a master has taken over again: 3 s (fact sheet 5.3 says 3 to 10 s).
pub const OVERLAP_MS: &str = "SIMULATED_OVERLAP_MS";
/// Milliseconds for which the link of a pair stays down after a write of its configuration: 30 s (fact sheet 2.2).
pub const LINK_HOLD_MS: &str = "SIMULATED_LINK_HOLD_MS";
/// Milliseconds of a full pull: 2 s (the fact sheet names no number).
pub const SYNC_MS: &str = "SIMULATED_SYNC_MS";
/// Milliseconds from RUNNING until the last module is up: 2 s (the fact sheet names no number).
pub const MODULES_MS: &str = "SIMULATED_MODULES_MS";
/// Milliseconds in STOPPING: 1.2 s (fact sheet 6.5).
pub const STOPPING_MS: &str = "SIMULATED_STOPPING_MS";
/// Milliseconds between two checks of a database connection: 10 s (the fact sheet names no number).
pub const DATABASE_CHECK_MS: &str = "SIMULATED_DATABASE_CHECK_MS";

/// State that the gateway does not leave.
pub const HANG_IN: &str = "SIMULATED_HANG_IN";
/// Exit code of a gateway that ends by itself.
pub const EXIT_CODE: &str = "SIMULATED_EXIT_CODE";
/// Moment from which the time to the exit counts.
pub const EXIT_AT: &str = "SIMULATED_EXIT_AT";
/// Milliseconds from that moment to the exit.
pub const EXIT_AFTER_MS: &str = "SIMULATED_EXIT_AFTER_MS";
/// How many starts of this data directory end so; all when it is not set.
pub const EXIT_STARTS: &str = "SIMULATED_EXIT_STARTS";
/// MiB of memory that the gateway takes at once, so that a container's limit can strike.
pub const MEMORY_MIB: &str = "SIMULATED_MEMORY_MIB";
/// MiB of memory that it takes in addition every second.
pub const MEMORY_MIB_PER_S: &str = "SIMULATED_MEMORY_MIB_PER_S";
/// Milliseconds by which its clock is wrong.
pub const CLOCK_OFFSET_MS: &str = "SIMULATED_CLOCK_OFFSET_MS";
/// Slow and wrong answers, as a JSON list.
pub const ANSWERS: &str = "SIMULATED_ANSWERS";
/// Requests are taken and never answered.
pub const SILENT_HTTP: &str = "SIMULATED_SILENT_HTTP";
/// Knocks at the gateway network are taken and never answered.
pub const SILENT_GATEWAY_NETWORK: &str = "SIMULATED_SILENT_GATEWAY_NETWORK";
/// Frames of the gateway network that are lost.
pub const DROP_FRAMES: &str = "SIMULATED_DROP_FRAMES";
/// Outgoing links that ran and were lost are stale when they come back.
pub const STALE_LINKS: &str = "SIMULATED_STALE_LINKS";
/// Lines per second with which the log is flooded.
pub const LOG_FLOOD_PER_S: &str = "SIMULATED_LOG_FLOOD_PER_S";
/// For how many milliseconds; for ever when it is not set.
pub const LOG_FLOOD_MS: &str = "SIMULATED_LOG_FLOOD_MS";
/// Kinds of hostile text in the log, as a JSON list.
pub const HOSTILE_LOG: &str = "SIMULATED_HOSTILE_LOG";

/// The simulator's variables that are none.
const OTHERS: [&str; 4] = [VERSION, DATA_DIR, BIND_ADDRESS, CONTROL_ADDRESS];

/// Every variable of the simulator's own.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    KNOBS.into_iter().chain(OTHERS)
}

/// Variables that are knobs: what follows the prefix, in lower case, is the knob's name.
pub(super) const KNOBS: [&str; 31] = [
    BOOT_MS,
    PORT_CLOSED_MS,
    STARTING_MS,
    COMMISSION_MS,
    LINK_APPROVAL_MS,
    LINK_RETRY_MS,
    CERTIFICATE_RETRY_MS,
    RECOVERY_MS,
    TAKEOVER_MS,
    OVERLAP_MS,
    LINK_HOLD_MS,
    SYNC_MS,
    MODULES_MS,
    STOPPING_MS,
    DATABASE_CHECK_MS,
    HANG_IN,
    EXIT_CODE,
    EXIT_AT,
    EXIT_AFTER_MS,
    EXIT_STARTS,
    MEMORY_MIB,
    MEMORY_MIB_PER_S,
    CLOCK_OFFSET_MS,
    ANSWERS,
    SILENT_HTTP,
    SILENT_GATEWAY_NETWORK,
    DROP_FRAMES,
    STALE_LINKS,
    LOG_FLOOD_PER_S,
    LOG_FLOOD_MS,
    HOSTILE_LOG,
];
