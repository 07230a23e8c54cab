//! The project's Makefile: short words for people, about this project alone. Prose and recipes are in `templates/`.

use super::RenderError;
use super::guide;
use crate::blueprint::Blueprint;
use crate::stack::Stack;

const MAKEFILE: &str = include_str!("../../templates/Makefile");

/// The Makefile of a stack's project. Nothing of the stack stands in it but its name, which needs no escaping anywhere.
pub(super) fn makefile(stack: &Stack, blueprint: &Blueprint) -> Result<String, RenderError> {
    guide::fill("Makefile", MAKEFILE, stack, blueprint, None)
}

#[cfg(test)]
mod tests;
