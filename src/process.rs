//! This process, and whether another one of this machine still runs: out of `/proc`, and empty where there is none.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::holder::{Holder, Process};

/// This run, as a holder.
pub fn holder(command: String) -> Holder {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    Holder { run: uuid::Uuid::new_v4().to_string(), command, since, process: own() }
}

/// This process.
pub fn own() -> Process {
    let pid = std::process::id();
    Process {
        host: read("/proc/sys/kernel/hostname")
            .or_else(|| read("/etc/hostname"))
            .unwrap_or_else(|| "this host".to_owned()),
        machine: read("/etc/machine-id").unwrap_or_default(),
        boot: read("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
        space: fs_err::read_link("/proc/self/ns/pid").map(|path| path.display().to_string()).unwrap_or_default(),
        pid,
        started: started(pid).unwrap_or_default(),
    }
}

/// Whether that very process runs.
pub fn runs(process: &Process) -> bool {
    started(process.pid).is_some_and(|started| started == process.started)
}

/// When a process was started: the 22nd field of its `stat`, counted after the name in brackets, which may hold anything. None when
/// it has ended, also when nobody has taken note of that yet.
fn started(pid: u32) -> Option<String> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let ended = fields.next().is_some_and(|state| state == "Z" || state == "X");
    if ended { None } else { fields.nth(18).map(str::to_owned) }
}

fn read(path: &str) -> Option<String> {
    Some(fs_err::read_to_string(path).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_runs_and_one_that_has_ended_does_not() {
        let own = own();
        assert!(runs(&own), "{own:?}");
        assert!(!runs(&Process { started: "1".to_owned(), ..own.clone() }), "a number that was given anew");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let other = Process { pid: child.id(), started: started(child.id()).unwrap(), ..own };
        assert!(runs(&other));
        child.kill().unwrap();
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while runs(&other) {
            assert!(std::time::Instant::now() < limit, "a killed process that nobody waited for has ended, too");
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
}
