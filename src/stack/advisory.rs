//! The memory advisory: how many gateways an engine can bear (product reference, section 3). Pure.

use super::Stack;

/// What a real gateway needs, in MiB.
const GATEWAY_MIB: u64 = 1536;
/// What a simulated gateway needs, in MiB.
const SIMULATED_MIB: u64 = 10;
/// What a companion service needs, in MiB.
const SERVICE_MIB: u64 = 256;

/// Advice on the size of a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Advisory {
    /// Nothing to say.
    Silent,
    /// It will be tight.
    Warning(String),
    /// Refused without `--force`.
    Refused(String),
}

/// Judges a stack against the engine's memory in bytes, when that is known.
///
/// Real gateways: up to 4 beyond the first are silent, 5 to 8 a warning, 9 or more refused. Simulated gateways are
/// only weighed.
pub fn advise(stack: &Stack, engine_memory: Option<u64>) -> Advisory {
    let gateways = stack.gateways.len() as u64;
    let need = need_mib(stack);
    let have = engine_memory.map(|bytes| bytes / (1 << 20));
    if let Some(have) = have.filter(|have| need > *have) {
        return Advisory::Refused(format!(
            "{gateways} gateways need about {} of memory and the engine has {}",
            gib(need),
            gib(have)
        ));
    }
    if stack.simulated() {
        return Advisory::Silent;
    }
    match gateways.saturating_sub(1) {
        0..=4 => Advisory::Silent,
        5..=8 => Advisory::Warning(format!("{gateways} gateways need about {} of memory", gib(need))),
        _ => Advisory::Refused(format!("{gateways} gateways need about {} of memory", gib(need))),
    }
}

/// What a stack needs, in MiB.
pub fn need_mib(stack: &Stack) -> u64 {
    let each = if stack.simulated() { SIMULATED_MIB } else { GATEWAY_MIB };
    stack.gateways.len() as u64 * each + stack.services.len() as u64 * SERVICE_MIB
}

/// A size for people: `1.5 GiB`, `20 MiB`.
pub fn gib(mib: u64) -> String {
    if mib < 1024 {
        return format!("{mib} MiB");
    }
    format!("{}.{} GiB", mib / 1024, mib % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Choice, Database, build};
    use crate::catalog::image;
    use crate::stack::{Architecture, resolve};

    fn hub(spokes: u32, simulated: bool) -> Stack {
        let choice = Choice {
            spokes: Some(spokes),
            stack_id: Some(uuid::Uuid::from_u128(1)),
            database: Some(Database::None),
            image: simulated.then(|| image::simulated(image::DEFAULT_VERSION)),
            ..Choice::of("demo", Architecture::HubAndSpoke)
        };
        resolve(&build(&choice).unwrap()).unwrap()
    }

    #[test]
    fn the_tiers_are_the_documented_ones() {
        for (spokes, tier) in [(0, 0), (4, 0), (5, 1), (8, 1), (9, 2), (30, 2)] {
            let got = match advise(&hub(spokes, false), None) {
                Advisory::Silent => 0,
                Advisory::Warning(_) => 1,
                Advisory::Refused(_) => 2,
            };
            assert_eq!(got, tier, "{spokes} spokes");
        }
    }

    #[test]
    fn an_engine_with_too_little_memory_refuses_and_simulated_gateways_are_only_weighed() {
        assert!(matches!(advise(&hub(2, false), Some(4 << 30)), Advisory::Refused(_)));
        assert_eq!(advise(&hub(2, false), Some(5 << 30)), Advisory::Silent);
        assert_eq!(advise(&hub(99, true), Some(2 << 30)), Advisory::Silent);
        assert!(matches!(advise(&hub(99, true), Some(512 << 20)), Advisory::Refused(_)));
    }
}
