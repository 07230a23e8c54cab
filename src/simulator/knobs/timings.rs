//! How long things take: the documented times, and how the knobs change them.

use std::time::Duration;

use crate::simulator::knobs::values::Values;

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
    pub(crate) certificate_retry: Duration,
    pub(crate) recovery: Duration,
    pub(crate) takeover: Duration,
    pub(crate) overlap: Duration,
    pub(crate) link_hold: Duration,
    pub(crate) sync: Duration,
    pub(crate) modules: Duration,
    pub(crate) stopping: Duration,
    pub(crate) database_check: Duration,
}

impl Timings {
    /// The times under these knobs.
    pub(crate) fn of(values: &Values) -> Self {
        let total = values.boot_ms.map(u64::from);
        let scaled = |documented: u64| total.map_or(documented, |t| t * documented / (PORT_CLOSED + STARTING));
        let closed_default = scaled(PORT_CLOSED);
        let starting_default = total.map_or(STARTING, |t| t - closed_default);
        let time = |own: Option<u32>, default: u64| Duration::from_millis(own.map_or(default, u64::from));
        let pause = |own: Option<u32>, default: u64| time(own, default).max(Duration::from_millis(10));
        Self {
            port_closed: time(values.port_closed_ms, closed_default),
            starting: time(values.starting_ms, starting_default),
            commission: time(values.commission_ms, scaled(120_000)),
            link_approval: time(values.link_approval_ms, scaled(10_000)),
            link_retry: pause(values.link_retry_ms, 1_500),
            certificate_retry: pause(values.certificate_retry_ms, scaled(30_000)),
            recovery: time(values.recovery_ms, scaled(14_000)),
            takeover: time(values.takeover_ms, scaled(1_000)),
            overlap: time(values.overlap_ms, scaled(3_000)),
            link_hold: time(values.link_hold_ms, scaled(30_000)),
            sync: time(values.sync_ms, scaled(2_000)),
            modules: time(values.modules_ms, scaled(2_000)),
            stopping: time(values.stopping_ms, scaled(1_200)),
            database_check: pause(values.database_check_ms, 10_000),
        }
    }

    /// The times of a start that follows a restart of the gateway's process: 45 to 60 s instead of 63 (fact sheet 5.3), here four
    /// fifths.
    pub(crate) fn of_a_restart(self) -> Self {
        Self { port_closed: self.port_closed * 4 / 5, starting: self.starting * 4 / 5, ..self }
    }

    /// Every time under the name of its knob, in milliseconds.
    pub(super) fn milliseconds(&self) -> [(&'static str, u128); 14] {
        [
            ("port_closed_ms", self.port_closed),
            ("starting_ms", self.starting),
            ("commission_ms", self.commission),
            ("link_approval_ms", self.link_approval),
            ("link_retry_ms", self.link_retry),
            ("certificate_retry_ms", self.certificate_retry),
            ("recovery_ms", self.recovery),
            ("takeover_ms", self.takeover),
            ("overlap_ms", self.overlap),
            ("link_hold_ms", self.link_hold),
            ("sync_ms", self.sync),
            ("modules_ms", self.modules),
            ("stopping_ms", self.stopping),
            ("database_check_ms", self.database_check),
        ]
        .map(|(name, time)| (name, time.as_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(change: impl FnOnce(&mut Values)) -> Timings {
        let mut values = Values::default();
        change(&mut values);
        Timings::of(&values)
    }

    #[test]
    fn defaults_are_the_documented_times() {
        let t = timings(|_| {});
        assert_eq!(t.port_closed + t.starting, Duration::from_secs(63));
        assert!((45_000..60_000).contains(&(t.of_a_restart().port_closed + t.of_a_restart().starting).as_millis()));
        assert_eq!(t.link_approval, Duration::from_secs(10));
        assert_eq!(t.recovery, Duration::from_secs(14));
    }

    #[test]
    fn the_shorthand_adds_up_and_yields_to_the_exact_knobs() {
        let t = timings(|v| v.boot_ms = Some(1001));
        assert_eq!(t.port_closed + t.starting, Duration::from_millis(1001));
        let t = timings(|v| (v.boot_ms, v.port_closed_ms) = (Some(1000), Some(0)));
        assert_eq!(t.port_closed, Duration::ZERO);
        let t = timings(|v| (v.boot_ms, v.recovery_ms) = (Some(6300), Some(14_000)));
        assert_eq!((t.link_approval, t.sync), (Duration::from_secs(1), Duration::from_millis(200)));
        assert_eq!((t.recovery, t.link_retry), (Duration::from_secs(14), Duration::from_millis(1500)));
    }
}
