//! What is said about each cause that the engine tells of, before anything of the stack runs: one row each.

use super::Cause;
use super::entry::{Entry, row};

pub(super) const ENGINE: &[Entry] = &[
    row(
        Cause::EngineUnreachable,
        "engine-unreachable",
        "the Docker engine does not answer at its endpoint",
        "start Docker, or name the engine that is meant: DOCKER_HOST, DOCKER_CONTEXT",
        4,
        "",
    ),
    row(
        Cause::EngineRefused,
        "engine-refused",
        "the engine refused a call for the reason seen",
        "mend what the engine names, then ignition-stack up {stack}   (what was made is kept)",
        4,
        "",
    ),
    row(
        Cause::ForeignObject,
        "foreign-object",
        "the engine has an object of a name that the stack wants, and it was not made for this stack",
        "choose another name; or see whose it is (ignition-stack list) and take that down, when it is not needed; a volume without any label may be what an engine left that ended while it made it: docker volume rm, when nobody needs what is in it",
        3,
        "",
    ),
    row(
        Cause::PortTaken,
        "port-taken",
        "a port that {member} publishes is in use by something else",
        "end what listens there (ss -ltnp shows it), or change http_port of {member} in .ignition-stack/config.json, then ignition-stack up {stack}",
        4,
        "",
    ),
    row(
        Cause::ImageMissing,
        "image-missing",
        "an image of the stack is not on this engine and could not be pulled",
        "check the name and the network, or load the image (docker load), then ignition-stack up {stack}",
        4,
        "",
    ),
];
