//! The redundancy settings of a node with the gateway's defaults (fact sheet 5.1). How they are written down is known elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::simulator::redundancy::machine::{Level, Recovery, Role};

/// Longest time that a setting can mean, so that arithmetic on instants never overflows: a day.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// Redundancy settings with the gateway's defaults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RedundancySettings {
    pub(crate) role: Role,
    pub(crate) active_history_level: String,
    pub(crate) standby: Level,
    pub(crate) join_wait: Duration,
    pub(crate) recovery: Recovery,
    pub(crate) use_active_uptime: bool,
    pub(crate) sync_timeout_s: u64,
    pub(crate) auto_detect_local: bool,
    pub(crate) local_interface: String,
    pub(crate) gan: GanSetup,
    /// Entries of the file that mean nothing here, by their whole key; they are written back as they were.
    pub(crate) other: BTreeMap<String, String>,
}

/// How a backup reaches its master.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GanSetup {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) enable_ssl: bool,
    pub(crate) ping_rate: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) ping_max_missed: u32,
    pub(crate) websocket_timeout: Duration,
    pub(crate) http_connect_timeout: Duration,
    pub(crate) http_read_timeout: Duration,
    pub(crate) send_threads: u32,
    pub(crate) receive_threads: u32,
}

impl Default for RedundancySettings {
    fn default() -> Self {
        Self {
            role: Role::Independent,
            active_history_level: "Full".to_owned(),
            standby: Level::Cold,
            join_wait: Duration::from_secs(30),
            recovery: Recovery::Automatic,
            use_active_uptime: false,
            sync_timeout_s: 60,
            auto_detect_local: true,
            local_interface: String::new(),
            gan: GanSetup::default(),
            other: BTreeMap::new(),
        }
    }
}

impl Default for GanSetup {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 8060,
            enable_ssl: true,
            ping_rate: Duration::from_secs(1),
            ping_timeout: Duration::from_millis(300),
            ping_max_missed: 10,
            websocket_timeout: Duration::from_secs(10),
            http_connect_timeout: Duration::from_secs(10),
            http_read_timeout: Duration::from_mins(1),
            send_threads: 5,
            receive_threads: 5,
        }
    }
}
