//! Told to stop before it has begun: as process number 1 of a container it must have heard.

use std::io::Write as _;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::gateway::Plan;

#[test]
fn a_stop_before_anything_was_read_is_heard() {
    let plan = Plan::new(&mut fastrand::Rng::new());
    // The first thing that a gateway reads are the variables of its knobs; this one's file is there only when the test says so.
    let pipe = plan.data().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let mut gateway = plan.set("SIMULATED_PORT_CLOSED_MS_FILE", pipe.to_str().unwrap()).start(&[]);
    // Ready when the gateway waits at the other end.
    let mut content = std::fs::File::options().write(true).open(&pipe).unwrap();
    gateway.terminate();
    content.write_all(b"3600000").unwrap();
    drop(content);
    gateway.eventually("the end", |g| g.ended().is_some());
    let ended = gateway.ended().unwrap();
    assert!(ended.success(), "{ended}\n{}", gateway.log());
}
