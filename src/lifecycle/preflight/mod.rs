//! What would stop an `up`, judged before anything is made. Facts are gathered by `here` and by the engine; the judge is pure.

pub mod facts;
pub mod finding;
pub mod here;
mod judge;
mod listeners;
mod there;

pub use facts::{PortUse, Question, WantedImage, WantedPort};
pub use finding::{Finding, State, Topic};
pub use here::is_taken;
pub use judge::{judge, reach};
pub use there::There;
