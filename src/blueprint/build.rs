//! Stack -> blueprint: every object with its names and labels.

use super::Blueprint;
use crate::stack::Stack;

/// Everything that must exist for a stack.
pub fn build(_stack: &Stack) -> Blueprint {
    unimplemented!()
}
