//! The simulator's own variables, all with the prefix `SIMULATED_`: times and faults. Variables of the real gateway live elsewhere.

use std::time::Duration;

use crate::simulator::error::SimulatorError;
use crate::simulator::start::environment::Environment;

/// The Ignition version to play; the image sets it.
pub const VERSION: &str = "SIMULATED_VERSION";
/// Data directory instead of the image's; for tests.
pub const DATA_DIR: &str = "SIMULATED_DATA_DIR";
/// Address to listen on instead of all; for tests.
pub const BIND_ADDRESS: &str = "SIMULATED_BIND_ADDRESS";
/// Milliseconds from process start to RUNNING in all: the next two, and every time below but the retry of links, in the
/// proportion that they have to the documented 63 s. A time that has a variable of its own keeps it.
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
/// Milliseconds from the master's return to its being active: 14 s (fact sheet 5.3).
pub const RECOVERY_MS: &str = "SIMULATED_RECOVERY_MS";
/// Milliseconds from the loss of the active node to its peer being active: 1 s (fact sheet 5.3, 9).
pub const TAKEOVER_MS: &str = "SIMULATED_TAKEOVER_MS";
/// Milliseconds of a full pull: 2 s (the fact sheet names no number).
pub const SYNC_MS: &str = "SIMULATED_SYNC_MS";
/// Milliseconds in STOPPING: 1.2 s (fact sheet 6.5).
pub const STOPPING_MS: &str = "SIMULATED_STOPPING_MS";
/// Exit code of a gateway that ends by itself.
pub const EXIT_CODE: &str = "SIMULATED_EXIT_CODE";
/// Milliseconds after which it ends; 0 when only the code is given.
pub const EXIT_AFTER_MS: &str = "SIMULATED_EXIT_AFTER_MS";
/// State that the gateway never leaves: `STARTING`.
pub const HANG_IN: &str = "SIMULATED_HANG_IN";
/// MiB of memory that the gateway takes when its web server is up, so that a container's limit can strike.
pub const MEMORY_MIB: &str = "SIMULATED_MEMORY_MIB";

const PORT_CLOSED: u64 = 28_000;
const STARTING: u64 = 35_000;

/// How long things take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Timings {
    pub(crate) port_closed: Duration,
    pub(crate) starting: Duration,
    pub(crate) commission: Duration,
    pub(crate) link_approval: Duration,
    pub(crate) link_retry: Duration,
    pub(crate) recovery: Duration,
    pub(crate) takeover: Duration,
    pub(crate) sync: Duration,
    pub(crate) stopping: Duration,
}

/// Faults that a test asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Faults {
    /// End with this code after that time.
    pub(crate) exit: Option<(u8, Duration)>,
    /// Never get beyond STARTING.
    pub(crate) hang_in_starting: bool,
    /// Take that much memory.
    pub(crate) memory_mib: u16,
}

impl Timings {
    pub(crate) fn from_environment(env: &Environment) -> Result<Self, SimulatorError> {
        let total = env.number::<u32>(BOOT_MS)?.map(u64::from);
        let scaled = |documented: u64| total.map_or(documented, |t| t * documented / (PORT_CLOSED + STARTING));
        let closed_default = scaled(PORT_CLOSED);
        let starting_default = total.map_or(STARTING, |t| t - closed_default);
        let time = |name: &str, default: u64| {
            Ok::<_, SimulatorError>(Duration::from_millis(env.number::<u32>(name)?.map_or(default, u64::from)))
        };
        Ok(Self {
            port_closed: time(PORT_CLOSED_MS, closed_default)?,
            starting: time(STARTING_MS, starting_default)?,
            commission: time(COMMISSION_MS, scaled(120_000))?,
            link_approval: time(LINK_APPROVAL_MS, scaled(10_000))?,
            link_retry: time(LINK_RETRY_MS, 1_500)?.max(Duration::from_millis(10)),
            recovery: time(RECOVERY_MS, scaled(14_000))?,
            takeover: time(TAKEOVER_MS, scaled(1_000))?,
            sync: time(SYNC_MS, scaled(2_000))?,
            stopping: time(STOPPING_MS, scaled(1_200))?,
        })
    }

    /// The times of a start that follows a restart of the gateway's process: 45 to 60 s instead of 63 (fact sheet 5.3), here four
    /// fifths.
    pub(crate) fn of_a_restart(self) -> Self {
        Self { port_closed: self.port_closed * 4 / 5, starting: self.starting * 4 / 5, ..self }
    }
}

impl Faults {
    pub(crate) fn from_environment(env: &Environment) -> Result<Self, SimulatorError> {
        let after = env.number::<u32>(EXIT_AFTER_MS)?;
        let code = env.number::<u8>(EXIT_CODE)?;
        let exit = match (code, after) {
            (None, None) => None,
            (code, after) => Some((code.unwrap_or(1), Duration::from_millis(after.map_or(0, u64::from)))),
        };
        let hang_in_starting = match env.text(HANG_IN)?.as_deref() {
            None | Some("") => false,
            Some("STARTING") => true,
            Some(_) => {
                return Err(SimulatorError::Variable {
                    name: HANG_IN.to_owned(),
                    reason: "must be STARTING".to_owned(),
                });
            }
        };
        Ok(Self { exit, hang_in_starting, memory_mib: env.number(MEMORY_MIB)?.unwrap_or(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn defaults_are_the_documented_times() {
        let t = Timings::from_environment(&environment(&[])).unwrap();
        assert_eq!(t.port_closed + t.starting, Duration::from_secs(63));
        assert!((45_000..60_000).contains(&(t.of_a_restart().port_closed + t.of_a_restart().starting).as_millis()));
        assert_eq!(t.link_approval, Duration::from_secs(10));
        assert_eq!(t.recovery, Duration::from_secs(14));
        assert_eq!(Faults::from_environment(&environment(&[])).unwrap(), Faults::default());
    }

    #[test]
    fn the_shorthand_adds_up_and_yields_to_the_exact_variables() {
        let t = Timings::from_environment(&environment(&[(BOOT_MS, "1001")])).unwrap();
        assert_eq!(t.port_closed + t.starting, Duration::from_millis(1001));
        let t = Timings::from_environment(&environment(&[(BOOT_MS, "1000"), (PORT_CLOSED_MS, "0")])).unwrap();
        assert_eq!(t.port_closed, Duration::ZERO);
        let t = Timings::from_environment(&environment(&[(BOOT_MS, "6300"), (RECOVERY_MS, "14000")])).unwrap();
        assert_eq!((t.link_approval, t.sync), (Duration::from_secs(1), Duration::from_millis(200)));
        assert_eq!((t.recovery, t.link_retry), (Duration::from_secs(14), Duration::from_millis(1500)));
    }

    #[test]
    fn faults_are_parsed_and_nonsense_is_refused() {
        let f = Faults::from_environment(&environment(&[(EXIT_CODE, "137"), (EXIT_AFTER_MS, "20")])).unwrap();
        assert_eq!(f.exit, Some((137, Duration::from_millis(20))));
        assert!(Faults::from_environment(&environment(&[(EXIT_CODE, "256")])).is_err());
        assert!(Faults::from_environment(&environment(&[(HANG_IN, "LUNCH")])).is_err());
        assert!(Timings::from_environment(&environment(&[(STARTING_MS, "-1")])).is_err());
    }
}
