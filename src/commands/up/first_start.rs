//! A record that was edited in what a gateway takes over at its first start alone: with data that began otherwise it would be
//! accepted and change nothing, so it is refused.

use super::target::Target;
use crate::blueprint::{FirstStart, Volume, labels};
use crate::engine::docker::Observed;
use crate::error::{Class, Failure};
use crate::stack::StackId;

/// Refuses a record that data on the engine contradicts. Data whose beginning nobody noted is not judged.
pub(super) fn check(target: &Target, observed: &Observed) -> Result<(), Failure> {
    let mut told = Vec::new();
    let mut volumes = Vec::new();
    for (index, gateway) in target.stack.gateways.iter().enumerate() {
        let volume = target.blueprint.volumes.iter().find(|volume| volume.member == gateway.name);
        let Some((volume, began)) = volume.and_then(|v| Some((v, began(observed, v, target.stack.id)?))) else {
            continue;
        };
        let unsettled = began.differs(&FirstStart::of(&target.stack, gateway), index);
        if !unsettled.is_empty() {
            volumes.push(volume.name.as_str());
        }
        told.extend(unsettled.into_iter().map(|found| {
            let (path, wanted, began) = (found.path, found.wanted, found.began);
            format!("{}: {path} is {wanted:?}, and its data began with {began:?}", gateway.name)
        }));
    }
    if told.is_empty() {
        return Ok(());
    }
    let what = "the record was changed in what a gateway takes over at its first start alone";
    let failure = told.into_iter().fold(Failure::new(Class::Refused, what), Failure::seen);
    let name = &target.stack.name;
    Err(failure.seen("nothing was touched").advise(format!(
        "put it back in {}; or begin anew without that data: ignition-stack down {name}, then docker volume rm {}",
        crate::render::RECORD_PATH,
        volumes.join(" ")
    )))
}

/// What the data of a volume of this stack began with.
fn began(observed: &Observed, volume: &Volume, id: StackId) -> Option<FirstStart> {
    let seen = observed.volumes.iter().find(|seen| seen.name == volume.name)?;
    let own = seen.labels.get(labels::STACK_ID).is_some_and(|seen| *seen == id.to_string());
    FirstStart::read(seen.labels.get(labels::FIRST_START).filter(|_| own)?)
}
