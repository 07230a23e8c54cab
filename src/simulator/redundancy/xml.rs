//! `redundancy.xml`: its entries to typed settings and back (fact sheet 5.1). The file is read and written elsewhere.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::simulator::properties::{self, PropertiesError};
use crate::simulator::redundancy::machine::{Level, Recovery, Role};
pub(crate) use crate::simulator::redundancy::settings::RedundancySettings;
use crate::simulator::redundancy::settings::{GanSetup, LONGEST};

/// The file's name in the data directory.
pub(crate) const FILE: &str = "redundancy.xml";
/// What it held before it was written last (fact sheet 5.1).
pub(crate) const BACKUP_FILE: &str = ".redundancy.xml.bak";
const COMMENT: &str = "Redundancy Settings";
const PREFIX: &str = "redundancy.";
const NUMBER: &str = "a whole number in range";

/// Why the file is of no use.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(crate) enum RedundancyXmlError {
    #[error("redundancy.xml {0}")]
    File(#[from] PropertiesError),
    #[error("redundancy.xml: {PREFIX}{key} must be {rule}")]
    Value { key: &'static str, rule: &'static str },
}

/// The entries that are still to be understood.
struct Entries(BTreeMap<String, String>);

impl Entries {
    fn text(&mut self, key: &str) -> Option<String> {
        let value = self.0.remove(&format!("{PREFIX}{key}"))?;
        Some(value.trim().to_owned()).filter(|v| !v.is_empty())
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        default: T,
        rule: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, RedundancyXmlError> {
        self.text(key).map_or(Ok(default), |v| read(&v).ok_or(RedundancyXmlError::Value { key, rule }))
    }

    fn number<T: FromStr>(&mut self, key: &'static str, default: T) -> Result<T, RedundancyXmlError> {
        self.read(key, default, NUMBER, |v| v.parse().ok())
    }

    fn millis(&mut self, key: &'static str, default: Duration) -> Result<Duration, RedundancyXmlError> {
        self.read(key, default, NUMBER, |v| Some(Duration::from_millis(v.parse().ok()?).min(LONGEST)))
    }

    fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, RedundancyXmlError> {
        self.read(key, default, "true or false", |v| v.to_ascii_lowercase().parse().ok())
    }
}

/// `Full` or `Partial`, whatever the case.
pub(crate) fn history_level(word: &str) -> Option<String> {
    ["Full", "Partial"].into_iter().find(|w| w.eq_ignore_ascii_case(word)).map(str::to_owned)
}

/// `Cold` or `Warm`, whatever the case.
pub(crate) fn standby_level(word: &str) -> Option<Level> {
    [Level::Cold, Level::Warm].into_iter().find(|l| l.as_str().eq_ignore_ascii_case(word))
}

/// `Automatic` or `Manual`, whatever the case.
pub(crate) fn recovery_mode(word: &str) -> Option<Recovery> {
    [Recovery::Automatic, Recovery::Manual].into_iter().find(|r| r.as_str().eq_ignore_ascii_case(word))
}

impl RedundancySettings {
    /// Reads the file's bytes. Missing keys have their defaults, unknown ones are kept.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RedundancyXmlError> {
        let mut e = Entries(properties::parse(bytes)?);
        let d = Self::default();
        Ok(Self {
            role: e.read("noderole", d.role, "Independent, Master or Backup", Role::from_word)?,
            active_history_level: e.read(
                "activehistorylevel",
                d.active_history_level,
                "Full or Partial",
                history_level,
            )?,
            standby: e.read("standbyactivitylevel", d.standby, "Cold or Warm", standby_level)?,
            join_wait: e.millis("joinwaittime", d.join_wait)?,
            recovery: e.read("masterrecoverymode", d.recovery, "Automatic or Manual", recovery_mode)?,
            use_active_uptime: e.flag("useActiveUptimeToResolveConflict", d.use_active_uptime)?,
            sync_timeout_s: e.number("sync.timeoutSecs", d.sync_timeout_s)?,
            auto_detect_local: e.flag("autodetectlocalinterface", d.auto_detect_local)?,
            local_interface: e.text("bindinterface").unwrap_or_default(),
            gan: GanSetup {
                host: e.text("gan.host").unwrap_or_default(),
                port: e.number("gan.port", d.gan.port)?,
                enable_ssl: e.flag("gan.enableSsl", d.gan.enable_ssl)?,
                ping_rate: e.millis("gan.pingRate", d.gan.ping_rate)?,
                ping_timeout: e.millis("gan.pingTimeout", d.gan.ping_timeout)?,
                ping_max_missed: e.number("gan.pingMaxMissed", d.gan.ping_max_missed)?,
                websocket_timeout: e.millis("gan.websocketTimeout", d.gan.websocket_timeout)?,
                http_connect_timeout: e.millis("gan.httpConnectTimeout", d.gan.http_connect_timeout)?,
                http_read_timeout: e.millis("gan.httpReadTimeout", d.gan.http_read_timeout)?,
                send_threads: e.number("gan.sendThreads", d.gan.send_threads)?,
                receive_threads: e.number("gan.receiveThreads", d.gan.receive_threads)?,
            },
            other: e.0,
        })
    }

    /// The file's bytes, every key in it; [`Self::parse`] gives the settings back.
    pub(crate) fn to_xml(&self) -> std::io::Result<Vec<u8>> {
        let millis = |time: Duration| time.as_millis().to_string();
        let gan = &self.gan;
        let known = [
            ("noderole", self.role.as_str().to_owned()),
            ("activehistorylevel", self.active_history_level.clone()),
            ("standbyactivitylevel", self.standby.as_str().to_owned()),
            ("joinwaittime", millis(self.join_wait)),
            ("masterrecoverymode", self.recovery.as_str().to_owned()),
            ("useActiveUptimeToResolveConflict", self.use_active_uptime.to_string()),
            ("sync.timeoutSecs", self.sync_timeout_s.to_string()),
            ("autodetectlocalinterface", self.auto_detect_local.to_string()),
            ("bindinterface", self.local_interface.clone()),
            ("gan.host", gan.host.clone()),
            ("gan.port", gan.port.to_string()),
            ("gan.enableSsl", gan.enable_ssl.to_string()),
            ("gan.pingRate", millis(gan.ping_rate)),
            ("gan.pingTimeout", millis(gan.ping_timeout)),
            ("gan.pingMaxMissed", gan.ping_max_missed.to_string()),
            ("gan.websocketTimeout", millis(gan.websocket_timeout)),
            ("gan.httpConnectTimeout", millis(gan.http_connect_timeout)),
            ("gan.httpReadTimeout", millis(gan.http_read_timeout)),
            ("gan.sendThreads", gan.send_threads.to_string()),
            ("gan.receiveThreads", gan.receive_threads.to_string()),
        ]
        .map(|(key, value)| (format!("{PREFIX}{key}"), value));
        let mut entries = self.other.clone();
        entries.extend(known);
        properties::write(COMMENT, &entries)
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
