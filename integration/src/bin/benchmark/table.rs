//! Rows of the table that is printed, and figures in words.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::time::Duration;

pub(crate) fn heading() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown").to_owned();
    println!("load of the machine at the beginning: {load}");
    row("what", "measured", "budget");
    row("----", "--------", "------");
}

pub(crate) fn row(what: &str, measured: &str, budget: &str) {
    println!("{what:<62} {measured:>12}   {budget}");
}

/// Least and median of several measurements, each in a row of its own.
pub(crate) fn least_and_median(what: &str, times: &[Duration], budget: &str, show: fn(Duration) -> String) {
    let mut times = times.to_vec();
    times.sort_unstable();
    if let (Some(least), Some(median)) = (times.first(), times.get(times.len() / 2)) {
        row(&format!("{what}, least of {}", times.len()), &show(*least), "-");
        row(&format!("{what}, median of {}", times.len()), &show(*median), budget);
    }
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// Processor time as a share of one core.
pub(crate) fn share(used: Duration, of: Duration) -> String {
    format!("{:.2} %", used.as_secs_f64() / of.as_secs_f64() * 100.0)
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn mebibytes(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}
