//! What the engine says of itself, read out of its answer.

use std::time::{Duration, SystemTime};

use bollard::models::SystemInfo;

use super::Docker;
use crate::engine::{AddressPool, EngineError, Facts};

impl Docker {
    /// What the engine says of itself: one read.
    pub async fn facts(&self) -> Result<Facts, EngineError> {
        let before = SystemTime::now();
        let info = self.client.info().await.map_err(|e| self.fault("ask for the engine's facts", &e))?;
        // The engine reads its clock while it answers.
        let here = before + before.elapsed().unwrap_or_default() / 2;
        Ok(Facts { api_version: self.client.client_version().to_string(), ..read(info, here) })
    }
}

fn read(info: SystemInfo, here: SystemTime) -> Facts {
    let pools =
        info.default_address_pools.unwrap_or_default().into_iter().filter_map(|pool| {
            Some(AddressPool { base: pool.base?.parse().ok()?, size: u8::try_from(pool.size?).ok()? })
        });
    Facts {
        api_version: String::new(),
        engine_version: info.server_version.unwrap_or_default(),
        memory_bytes: info.mem_total.and_then(|m| u64::try_from(m).ok()).unwrap_or(0),
        architecture: info.architecture.unwrap_or_default(),
        os: info.os_type.unwrap_or_default(),
        kernel: info.kernel_version.unwrap_or_default(),
        root_directory: info.docker_root_dir.filter(|d| !d.is_empty()).map(Into::into),
        address_pools: pools.collect(),
        clock_ahead_ms: info.system_time.as_deref().and_then(time).and_then(|engine| ahead_ms(engine, here)),
        rootless: info.security_options.unwrap_or_default().iter().any(|o| o.contains("rootless")),
    }
}

fn ahead_ms(engine: SystemTime, here: SystemTime) -> Option<i64> {
    match engine.duration_since(here) {
        Ok(ahead) => i64::try_from(ahead.as_millis()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_millis()).ok().map(|ms| -ms),
    }
}

/// A moment as RFC 3339 writes it, with any offset: `2026-11-24T13:01:02.5+01:00`.
fn time(text: &str) -> Option<SystemTime> {
    let zone = text.char_indices().skip(19).find(|(_, c)| "Zz+-".contains(*c))?.0;
    let (moment, offset) = text.split_at(zone);
    let moment = humantime::parse_rfc3339(&format!("{moment}Z")).ok()?;
    let Some((hours, minutes)) = offset.get(1..).and_then(|o| o.split_once(':')) else { return Some(moment) };
    let offset_by = Duration::from_secs(hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60);
    if offset.starts_with('-') { moment.checked_add(offset_by) } else { moment.checked_sub(offset_by) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_their_offset() {
        let zulu = time("2026-11-24T12:01:02.5Z").unwrap();
        assert_eq!(time("2026-11-24T13:01:02.5+01:00"), Some(zulu));
        assert_eq!(time("2026-11-24T07:31:02.500000000-04:30"), Some(zulu));
        for wrong in ["", "now", "2026-11-24", "2026-11-24T12:01:02"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_read() {
        let info = r#"{"ServerVersion":"20.10.24","MemTotal":1073741824,"Architecture":"x86_64","OSType":"linux",
            "KernelVersion":"6.1","DockerRootDir":"/var/lib/docker","SecurityOptions":["name=seccomp","name=rootless"],
            "DefaultAddressPools":[{"Base":"10.10.0.0/16","Size":24},{"Base":"x","Size":24}],"SystemTime":"2026-11-24T12:01:02Z"}"#;
        let facts = read(serde_json::from_str(info).unwrap(), SystemTime::UNIX_EPOCH);
        assert_eq!(facts.address_pools, [AddressPool { base: "10.10.0.0/16".parse().unwrap(), size: 24 }]);
        assert!(
            facts.rootless && facts.memory_bytes == 1 << 30 && facts.clock_ahead_ms.is_some_and(|ms| ms > 0),
            "{facts:?}"
        );
        let nothing = read(serde_json::from_str("{}").unwrap(), SystemTime::UNIX_EPOCH);
        assert_eq!(nothing, Facts::default());
    }
}
