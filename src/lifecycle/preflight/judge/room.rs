//! Room for the stack: memory and disk. Pure.

use super::super::facts::Question;
use super::super::finding::{Finding, Topic};
use crate::error::Class;
use crate::stack::advisory::{self, Advisory};

const GIB: u64 = 1 << 30;
/// With less than this no engine does anything reliably.
const DISK_FULL: u64 = GIB / 4;
/// What an image of a real gateway takes, unpacked, with room to unpack it.
const DISK_PER_IMAGE: u64 = 3 * GIB;
/// What a real gateway writes in its first days.
const DISK_PER_GATEWAY: u64 = GIB / 2;

pub(super) fn memory(question: &Question<'_>) -> Vec<Finding> {
    let bytes = Some(question.engine.memory_bytes).filter(|bytes| *bytes > 0);
    let has = bytes.map(|bytes| format!("the engine has {}", advisory::gib(bytes >> 20)));
    let mut found = Vec::new();
    if bytes.is_none() {
        found.push(
            Finding::unknown(Topic::Memory, "the engine does not say how much memory it has")
                .advise("docker info | grep Memory"),
        );
    }
    let Some(wanted) = &question.wanted else {
        found.extend(has.map(|has| Finding::ok(Topic::Memory, has)));
        return found;
    };
    let advice = "choose fewer gateways, give the engine more memory, or pass --force";
    match advisory::advise(wanted.stack, bytes) {
        Advisory::Silent => found.extend(has.map(|has| {
            let need = advisory::gib(advisory::need_mib(wanted.stack));
            Finding::ok(Topic::Memory, format!("{has}, the stack needs about {need}"))
        })),
        Advisory::Warning(text) => {
            found.push(Finding::warning(Topic::Memory, text).advise("give the engine what it needs, or choose fewer"));
        }
        Advisory::Refused(text) if wanted.force => found.push(Finding::warning(Topic::Memory, text)),
        Advisory::Refused(text) => found.push(
            Finding::problem(
                Topic::Memory,
                Class::Refused,
                format!("{text}; a stack that does not fit starts slowly, or its gateways are killed for memory"),
            )
            .advise(advice),
        ),
    }
    found
}

pub(super) fn disk(question: &Question<'_>) -> Finding {
    let directory = question
        .engine
        .root_directory
        .as_ref()
        .map_or("a directory that it does not tell".to_owned(), |d| d.display().to_string());
    let Some(free) = question.free_bytes else {
        return Finding::unknown(
            Topic::Disk,
            format!("the engine keeps its data in {directory}, which is not seen from here"),
        )
        .advise("df on its host; docker system df shows what its objects take");
    };
    let seen = format!("{} free in {directory}", advisory::gib(free >> 20));
    let advice = "docker system df shows what takes the room";
    if free < DISK_FULL {
        return Finding::problem(Topic::Disk, Class::Engine, seen).advise(advice);
    }
    let need = question.wanted.as_ref().map_or(0, |wanted| {
        let pulls = wanted.images.iter().filter(|image| image.platform.is_none() && !image.simulated).count() as u64;
        let gateways = if wanted.stack.simulated() { 0 } else { wanted.stack.gateways.len() as u64 };
        pulls * DISK_PER_IMAGE + gateways * DISK_PER_GATEWAY
    });
    if free < need.max(GIB) {
        let need = advisory::gib(need.max(GIB) >> 20);
        return Finding::warning(Topic::Disk, format!("{seen}, where about {need} should be")).advise(advice);
    }
    Finding::ok(Topic::Disk, seen)
}
