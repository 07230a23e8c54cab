//! Docker through its Engine API. Thinking: op, plan, translate, seed. Doing: connect, observe, apply, logs, images.
