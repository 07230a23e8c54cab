//! Inner workings on stderr, for `-v`. Never the user's output.

use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts to write them when they are wanted.
pub fn start(settings: &Settings) {
    let level = match settings.verbose {
        0 => return,
        1 => "ignition_stack=debug",
        _ => "ignition_stack=trace,bollard=debug",
    };
    // A second subscriber cannot be set; the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_ansi(settings.color_err)
        .with_writer(std::io::stderr)
        .try_init();
}
