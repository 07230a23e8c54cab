//! Images that containers will be made from: there, to be pulled, to be built. Pure.

use super::super::facts::{Question, Wanted, WantedImage};
use super::super::finding::{Finding, Topic};
use super::engine::platform;
use crate::error::Class;

pub(super) fn images(question: &Question<'_>, wanted: &Wanted<'_>) -> Vec<Finding> {
    wanted.images.iter().map(|image| one(question, wanted, image)).collect()
}

fn one(question: &Question<'_>, wanted: &Wanted<'_>, image: &WantedImage) -> Finding {
    let reference = &image.reference;
    let engine = platform(question);
    if image.simulated && question.program != engine {
        let seen =
            format!("{reference} holds this program, which is for {}, and the engine is {engine}", question.program);
        return Finding::problem(Topic::Image, Class::Engine, seen).advise(
            "run ignition-stack on a machine of the engine's kind, or use real gateways: leave --simulate out",
        );
    }
    match &image.platform {
        Some(its) if *its == engine => Finding::ok(Topic::Image, format!("{reference} is there")),
        Some(its) => Finding::warning(
            Topic::Image,
            format!("{reference} is for {its} and the engine is {engine}: it runs under emulation, if at all"),
        )
        .advise(format!("docker pull --platform {engine} {reference}")),
        None if image.simulated => Finding::ok(Topic::Image, format!("{reference} is not there; up builds it")),
        None if wanted.never_pull => Finding::problem(
            Topic::Image,
            Class::Engine,
            format!("{reference} is not on this engine, and --pull never was given"),
        )
        .advise(format!("docker load, or docker pull {reference}; or leave --pull never out")),
        None => Finding::unknown(
            Topic::Image,
            format!("{reference} is not there; up pulls it, if its registry can be reached and has it"),
        )
        .advise(format!("docker pull {reference} tells beforehand")),
    }
}
