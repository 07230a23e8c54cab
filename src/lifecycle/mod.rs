//! The life of a running stack: what must hold, and how it is judged. Talks to no engine and no gateway itself.

pub mod condition;
