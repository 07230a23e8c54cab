//! Who holds a stack: a run of this program, told to whoever has to wait for it, and known again when it has ended.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A run of this program that works on a stack.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    /// Random identity of the run.
    pub run: String,
    /// What it does: `up demo`.
    pub command: String,
    /// When it began, in seconds since 1970.
    pub since: u64,
    /// The process and the machine that it runs on.
    #[serde(flatten)]
    pub process: Process,
}

/// A process, so that it is known again: a number alone may be another one's later.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Name of the host.
    pub host: String,
    /// Identity of the machine, where it has one.
    pub machine: String,
    /// Identity of this time since the machine was switched on.
    pub boot: String,
    /// The space in which the number counts: a container has its own.
    pub space: String,
    /// Number.
    pub pid: u32,
    /// When it was started, as the system counts.
    pub started: String,
}

/// Whether a holder still runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// It does.
    Lives,
    /// It has ended.
    Ended,
    /// It runs on another machine: that cannot be seen from here.
    Unknown,
}

impl Holder {
    /// Who it is, for people.
    pub fn told(&self, now: SystemTime) -> String {
        let since = UNIX_EPOCH + Duration::from_secs(self.since);
        let age = now.duration_since(since).unwrap_or_default();
        let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
        let (pid, host) = (self.process.pid, &self.process.host);
        format!("ignition-stack {}, process {pid} on {host}, for {age}", self.command)
    }

    /// Whether it still runs, as it is seen from `me`; `runs` says whether a process of that number and start does.
    pub fn life(&self, me: &Process, runs: impl Fn(&Process) -> bool) -> Life {
        let it = &self.process;
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        if same(&it.boot, &me.boot) && same(&it.space, &me.space) {
            return if runs(it) { Life::Lives } else { Life::Ended };
        }
        let switched_off = same(&it.machine, &me.machine) && it.host == me.host && !same(&it.boot, &me.boot);
        if switched_off && !it.boot.is_empty() && !me.boot.is_empty() { Life::Ended } else { Life::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Process {
        let text = str::to_owned;
        Process {
            host: text("build-7"),
            machine: text("m1"),
            boot: text("b1"),
            space: text("pid:[1]"),
            pid: 42,
            started: text("900"),
        }
    }

    #[test]
    fn whether_it_lives_is_said_only_where_that_can_be_seen() {
        let holder = Holder { process: process(), ..Holder::default() };
        let life = |me: &Process, runs: bool| holder.life(me, |_| runs);
        assert_eq!(life(&process(), true), Life::Lives);
        assert_eq!(life(&process(), false), Life::Ended);
        let later = Process { boot: "b2".to_owned(), ..process() };
        assert_eq!(life(&later, true), Life::Ended, "the machine was switched off meanwhile");
        let container = Process { space: "pid:[2]".to_owned(), host: "c0ffee".to_owned(), ..process() };
        assert_eq!(life(&container, false), Life::Unknown, "its numbers are others");
        let elsewhere = Process { machine: "m2".to_owned(), boot: "b9".to_owned(), ..process() };
        assert_eq!(life(&elsewhere, false), Life::Unknown);
        assert_eq!(life(&Process::default(), false), Life::Unknown, "nothing is known of either");
        assert_eq!(Holder::default().life(&Process::default(), |_| false), Life::Unknown);
    }

    #[test]
    fn it_is_told_with_command_process_host_and_age() {
        let holder = Holder { command: "up demo".to_owned(), since: 1000, process: process(), ..Holder::default() };
        let now = UNIX_EPOCH + Duration::from_secs(1075);
        assert_eq!(holder.told(now), "ignition-stack up demo, process 42 on build-7, for 1m 15s");
        assert_eq!(holder.told(UNIX_EPOCH), "ignition-stack up demo, process 42 on build-7, for 0s");
    }
}
