//! From the moment when the last gateway is ready to the exit of `up`.

use crate::BOOT_MS;
use crate::stack::{Stack, watch};
use crate::table::{least_and_median, milliseconds};

/// Starts the stack anew several times.
pub(crate) fn ready(stack: &Stack<'_>, runs: usize) {
    let mut late = Vec::with_capacity(runs);
    for _ in 0..runs {
        let cost = watch(stack.up(BOOT_MS, &[]));
        late.extend(stack.last_logged(cost.ended).map(|ready| cost.ended.saturating_sub(ready)));
        stack.down();
    }
    let what = format!("{} gateways: from the last line logged to the exit", stack.gateways);
    least_and_median(&what, &late, "300 ms", milliseconds);
}
